"""The door to projects: (member, short name) → the project, or the same not-found for missing and forbidden."""

from __future__ import annotations

from tropeiro.web.member import Member
from tropeiro.web.place import place, place_to_change
from tropeiro.web.projects.models import Project


def project_row(member: Member, slug: str, *, lock: bool = False, to_change: bool = False) -> Project:
    """The project's row, locked when it is to be acted on. Inside a tenant's transaction.

    Raises `NotFound`, and `ProjectArchived` when it is ``to_change``.
    """
    found = (place_to_change if to_change else place)(member, slug)
    rows = Project.objects.select_for_update() if lock else Project.objects.all()
    row: Project = rows.get(id=found.project_id)
    return row
