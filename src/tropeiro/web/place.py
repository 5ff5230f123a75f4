"""Where something stands: in an organization, and in one of its projects or in none. The door to projects.

It stands below the apps, because what belongs to projects (services, workflows, credentials) must go through it and is
itself what the app of projects puts together.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


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

    Raises `NotFound` for a project that is missing or another organization's.
    """
    member.require(Verb.VIEW)
    if project is None:
        return Place(member.organization_slug)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM tropeiro_project WHERE organization_id = %s AND slug = %s", [member.organization, project]
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(f"There is no project `{project[:64]}` that you can see.")
    return Place(member.organization_slug, project, row[0])
