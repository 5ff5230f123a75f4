"""What a workflow and its draft are at one moment. Read inside a tenant's transaction, in one query.

A workflow has at most one draft, which its organization's members share; a workflow that was never published is a draft
alone. A draft that says what the newest version says keeps no text of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, DocumentInvalid, NotFound, Problem
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place
from tropeiro.web.workflows.pinning import pin_document

_STATE = """
SELECT w.id IS NOT NULL, coalesce(w.name, d.name), p.id, p.slug, coalesce(p.name, ''), w.removed_at IS NOT NULL,
    coalesce(w.automation, false), d.text, d.revision, d.base, d.changed_at, coalesce(nullif(u.name, ''), u.email, ''),
    v.version, v.document, v.created_at, coalesce(nullif(a.name, ''), a.email, '')
FROM (SELECT %(id)s::uuid AS id) i
LEFT JOIN tropeiro_workflow w ON w.id = i.id AND w.organization_id = %(organization)s
LEFT JOIN tropeiro_workflow_draft d ON d.id = i.id AND d.organization_id = %(organization)s
LEFT JOIN tropeiro_project p ON p.id = CASE WHEN w.id IS NULL THEN d.project_id ELSE w.project_id END
    AND p.deleted_at IS NULL
LEFT JOIN tropeiro_user u ON u.id = d.changed_by_id
LEFT JOIN LATERAL (
    SELECT n.version, n.document, n.created_at, n.created_by_id
    FROM tropeiro_workflow_version n WHERE n.workflow_id = w.id ORDER BY n.version DESC LIMIT 1
) v ON true
LEFT JOIN tropeiro_user a ON a.id = v.created_by_id
WHERE w.id IS NOT NULL OR d.id IS NOT NULL
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftState:
    """A workflow, or one that is to be, with its newest version and its draft."""

    id: UUID
    published: bool
    """Whether the workflow is there; else it is a draft alone."""
    name: str
    place: Place
    project_name: str
    removed: bool
    automation: bool
    kept: str | None
    """The draft's own text; ``None`` where it says what the newest version says."""
    counter: int
    """How often the draft changed; 0 when there never was one."""
    base: int
    """The version that its author began from, 0 for none."""
    changed_at: datetime
    changed_by: str
    """Name, else e-mail address."""
    newest: int
    """Number of the newest version, 0 for none."""
    document: str
    """What that says."""

    @property
    def text(self) -> str:
        """What the draft says."""
        return self.document if self.kept is None else self.kept

    @property
    def revision(self) -> int:
        """A number that is another one whenever the text is another one.

        Of a draft without a text of its own the newest version's number counts too, for that makes its text.
        """
        return self.counter + self.newest if self.kept is None else self.counter

    @property
    def reference(self) -> str:
        """How people name the workflow."""
        return f"{self.place.project}/{self.name}" if self.place.project else self.name


def draft_state(member: Member, workflow: UUID, *, lock: bool = False) -> DraftState:
    """The state of a workflow and its draft, locked when it is to be changed.

    Raises `NotFound`, the same for what is missing and what is another organization's.
    """
    member.require(Verb.VIEW)
    params = {"id": workflow, "organization": member.organization}
    with connection.cursor() as cursor:
        if lock:
            # The workflow first, as whoever writes a version does.
            for table in ("tropeiro_workflow", "tropeiro_workflow_draft"):
                cursor.execute(
                    f"SELECT FROM {table} WHERE id = %(id)s AND organization_id = %(organization)s FOR UPDATE",
                    params,
                )
        cursor.execute(_STATE, params)
        row = cursor.fetchone()
    # A workflow always has a version: both are written in one transaction.
    if row is None:
        raise NotFound(_("There is no workflow %(id)s that you can see.") % {"id": workflow})
    return _state(member, workflow, row)


def refuse_change(state: DraftState) -> None:
    """Raise `Conflict` for what is not changed here: a workflow that was removed, the inside of an automation."""
    if state.automation:
        raise Conflict(
            _("An automation is changed in its project's files; copy it as a workflow to change it here."),
        )
    if state.removed:
        raise Conflict(_("The workflow is removed. Restore it to change it."))


def problems_in(place: Place, text: str) -> tuple[Problem, ...]:
    """What keeps a text from being published where it stands."""
    try:
        pin_document(place, text)
    except DocumentInvalid as error:
        return error.problems
    return ()


def _state(member: Member, workflow: UUID, row: tuple[Any, ...]) -> DraftState:
    (
        published, name, project, slug, project_name, removed, automation, text, counter, base, changed_at, changed_by,
        newest, document, saved_at, saved_by,
    ) = row  # fmt: skip
    return DraftState(
        id=workflow,
        published=published,
        name=name,
        place=Place(member.organization_slug, slug, project),
        project_name=project_name,
        removed=removed,
        automation=automation,
        kept=text,
        counter=counter or 0,
        base=base if text is not None else newest or 0,
        changed_at=changed_at if text is not None else saved_at,
        changed_by=changed_by if text is not None else saved_by,
        newest=newest or 0,
        document=document or "",
    )
