"""Reading the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tropeiro.web.audit.access import reader
from tropeiro.web.audit.models import Audit
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act."""

    id: UUID
    at: datetime
    actor: str
    verb: str
    object_type: str
    object_id: str
    object_name: str
    details: dict[str, Any]


def recent_acts(member: Member, *, before: UUID | None = None, limit: int = PAGE) -> tuple[AuditEntry, ...]:
    """The newest acts in the member's organization, those older than ``before`` when given."""
    reader(member)
    with tenant(member.organization):
        rows = Audit.objects.order_by("-id")
        if before is not None:
            rows = rows.filter(id__lt=before)
        fields = ("id", "at", "actor", "verb", "object_type", "object_id", "object_name", "details")
        return tuple(AuditEntry(*row) for row in rows.values_list(*fields)[: min(limit, PAGE)])
