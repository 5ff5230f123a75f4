"""What stands in the way of deleting a project or of changing its short name, and what goes along with it.

Called inside a tenant's transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.errors import DocumentInvalid
from tropeiro.sql import statement
from tropeiro.web.member import Member
from tropeiro.web.projects.models import Project
from tropeiro.web.triggers.archiving import hanging_on
from tropeiro.web.workflows.pinning import references_of

MOST = 1_000


class HoldKind(StrEnum):
    """What it is that depends on a project."""

    WORKFLOW = "workflow"
    """A workflow of the organization's."""
    AUTOMATION = "automation"
    OTHERS = "others"
    """Workflows of other organizations; of them only the number is told."""
    TRIGGER = "trigger"
    JOB = "job"
    """One that is under way."""
    LIMIT = "limit"
    FOLDER = "folder"
    """The project's own folder, which names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One thing that depends on a project."""

    kind: HoldKind
    name: str = ""
    id: UUID | None = None
    project: str = ""
    """Short name of the project where it stands, or nothing."""
    uses: tuple[str, ...] = ()
    """The services of the project that it calls."""
    count: int = 1

    @property
    def place(self) -> str:
        """Its name with its project."""
        return f"{self.project}/{self.name}" if self.project else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """What is deleted with a project, by name."""

    services: tuple[str, ...]
    automations: tuple[str, ...]
    workflows: tuple[str, ...]
    credentials: tuple[str, ...]
    triggers: tuple[str, ...]
    limits: tuple[str, ...]

    def named(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The kinds of which there is something, with the names."""
        kinds = ("services", "automations", "workflows", "credentials", "triggers", "limits")
        return tuple((kind, names) for kind in kinds if (names := getattr(self, kind)))

    def counts(self) -> dict[str, int]:
        """How many of each, of what there is."""
        return {kind: len(names) for kind, names in self.named()}


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting a project comes to."""

    holds: tuple[Hold, ...]
    """While there is one, it cannot be deleted."""
    going: Going


def deletion(member: Member, project: Project) -> Deletion:
    """What keeps a project from being deleted, and what goes along."""
    params = _params(member, project)
    hanging = hanging_on(member, project.id)
    jobs = [Hold(kind=HoldKind.JOB, id=id_, name=name) for id_, name in _rows("under_way", params)]
    triggers = [Hold(kind=HoldKind.TRIGGER, id=one.id, name=one.name) for one in hanging if not one.own]
    named: dict[str, list[str]] = {}
    for kind, name in _rows("going", params):
        named.setdefault(kind, []).append(name)
    return Deletion(
        holds=(*_callers(params), *triggers, *jobs),
        going=Going(
            services=tuple(named.get("service", ())),
            automations=tuple(named.get("automation", ())),
            workflows=tuple(named.get("workflow", ())),
            credentials=tuple(named.get("credential", ())),
            triggers=tuple(one.name for one in hanging if one.own),
            limits=tuple(named.get("limit", ())),
        ),
    )


def renaming_holds(member: Member, project: Project) -> tuple[Hold, ...]:
    """What relies on a project's short name."""
    params = _params(member, project)
    folder = [Hold(kind=HoldKind.FOLDER)] if project.applied_at is not None else []
    inside = [
        Hold(kind=HoldKind.AUTOMATION if automation else HoldKind.WORKFLOW, id=id_, name=name, project=project.slug)
        for id_, name, automation, document in _rows("documents_inside", params)
        if _names(document, member.organization_slug, project.slug)
    ]
    targets = (f"{project.slug}/", f"{member.organization_slug}/{project.slug}/")
    triggers = [
        Hold(kind=HoldKind.TRIGGER, id=id_, name=name)
        for id_, name, target in _rows("trigger_targets", params)
        if target.startswith(targets)
    ]
    limits = [Hold(kind=HoldKind.LIMIT, name=subject) for (subject,) in _rows("limited_services", params)]
    return (*folder, *_callers(params), *inside, *triggers, *limits)


def said(holds: Iterable[Hold]) -> str:
    """All of them in one sentence, the names of the first few of each kind."""
    words = {
        HoldKind.WORKFLOW: _("called by %(names)s"),
        HoldKind.AUTOMATION: _("called by %(names)s"),
        HoldKind.TRIGGER: _("started by the trigger %(names)s"),
        HoldKind.JOB: _("under way: %(names)s"),
        HoldKind.LIMIT: _("limited: %(names)s"),
        HoldKind.FOLDER: _("its project.toml names it"),
    }
    names: dict[str, list[str]] = {}
    counts: Counter[str] = Counter()
    for hold in holds:
        if hold.kind is HoldKind.OTHERS:
            counts[hold.kind] += hold.count
        else:
            names.setdefault(words[hold.kind], []).append(hold.place)
    parts = [
        words_ % {"names": ", ".join(found[:5]) + (" …" if len(found) > 5 else "")} for words_, found in names.items()
    ]
    if others := counts[HoldKind.OTHERS]:
        parts.append(
            ngettext(
                "called by %(count)s workflow of other organizations",
                "called by %(count)s workflows of other organizations",
                others,
            )
            % {"count": others}
        )
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def _callers(params: dict[str, Any]) -> list[Hold]:
    """Who calls its services from outside, in the newest version of a workflow."""
    return [
        Hold(
            kind=HoldKind.OTHERS if not own else HoldKind.AUTOMATION if automation else HoldKind.WORKFLOW,
            id=id_,
            name=name,
            project=project,
            uses=tuple(uses),
            count=count,
        )
        for own, automation, id_, project, name, uses, count in _rows("callers_outside", params)
    ]


def _names(document: str, organization: str, project: str) -> bool:
    """Whether a document names services by the project's short name; inside the project it need not."""
    try:
        references = references_of(document)
    except DocumentInvalid:
        # Written for an older version: it cannot be saved again anyway.
        return False
    return any(ref.project == project and ref.organization in (None, organization) for ref in references)


def _params(member: Member, project: Project) -> dict[str, Any]:
    return {
        "organization": member.organization,
        "project": project.id,
        "subjects": f"{member.organization_slug}/{project.slug}/",
        "limit": MOST,
    }


def _rows(name: str, params: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement("projects", name), params)
        return list(cursor.fetchall())
