"""Reading projects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.access import project_row
from tropeiro.web.projects.holds import Deletion, Hold, deletion, renaming_holds
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
    archived_at: datetime | None
    services: int
    automations: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectDetails:
    """One project."""

    id: UUID
    slug: str
    name: str
    description: str
    created_at: datetime
    applied_at: datetime | None
    """When its folder last changed it; ``None`` for one that was made without."""
    archived_at: datetime | None


def list_projects(member: Member, *, archived: bool = False) -> tuple[ProjectRow, ...]:
    """The organization's projects by short name, the first thousand: those in use, or the ``archived`` ones."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.id, p.slug, p.name, p.description, p.applied_at, p.archived_at,"
            " count(s.id) FILTER (WHERE s.kind <> 'automation'), count(s.id) FILTER (WHERE s.kind = 'automation')"
            " FROM tropeiro_project p"
            " LEFT JOIN tropeiro_service s ON s.project_id = p.id AND s.removed_at IS NULL"
            " WHERE p.organization_id = %s AND p.deleted_at IS NULL AND (p.archived_at IS NOT NULL) = %s"
            " GROUP BY p.id ORDER BY p.slug LIMIT %s",
            [member.organization, archived, MOST],
        )
        return tuple(ProjectRow(*row) for row in cursor.fetchall())


def project(member: Member, slug: str) -> ProjectDetails:
    """One project. Raises `NotFound`."""
    with tenant(member.organization):
        row = project_row(member, slug)
        return ProjectDetails(
            id=row.id,
            slug=row.slug,
            name=row.name,
            description=row.description,
            created_at=row.created_at,
            applied_at=row.applied_at,
            archived_at=row.archived_at,
        )


def project_deletion(member: Member, slug: str) -> Deletion:
    """What deleting a project comes to. Raises `NotFound`."""
    with tenant(member.organization):
        return deletion(member, project_row(member, slug))


def project_name_holds(member: Member, slug: str) -> tuple[Hold, ...]:
    """What relies on a project's short name. Raises `NotFound`."""
    with tenant(member.organization):
        return renaming_holds(member, project_row(member, slug))
