"""What is done to projects. One function a verb: permission, transaction, change, audit."""

from __future__ import annotations

import re
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.service_ref import SLUG
from tropeiro.sql import statement
from tropeiro.web.audit.actions import record
from tropeiro.web.credentials.actions import forget_credentials
from tropeiro.web.member import Member
from tropeiro.web.naming import plain
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.access import project_row
from tropeiro.web.projects.applying import Diff, apply, plan
from tropeiro.web.projects.holds import deletion, renaming_holds, said
from tropeiro.web.projects.making import made_project
from tropeiro.web.projects.models import Project
from tropeiro.web.tenancy import tenant
from tropeiro.web.triggers.archiving import forget_triggers, rest_triggers, wake_triggers

__all__ = [
    "Diff", "apply", "archive_project", "change_project", "create_project", "delete_project", "plan", "restore_project",
]  # fmt: skip

MAX_NAME, MAX_DESCRIPTION = 200, 5_000
_SLUG = re.compile(SLUG)


def create_project(member: Member, slug: str, name: str = "", description: str = "") -> UUID:
    """Make an empty project. Raises `Forbidden`, `InvalidInput`, `Conflict` when the short name is taken."""
    member.require(Verb.CREATE_PROJECT)
    _check(slug, name or slug, description)
    with tenant(member.organization):
        project, created = made_project(member, slug, name or slug, description)
        if not created:
            raise _taken(slug)
        record(member, Verb.CREATE_PROJECT, "project", project.id, slug)
        made: UUID = project.id
        return made


def change_project(member: Member, project: str, *, slug: str, name: str, description: str) -> None:
    """Give a project another name, description or short name.

    Raises `Forbidden`, `NotFound`, `InvalidInput`, `ProjectArchived`, and `Conflict` when the short name is taken, or
    when something relies on the one that it has; `renaming_holds` says what.
    """
    member.require(Verb.CHANGE_PROJECT)
    _check(slug, name, description)
    with tenant(member.organization):
        row = project_row(member, project, lock=True, to_change=True)
        about = {"slug": slug, "name": name, "description": description}
        changed = {field: value for field, value in about.items() if getattr(row, field) != value}
        if not changed:
            return
        if "slug" in changed:
            if Project.objects.filter(organization_id=member.organization, slug=slug).exists():
                raise _taken(slug)
            if holds := renaming_holds(member, row):
                raise Conflict(
                    _("The short name %(slug)s cannot change: something relies on it.") % {"slug": row.slug},
                    hint=said(holds),
                )
        for field, value in changed.items():
            setattr(row, field, value)
        row.save(update_fields=list(changed))
        before = {"was": project} if "slug" in changed else {}
        record(member, Verb.CHANGE_PROJECT, "project", row.id, row.slug, changed=sorted(changed), **before)


def archive_project(member: Member, project: str) -> None:
    """Let nothing of a project start any more: neither its services nor its automations, workflows and triggers.

    Jobs that are under way come to their end. Raises `Forbidden`, `NotFound`, `Conflict` when it is archived already.
    """
    member.require(Verb.ARCHIVE_PROJECT)
    with tenant(member.organization):
        row = project_row(member, project, lock=True)
        if row.archived_at is not None:
            raise Conflict(_("The project is archived already."))
        row.archived_at = timezone.now()
        row.save(update_fields=["archived_at"])
        rest_triggers(member, row.id)
        record(member, Verb.ARCHIVE_PROJECT, "project", row.id, row.slug)


def restore_project(member: Member, project: str) -> None:
    """Take a project out of the archive; its triggers that are on are due again from their next moment on.

    Raises `Forbidden`, `NotFound`, `Conflict` when it is not archived.
    """
    member.require(Verb.RESTORE_PROJECT)
    with tenant(member.organization):
        row = project_row(member, project, lock=True)
        if row.archived_at is None:
            raise Conflict(_("The project is not archived."))
        row.archived_at = None
        row.save(update_fields=["archived_at"])
        wake_triggers(member, row.id, timezone.now())
        record(member, Verb.RESTORE_PROJECT, "project", row.id, row.slug)


def delete_project(member: Member, project: str, confirmed: str) -> None:
    """Delete a project with what goes along (`holds.deletion` says what); its jobs stay in the history.

    ``confirmed`` is its short name, typed again. Raises `Forbidden`, `NotFound`, `InvalidInput` when it is not, and
    `Conflict` while something depends on it.
    """
    member.require(Verb.DELETE_PROJECT)
    with tenant(member.organization):
        row = project_row(member, project, lock=True)
        if confirmed != row.slug:
            raise InvalidInput(
                _("What you typed is not the short name of the project."),
                hint=_("Type %(slug)s to delete it.") % {"slug": row.slug},
            )
        standing = deletion(member, row)
        if standing.holds:
            raise Conflict(
                _("The project %(slug)s cannot be deleted: something depends on it.") % {"slug": row.slug},
                hint=said(standing.holds),
            )
        forget_triggers(member, row.id)
        forget_credentials(member, row.id)
        with connection.cursor() as cursor:
            for name in ("remove_workflows", "remove_services", "remove_limits"):
                cursor.execute(
                    statement("projects", name),
                    {"project": row.id, "subjects": f"{member.organization_slug}/{row.slug}/"},
                )
        row.deleted_at = timezone.now()
        row.archived_at = row.archived_at or row.deleted_at
        row.save(update_fields=["archived_at", "deleted_at"])
        record(member, Verb.DELETE_PROJECT, "project", row.id, row.slug, **standing.going.counts())


def _check(slug: str, name: str, description: str) -> None:
    if not _SLUG.fullmatch(slug):
        raise InvalidInput(
            _("`%(slug)s` cannot be a project's short name.") % {"slug": slug[:64]},
            hint=_("Start with a small letter; then at most 63 small letters, digits and hyphens."),
            details={"field": "slug"},
        )
    for field, text, most in (("name", name, MAX_NAME), ("description", description, MAX_DESCRIPTION)):
        if len(text) > most or "\0" in text or (field == "name" and not text.strip()):
            raise InvalidInput(
                _("A project has a name of at most %(name)s characters, and a description of at most %(description)s.")
                % {"name": MAX_NAME, "description": MAX_DESCRIPTION},
                details={"field": field},
            )
        plain(text, field=field, lines=field == "description")


def _taken(slug: str) -> Conflict:
    return Conflict(_("There is a project `%(slug)s` already.") % {"slug": slug}, details={"field": "slug"})
