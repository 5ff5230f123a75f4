"""Drafts of workflows: begun, saved while somebody writes, given up. What was typed is kept, also what is no JSON."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput, Problem
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.source_map import MAX_BYTES
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place, place_to_change
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.actions import check_name
from tropeiro.web.workflows.draft_state import DraftState, draft_state, problems_in, refuse_change
from tropeiro.web.workflows.models import Workflow, WorkflowDraft

MOST = 50
"""Drafts that a list shows."""

_UNPUBLISHED = """
SELECT d.id, coalesce(p.slug, ''), d.name, d.changed_at, coalesce(nullif(u.name, ''), u.email, '')
FROM tropeiro_workflow_draft d
LEFT JOIN tropeiro_project p ON p.id = d.project_id AND p.deleted_at IS NULL
LEFT JOIN tropeiro_user u ON u.id = d.changed_by_id
WHERE d.organization_id = %(organization)s AND d.name <> '' ORDER BY d.changed_at DESC, d.id DESC LIMIT %(limit)s
"""


class NameTaken(Conflict):
    """There is a workflow of this name already."""

    code = "name_taken"


class DraftChanged(Conflict):
    """Somebody else saved the draft meanwhile."""

    code = "conflict"

    def __init__(self, state: DraftState) -> None:
        self.state = state
        """What is there now."""
        who = state.changed_by or _("somebody")
        super().__init__(
            _("%(who)s changed this draft meanwhile.") % {"who": who},
            hint=_("Look at what differs, then take theirs, or save yours over it."),
        )


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, and what is wrong with it."""

    state: DraftState
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Unpublished:
    """A draft of a workflow that was never published, as lists show it."""

    id: UUID
    project: str
    """Short name, or nothing."""
    name: str
    changed_at: datetime
    changed_by: str

    @property
    def id_text(self) -> str:
        """Its id as text."""
        return str(self.id)

    @property
    def reference(self) -> str:
        """How people name it."""
        return f"{self.project}/{self.name}" if self.project else self.name


def read_draft(member: Member, workflow: UUID) -> Draft:
    """The draft of a workflow; what the newest version says when there is none. Raises `NotFound`."""
    with tenant(member.organization):
        state = draft_state(member, workflow)
        return Draft(state, problems_in(state.place, state.text))


def look_up(member: Member, workflow: UUID) -> DraftState:
    """A workflow and its draft, without looking for what is wrong with it. Raises `NotFound`."""
    with tenant(member.organization):
        return draft_state(member, workflow)


def check_text(member: Member, workflow: UUID, text: str) -> tuple[Problem, ...]:
    """What is wrong with a text that is to be the workflow's. Raises `NotFound`."""
    with tenant(member.organization):
        return problems_in(draft_state(member, workflow).place, text)


def begin_draft(member: Member, name: str, project: str | None, text: str) -> UUID:
    """Begin a workflow that is not there yet; the id that it will have.

    Raises `Forbidden`, `NotFound` (the project), `ProjectArchived`, `InvalidInput` (the name), and `NameTaken`.
    """
    member.require(Verb.SAVE_WORKFLOW)
    check_name(name)
    check_keepable(text)
    with tenant(member.organization):
        home = place_to_change(member, project)
        _refuse_taken(member, home, name)
        id_ = uuid7()
        row = WorkflowDraft(
            id=id_,
            organization_id=member.organization,
            project_id=home.project_id,
            name=name,
            text=text,
            changed_by_id=member.user,
        )
        with _taking(name):
            row.save(force_insert=True)
        return id_


def rename_draft(member: Member, workflow: UUID, name: str, project: str | None) -> DraftState:
    """Give a workflow that was never published another name or place.

    Raises as `begin_draft` does, and `Conflict` for one that is published: `actions.rename_workflow` renames those.
    """
    member.require(Verb.SAVE_WORKFLOW)
    check_name(name)
    with tenant(member.organization):
        state = draft_state(member, workflow, lock=True)
        if state.published:
            raise Conflict(_("The workflow is published already. Rename it on its page."))
        home = place_to_change(member, project)
        _refuse_taken(member, home, name, but=workflow)
        with _taking(name):
            WorkflowDraft.objects.filter(id=workflow).update(name=name, project_id=home.project_id)
        return draft_state(member, workflow)


def save_draft(member: Member, workflow: UUID, text: str, revision: int) -> Draft:
    """Keep what was written. ``revision`` is the one that its author last saw.

    Raises `Forbidden`, `NotFound`, `InvalidInput` for a text that cannot be kept, `Conflict` for what is not changed
    here, and `DraftChanged`.
    """
    member.require(Verb.SAVE_WORKFLOW)
    check_keepable(text)
    with tenant(member.organization):
        state = draft_state(member, workflow, lock=True)
        refuse_change(state)
        # The same text again is no conflict: an answer was lost on its way, or two wrote the same.
        if text != state.text:
            if revision != state.revision:
                raise DraftChanged(state)
            _keep(member, state, None if state.published and text == state.document else text)
            state = draft_state(member, workflow)
        return Draft(state, problems_in(state.place, text))


def discard_draft(member: Member, workflow: UUID, revision: int | None = None) -> Draft | None:
    """Give up what was written: what the newest version says is the draft; ``None`` where there is none.

    ``revision`` is the one that is given up. Raises `Forbidden`, `NotFound`, `Conflict` for what is not changed here,
    and `DraftChanged`.
    """
    member.require(Verb.DISCARD_DRAFT)
    with tenant(member.organization):
        state = draft_state(member, workflow, lock=True)
        refuse_change(state)
        if revision is not None and revision != state.revision:
            raise DraftChanged(state)
        if not state.published:
            WorkflowDraft.objects.filter(id=workflow).delete()
            with connection.cursor() as cursor:
                # Nobody can ask for its tests any more; their jobs stay.
                cursor.execute(
                    "DELETE FROM tropeiro_workflow_test WHERE organization_id = %s AND workflow_id = %s",
                    [member.organization, workflow],
                )
            record(member, Verb.DISCARD_DRAFT, "workflow", workflow, state.name)
            return None
        if state.kept is not None:
            _keep(member, state, None)
            record(member, Verb.DISCARD_DRAFT, "workflow", workflow, state.name)
            state = draft_state(member, workflow)
        return Draft(state, problems_in(state.place, state.text))


def settle_draft(member: Member, state: DraftState) -> None:
    """Note that the draft became the newest version. Inside a tenant's transaction that has the draft locked."""
    # A revision that is greater than every one before, for the version's number is added to it.
    settled: dict[str, Any] = {"text": None, "name": "", "project_id": None, "revision": state.revision}
    WorkflowDraft.objects.filter(id=state.id).update(**settled, changed_at=timezone.now(), changed_by_id=member.user)


def unpublished_drafts(member: Member, *, limit: int = MOST) -> tuple[Unpublished, ...]:
    """Drafts of workflows that were never published, the latest first."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_UNPUBLISHED, {"organization": member.organization, "limit": limit})
        return tuple(Unpublished(*row) for row in cursor.fetchall())


def check_keepable(text: str) -> None:
    """Raise `InvalidInput` for a text that the database cannot hold, or that no workflow could be as long as."""
    if "\0" in text:
        raise InvalidInput(_("The text contains the character NUL, which cannot be stored."), hint=_("Remove it."))
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise InvalidInput(
            _("The text contains half a character (a lone surrogate), which cannot be stored."), hint=_("Remove it.")
        ) from None
    if size > MAX_BYTES:
        raise InvalidInput(
            _("The text has %(size)s bytes; a workflow has at most %(most)s.") % {"size": size, "most": MAX_BYTES},
            hint=_("Move parts of it into workflows of their own and call those."),
        )


def _keep(member: Member, state: DraftState, text: str | None) -> None:
    """Write the draft's row; what is there now is ``state``."""
    fresh = {
        "text": text,
        # Without a text of its own the newest version's number is added when it is read.
        "revision": state.revision + 1 if text is not None else state.revision,
        "base": state.base,
        "changed_at": timezone.now(),
        "changed_by_id": member.user,
    }
    made = {**fresh, "organization_id": member.organization}
    WorkflowDraft.objects.update_or_create(id=state.id, defaults=fresh, create_defaults=made)


def _refuse_taken(member: Member, home: Place, name: str, *, but: UUID | None = None) -> None:
    """Raise `NameTaken` when a workflow or another draft has the name there, or a workflow had it that was removed."""
    where = {"organization_id": member.organization, "project_id": home.project_id, "name": name}
    removed_at = Workflow.objects.filter(**where, automation=False).values_list("removed_at", flat=True)
    removed = [at is not None for at in removed_at[:1]]
    if removed == [True]:
        raise NameTaken(
            _("There was a workflow `%(name)s`, which is removed.") % {"name": name},
            hint=_("Restore it, or choose another name."),
        )
    if removed:
        raise NameTaken(_("There is a workflow `%(name)s` already.") % {"name": name}, hint=_("Choose another name."))
    if WorkflowDraft.objects.filter(**where).exclude(id=but).exists():
        raise _taken_by_draft(name)


@contextmanager
def _taking(name: str) -> Iterator[None]:
    """Write a draft's name; raise `NameTaken` when somebody else took it in this moment."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise _taken_by_draft(name) from None


def _taken_by_draft(name: str) -> NameTaken:
    return NameTaken(
        _("There is a draft of a workflow `%(name)s` already.") % {"name": name},
        hint=_("Go on with it, or choose another name."),
    )
