"""Reading projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 1_000


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project as lists show it."""

    id: UUID
    slug: str
    name: str
    description: str
    applied_at: datetime | None
    services: int
    automations: int


def list_projects(member: Member) -> tuple[ProjectRow, ...]:
    """The organization's projects by short name, the first thousand."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.slug, p.name, p.description, p.applied_at,"
            " count(s.id) FILTER (WHERE s.kind <> 'automation'), count(s.id) FILTER (WHERE s.kind = 'automation')"
            " FROM tropeiro_project p"
            " LEFT JOIN tropeiro_service s ON s.project_id = p.id AND s.removed_at IS NULL"
            " WHERE p.organization_id = %s GROUP BY p.id ORDER BY p.slug LIMIT %s",
            [member.organization, MOST],
        )
        return tuple(ProjectRow(*row) for row in cursor.fetchall())
