"""Where something stands: in an organization, and in one of its projects or in none. The door to projects.

It stands below the apps, because what belongs to projects (services, workflows, credentials) must go through it and is
itself what the app of projects puts together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound, OrganizationSuspended, ProjectArchived
from tropeiro.sql import statement
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.prepared import prepared_cursor


@dataclass(frozen=True, slots=True)
class Place:
    """An organization, and a project of it or none."""

    organization: str
    """Short name."""
    project: str | None = None
    """Short name."""
    project_id: UUID | None = None


def place(member: Member, project: str | None) -> Place:
    """The member's organization and its project with this short name. Inside a tenant's transaction.

    Raises `NotFound` for a project that is missing, deleted or another organization's.
    """
    return _found(member, project)[0]


def place_to_change(member: Member, project: str | None) -> Place:
    """The same for something that is to be changed there. Raises `ProjectArchived` too."""
    found, archived = _found(member, project)
    if archived:
        raise project_archived(found.project or "")
    return found


def refuse_archived(member: Member, projects: Iterable[UUID | None], services: Iterable[UUID] = ()) -> None:
    """Refuse what would start something of an archived project. Inside a tenant's transaction; one query.

    ``projects`` are those that it belongs to, ``services`` the revisions that it calls. Raises `ProjectArchived`.
    """
    with prepared_cursor() as cursor:
        cursor.execute(
            statement("projects", "archived"),
            {
                "organization": member.organization,
                "projects": [project for project in projects if project is not None],
                "services": list(services),
            },
        )
        row = cursor.fetchone()
    if row is not None:
        raise project_archived(*row)


def refuse_suspended(member: Member) -> None:
    """Refuse to start anything of a suspended organization. Inside a tenant's transaction; one query.

    Raises `OrganizationSuspended`.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT reason FROM tropeiro_suspension WHERE organization_id = %s", [member.organization])
        row = cursor.fetchone()
    if row is not None:
        raise OrganizationSuspended(
            _("This organization is suspended, and nothing of it starts: %(reason)s") % {"reason": row[0]},
            hint=_("Ask the operators of this installation."),
        )


def project_archived(project: str, service: str = "") -> ProjectArchived:
    """That nothing of a project starts or changes; without ``project`` it is one that the member does not see."""
    if project:
        return ProjectArchived(
            _("The project %(project)s is archived: nothing of it starts or changes.") % {"project": project},
            hint=_("Restore the project first."),
        )
    return ProjectArchived(
        _("%(service)s is not offered now: its project is archived, or its organization is suspended.")
        % {"service": service},
        hint=_("Call another service instead."),
    )


def _found(member: Member, project: str | None) -> tuple[Place, bool]:
    """The place, and whether its project is archived."""
    member.require(Verb.VIEW)
    if project is None:
        return Place(member.organization_slug), False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, archived_at IS NOT NULL FROM tropeiro_project"
            " WHERE organization_id = %s AND slug = %s AND deleted_at IS NULL",
            [member.organization, project],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no project `%(project)s` that you can see.") % {"project": project[:64]})
    return Place(member.organization_slug, project, row[0]), row[1]
