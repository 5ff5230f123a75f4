"""A draft becomes the newest version of its workflow, or the first of a new one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place_to_change
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.draft_state import draft_state, refuse_change
from tropeiro.web.workflows.drafts import DraftChanged, NameTaken, save_draft, settle_draft
from tropeiro.web.workflows.versions import write_version


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing came to."""

    version: int
    changed: bool
    """False when the newest version said the same already."""
    revision: int
    """Of the draft, which says now what the newest version says."""


class NewerVersion(Conflict):
    """A version was saved that the draft's author did not begin from."""

    code = "newer_version"

    def __init__(self, newest: int, base: int) -> None:
        super().__init__(
            _("Version %(newest)s was saved meanwhile; you began from version %(base)s.")
            % {"newest": newest, "base": base},
            hint=_("Look at what differs, then save yours as the newest version, or give it up."),
            details={"newest": newest},
        )
        self.newest = newest


def publish_draft(
    member: Member, workflow: UUID, text: str, revision: int, message: str = "", *, over: int | None = None
) -> Published:
    """Make ``text`` the newest version; it is the draft already, or becomes it first, and stays it when refused.

    ``revision`` is the one that its author last saw; ``over`` the newest version when they have seen that it is not
    the one that they began from. Raises `Forbidden`, `NotFound`, `InvalidInput`, `DocumentInvalid`, `ProjectArchived`,
    `Conflict` for what is not changed here, `DraftChanged`, `NewerVersion`, and `NameTaken` for a new workflow.
    """
    member.require(Verb.SAVE_WORKFLOW)
    # In a transaction of its own: whatever comes of publishing, what was written is kept.
    kept = save_draft(member, workflow, text, revision).state
    with tenant(member.organization):
        state = draft_state(member, workflow, lock=True)
        refuse_change(state)
        if state.text != text:
            raise DraftChanged(state)
        home = place_to_change(member, state.place.project)
        if state.newest != (state.base if over is None else over):
            raise NewerVersion(state.newest, kept.base)
        try:
            saved = write_version(member, home, state.name, text, message=message, base=state.newest, new_id=workflow)
        except Conflict as error:
            # The workflow of that name is another one.
            raise NameTaken(error.message, hint=error.hint) from None
        if saved.changed:
            record(member, Verb.SAVE_WORKFLOW, "workflow", workflow, state.name, version=saved.version)
        if state.kept is not None:
            settle_draft(member, state)
        return Published(saved.version, saved.changed, draft_state(member, workflow).revision)
