"""What the tabs of a project's page have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import ProjectRow, project


@dataclass(frozen=True, slots=True)
class Tab:
    """One tab."""

    title: str
    address: str
    current: bool
    count: int | None = None
    """How many things are in it."""


def project_head(request: Any, slug: str, current: str) -> dict[str, Any]:
    """The project, its tabs, and what the member may do with it. Raises `NotFound`."""
    found = project(request.member, slug)
    role = request.member.role
    return {
        "project": found,
        "parts": [
            Tab(title, reverse(name, kwargs={"project": slug}), name == current, count)
            for name, title, count in _tabs(found)
        ],
        "may_create_trigger": allows(role, Verb.CREATE_TRIGGER) and not found.archived_at,
        "may_set_credential": allows(role, Verb.SET_CREDENTIAL) and not found.archived_at,
        "may_change": allows(role, Verb.CHANGE_PROJECT),
        "may_archive": allows(role, Verb.ARCHIVE_PROJECT),
        "may_delete": allows(role, Verb.DELETE_PROJECT),
    }


def _tabs(found: ProjectRow) -> tuple[tuple[str, str, int | None], ...]:
    return (
        ("project", _("Overview"), None),
        ("project-automations", _("Automations"), found.automations),
        ("project-services", _("Services"), found.services),
        ("project-workflows", _("Workflows"), found.workflows),
        ("project-jobs", _("Jobs"), None),
        ("project-credentials", _("Credentials"), found.credentials),
        ("project-triggers", _("Triggers"), found.triggers),
        ("project-members", _("Members"), None),
        ("project-settings", _("Settings"), None),
    )
