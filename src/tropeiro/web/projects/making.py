"""The row of a project, made or found again. Called inside a transaction."""

from __future__ import annotations

from tropeiro.web.member import Member
from tropeiro.web.projects.models import Project


def made_project(member: Member, slug: str, name: str, description: str) -> tuple[Project, bool]:
    """The organization's project with this short name, locked; and whether it is new.

    One that was deleted comes back empty: the history of its jobs is there again, its services and workflows are not.
    """
    about = {"name": name, "description": description}
    project, created = Project.objects.get_or_create(organization_id=member.organization, slug=slug, defaults=about)
    project = Project.objects.select_for_update().get(id=project.id)
    if project.deleted_at is None:
        return project, created
    project.name, project.description = name, description
    project.deleted_at = project.archived_at = project.applied_at = None
    project.save(update_fields=["name", "description", "deleted_at", "archived_at", "applied_at"])
    return project, True
