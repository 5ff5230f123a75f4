"""What is done to workflows: saving, renaming, removing and restoring them, and finding what is to be run.

An automation's workflow is said in its project's files: here it is looked at, run and copied, and changed there.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.kernel.service_ref import SERVICE_NAME
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place, place_to_change
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import workflow_row
from tropeiro.web.workflows.models import Workflow, WorkflowVersion
from tropeiro.web.workflows.runnable import resolve_runnable
from tropeiro.web.workflows.versions import Saved, write_version

__all__ = [
    "remove_workflow",
    "rename_workflow",
    "resolve_runnable",
    "restore_version",
    "restore_workflow",
    "save_version",
    "save_workflow",
]

_NAME = re.compile(SERVICE_NAME)
_NAMED = 10


def save_workflow(
    member: Member, name: str, text: str, project: str | None = None, message: str = "", *, base: int | None = None
) -> Saved:
    """Save a document as the newest version of the workflow ``name``; nothing changes when it says the same.

    ``base`` is the version that its author began from, 0 for a new workflow. Raises `Forbidden`, `NotFound` (the
    project), `ProjectArchived`, `InvalidInput` (the name), `DocumentInvalid`, and `Conflict` when there is a newer
    version than ``base``.
    """
    member.require(Verb.SAVE_WORKFLOW)
    check_name(name)
    with tenant(member.organization):
        return _write(member, place_to_change(member, project), name, text, message, base)


def save_version(member: Member, workflow: UUID, text: str, message: str = "", *, base: int | None = None) -> Saved:
    """The same for a workflow that is there, by its id. Raises also `Conflict` for an automation's."""
    member.require(Verb.SAVE_WORKFLOW)
    with tenant(member.organization):
        row = _changeable(member, workflow)
        return _write(member, _home(member, row), row.name, text, message, base)


def restore_version(member: Member, workflow: UUID, version: int) -> Saved:
    """Save what an earlier version said as the newest one; its services are pinned anew.

    Raises as `save_version` does, and `NotFound` for a version that it does not have.
    """
    member.require(Verb.SAVE_WORKFLOW)
    with tenant(member.organization):
        row = _changeable(member, workflow)
        text = (
            WorkflowVersion.objects.filter(workflow_id=row.id, version=version)
            .values_list("document", flat=True)
            .first()
        )
        if text is None:
            raise NotFound(_("There is no version %(version)s of %(name)s.") % {"version": version, "name": row.name})
        message = _("Version %(version)s restored") % {"version": version}
        return _write(member, _home(member, row), row.name, text, message, None)


def rename_workflow(member: Member, workflow: UUID, name: str, project: str | None) -> None:
    """Give a workflow another name, or put it into another project; triggers that start it go on starting it.

    Raises `Forbidden`, `NotFound`, `InvalidInput` (the name), `DocumentInvalid` when it calls what it cannot reach from
    there, and `Conflict` when the name is taken.
    """
    member.require(Verb.CHANGE_WORKFLOW)
    check_name(name)
    with tenant(member.organization):
        row = _changeable(member, workflow)
        home = place_to_change(member, project)
        if (row.name, row.project_id) == (name, home.project_id):
            return
        others = Workflow.objects.filter(
            organization_id=member.organization, project_id=home.project_id, name=name, automation=False
        )
        if others.exists():
            raise Conflict(
                _("There is, or was, a workflow `%(name)s` there.") % {"name": name}, hint=_("Choose another name.")
            )
        before = row.name
        moved = row.project_id != home.project_id
        Workflow.objects.filter(id=row.id).update(name=name, project_id=home.project_id)
        if moved:
            # What its steps call is looked up from where it stands: its newest version is pinned anew, or it stays.
            newest = WorkflowVersion.objects.filter(workflow_id=row.id).order_by("-version")
            text = newest.values_list("document", flat=True)[:1].get()
            write_version(member, home, name, text, message=_("Moved to another project"))
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tropeiro_trigger SET target = %s WHERE organization_id = %s AND workflow_id = %s",
                [f"{home.project}/{name}" if home.project else name, member.organization, row.id],
            )
        record(member, Verb.CHANGE_WORKFLOW, "workflow", row.id, name, before=before, project=home.project)


def remove_workflow(member: Member, workflow: UUID) -> None:
    """Take a workflow out of the lists; its versions stay for its jobs, and for `restore_workflow`.

    Raises `Forbidden`, `NotFound`, and `Conflict` for an automation's and while triggers start it.
    """
    member.require(Verb.REMOVE_WORKFLOW)
    with tenant(member.organization):
        row = _changeable(member, workflow)
        reason = reason_to_keep(triggers_of(member, row.id))
        if reason:
            raise Conflict(
                _("%(name)s cannot be removed: %(reason)s.") % {"name": row.name, "reason": reason},
                hint=_("Change or delete those triggers first."),
            )
        Workflow.objects.filter(id=row.id).update(removed_at=timezone.now())
        record(member, Verb.REMOVE_WORKFLOW, "workflow", row.id, row.name)


def restore_workflow(member: Member, workflow: UUID) -> None:
    """Undo `remove_workflow`. Raises `Forbidden`, `NotFound`, and `Conflict` when it was not removed."""
    member.require(Verb.RESTORE_WORKFLOW)
    with tenant(member.organization):
        row = workflow_row(member, workflow, lock=True, removed=True)
        if row.removed_at is None:
            raise Conflict(_("The workflow is not removed."))
        Workflow.objects.filter(id=row.id).update(removed_at=None)
        record(member, Verb.RESTORE_WORKFLOW, "workflow", row.id, row.name)


def triggers_of(member: Member, workflow: UUID) -> list[str]:
    """Names of the triggers that start a workflow. Inside a tenant's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name FROM tropeiro_trigger WHERE organization_id = %s AND workflow_id = %s ORDER BY name LIMIT 500",
            [member.organization, workflow],
        )
        return [name for (name,) in cursor.fetchall()]


def reason_to_keep(triggers: list[str]) -> str:
    """Why a workflow cannot be removed, in words; empty when it can be."""
    if not triggers:
        return ""
    names = ", ".join(triggers[:_NAMED]) + (" …" if len(triggers) > _NAMED else "")
    words = ngettext("the trigger %(names)s starts it", "the triggers %(names)s start it", len(triggers))
    return words % {"names": names}


def check_name(name: str) -> None:
    """Raise `InvalidInput` for what cannot be a workflow's name."""
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            _("`%(name)s` cannot be a workflow's name.") % {"name": name[:64]},
            hint=_("Start with a small letter; then at most 63 small letters, digits, hyphens and underscores."),
        )


def _write(member: Member, home: Place, name: str, text: str, message: str, base: int | None) -> Saved:
    saved = write_version(member, home, name, text, message=message, base=base)
    if saved.changed:
        record(member, Verb.SAVE_WORKFLOW, "workflow", saved.workflow, name, version=saved.version)
    return saved


def _changeable(member: Member, workflow: UUID) -> Any:
    row = workflow_row(member, workflow, lock=True)
    if row.automation:
        raise Conflict(
            _("This is the inside of an automation service, which is said in its project's files."),
            hint=_("Change it there and apply the project, or copy it as a workflow."),
        )
    return row


def _home(member: Member, row: Any) -> Place:
    return place_to_change(member, None if row.project_id is None else row.project.slug)
