"""Writing versions of workflows. Called inside a transaction, by the actions of workflows and of projects."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict
from tropeiro.web.member import Member
from tropeiro.web.place import Place
from tropeiro.web.workflows.models import Workflow, WorkflowVersion
from tropeiro.web.workflows.pinning import pin_document


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving came to."""

    workflow: UUID
    id: UUID
    """Of the version."""
    version: int
    changed: bool
    """False when the newest version said the same already."""
    inputs: object
    """JSON Schema of the inputs, or ``None``."""


def write_version(
    member: Member,
    home: Place,
    name: str,
    text: str,
    *,
    automation: bool = False,
    message: str = "",
    base: int | None = None,
    new_id: UUID | None = None,
) -> Saved:
    """Make ``text`` the newest version of the workflow, unless it is.

    ``base`` is the version that the author began from, 0 for a new workflow: when there is a newer one by now, nothing
    is written. ``new_id`` is the one that a new workflow gets. Raises `DocumentInvalid`, and `Conflict` whose details
    have the newest version.
    """
    pinned = pin_document(home, text)
    # An upsert, so that two who save a new name at once meet at its row.
    workflow, _created = Workflow.objects.get_or_create(
        organization_id=member.organization,
        project_id=home.project_id,
        name=name,
        automation=automation,
        defaults={} if new_id is None else {"id": new_id},
    )
    workflow = Workflow.objects.select_for_update().get(id=workflow.id)
    newest = (
        WorkflowVersion.objects.filter(workflow_id=workflow.id)
        .order_by("-version")
        .values_list("id", "version", "document", "pinned")
        .first()
    )
    if base is not None and base != (newest[1] if newest is not None else 0):
        raise _newer(name, newest[1] if newest is not None else 0, base, removed=workflow.removed_at is not None)
    about = {"description": pinned.workflow.description, "removed_at": None}
    if any(getattr(workflow, field) != value for field, value in about.items()):
        Workflow.objects.filter(id=workflow.id).update(**about)
    schema = pinned.workflow.inputs
    if newest is not None and newest[2:] == (text, pinned.text):
        return Saved(workflow.id, newest[0], newest[1], False, schema)
    version = WorkflowVersion.objects.create(
        organization_id=member.organization,
        workflow_id=workflow.id,
        version=1 if newest is None else newest[1] + 1,
        document=text,
        pinned=pinned.text,
        pins=list(pinned.pins),
        message=message[:500],
        created_by_id=member.user,
    )
    return Saved(workflow.id, version.id, version.version, True, schema)


def _newer(name: str, newest: int, base: int, *, removed: bool) -> Conflict:
    details = {"newest": newest}
    if base:
        return Conflict(
            _("Version %(newest)s was saved meanwhile; you began from version %(base)s.")
            % {"newest": newest, "base": base},
            hint=_("Look at what differs, then save yours as the newest version, or give it up."),
            details=details,
        )
    if removed:
        return Conflict(
            _("There was a workflow `%(name)s`, which is removed.") % {"name": name},
            hint=_("Restore it, or choose another name."),
            details=details,
        )
    return Conflict(
        _("There is a workflow `%(name)s` already.") % {"name": name}, hint=_("Choose another name."), details=details
    )
