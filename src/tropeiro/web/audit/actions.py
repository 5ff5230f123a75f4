"""Writing the audit log, in the transaction of what it tells."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tropeiro.web.audit.models import Audit
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


def record(
    member: Member, verb: Verb, object_type: str, object_id: UUID | str | int, name: str = "", **details: Any
) -> None:
    """Note that ``member`` did ``verb`` to an object. ``details`` are plain JSON and hold no secrets."""
    if member.token:
        details["token"] = member.token
    Audit.objects.create(
        organization_id=member.organization,
        actor_id=member.user,
        actor=member.label,
        verb=verb,
        object_type=object_type,
        object_id=str(object_id),
        object_name=name[:300],
        details=details,
    )
