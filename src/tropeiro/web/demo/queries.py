"""Whether what somebody looks at is made up."""

from __future__ import annotations

from tropeiro.web.demo.models import Sample
from tropeiro.web.member import Member

SLUG = "demo"


def is_sample(member: Member) -> bool:
    """Whether the member's organization is the demonstration. Asks the database only where it may be."""
    return member.organization_slug == SLUG and Sample.objects.filter(organization_id=member.organization).exists()
