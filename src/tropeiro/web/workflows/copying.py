"""Copying a workflow: within the organization, or into another one that the user belongs to or to whom it was shared.

What it names comes along as far as its new owner can reach it, and is named otherwise; credentials stay behind. What
stays of a credential is the name that a step gives it: the new owner binds one of their own by making one of that name.
The people whom a question names stay behind, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.document import document_of
from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.pinning import calls_in, lists_in
from tropeiro.kernel.service_ref import ServiceRef, parse_service_ref
from tropeiro.web.audit.actions import record
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place, place
from tropeiro.web.services.resolving import Found, resolve
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import workflow_row
from tropeiro.web.workflows.actions import save_workflow
from tropeiro.web.workflows.models import WorkflowVersion
from tropeiro.web.workflows.pinning import pin_document
from tropeiro.web.workflows.versions import Saved


@dataclass(frozen=True, slots=True)
class Needed:
    """A credential that a step names."""

    name: str
    steps: tuple[str, ...]
    there: bool
    """Whether the new place has one of this name."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a copy would be."""

    text: str
    problems: tuple[Problem, ...]
    """What its new owner cannot reach, and whatever else keeps it from being saved there."""
    credentials: tuple[Needed, ...]


@dataclass(frozen=True, slots=True)
class Carried:
    """The text of a copy, and what stayed behind."""

    text: str
    unasked: tuple[str, ...] = ()
    """The steps whose questions named people of the old organization."""
    private: tuple[str, ...] = ()
    """The services that its own organization alone may call, by their names."""


def copied_text(member: Member, workflow: UUID, target: Member, project: str | None) -> Carried:
    """The newest version as it is written, its services named as they are called from the new place.

    Raises `Forbidden`, `NotFound`.
    """
    member.require(Verb.COPY_WORKFLOW)
    with tenant(member.organization):
        row = workflow_row(member, workflow)
        version = WorkflowVersion.objects.filter(workflow_id=row.id).order_by("-version")
        text = str(version.values_list("document", flat=True)[:1].get())
        home = place(member, row.project.slug if row.project else None)
        if (target.organization, project) == (member.organization, home.project):
            return Carried(text)
        return carried_text(home, text, target)


def carried_text(home: Place, text: str, target: Member, *, hide_private: bool = False) -> Carried:
    """The document ``text``, which stands at ``home``, as ``target`` would write it.

    ``hide_private`` keeps to itself where services stand that are private to their organization: of those only the
    name is told. Inside a transaction of the tenant that ``home`` belongs to.
    """
    document = document_of(text)
    calls = [step for step, _pointer in calls_in(document["steps"], "/steps")]
    refs = {step["uses"]: parse_service_ref(step["uses"]) for step in calls}
    found = resolve(home, refs.values())
    names: dict[str, str] = {}
    private: list[str] = []
    for uses, ref in refs.items():
        names[uses] = _renamed(ref, found[ref], target)
        if _is_out_of_reach(home, found[ref], target):
            private.append(ref.service)
            if hide_private:
                names[uses] = str(ServiceRef(ref.service, "private", HOUSE, ref.version))
    unasked = _forget_people(document["steps"]) if home.organization != target.organization_slug else ()
    if not unasked and all(uses == name for uses, name in names.items()):
        return Carried(text)
    for step in calls:
        step["uses"] = names[step["uses"]]
    written = msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
    return Carried(written, unasked, tuple(dict.fromkeys(private)))


def check_copy(target: Member, text: str, project: str | None) -> Report:
    """What ``text`` would be as a workflow in ``project`` of the target's organization.

    Raises `Forbidden`, `NotFound`.
    """
    target.require(Verb.SAVE_WORKFLOW)
    with tenant(target.organization):
        home = place(target, project)
        problems: tuple[Problem, ...] = ()
        try:
            pin_document(home, text)
        except DocumentInvalid as error:
            problems = error.problems
        return Report(text, problems, _credentials(target, home.project_id, text))


def copy_workflow(
    member: Member, workflow: UUID, target: Member, name: str, text: str, project: str | None = None
) -> Saved:
    """Save ``text``, a copy of a workflow, as a new workflow of the target's organization.

    Raises `Forbidden`, `NotFound`, `InvalidInput` (the name), `DocumentInvalid`, and `Conflict` when the name is taken.
    """
    member.require(Verb.COPY_WORKFLOW)
    with tenant(member.organization):
        row = workflow_row(member, workflow)
        label = f"{row.project.slug}/{row.name}" if row.project else row.name
    origin = label if target.organization == member.organization else f"{member.organization_slug}/{label}"
    saved = save_workflow(target, name, text, project, message=f"← {origin}", base=0)
    with tenant(member.organization):
        record(
            member,
            Verb.COPY_WORKFLOW,
            "workflow",
            workflow,
            label,
            to=f"{target.organization_slug}/{project or ''}/{name}",
        )
    return saved


def _renamed(ref: ServiceRef, found: Any, target: Member) -> str:
    """How the new place calls what ``ref`` meant at the old one; as it was when it meant nothing there either."""
    if not isinstance(found, Found):
        return str(ref)
    short = found.organization_slug in (target.organization_slug, HOUSE)
    name = (
        f"{found.project_slug}/{found.name}"
        if short
        else f"{found.organization_slug}/{found.project_slug}/{found.name}"
    )
    return name if ref.version is None else f"{name}@{ref.version}"


def _is_out_of_reach(home: Place, found: Any, target: Member) -> bool:
    """Whether only the old organization may call it: what is missing there, too, is told as little about."""
    if home.organization == target.organization_slug:
        return False
    return not isinstance(found, Found) or not found.public


def _forget_people(steps: list[dict[str, Any]]) -> tuple[str, ...]:
    """Take the people out of the questions, at any depth; the ids of the steps that named some."""
    unasked: list[str] = []
    for step in steps:
        if isinstance(step.get("approval"), dict) and step["approval"].pop("assignees", None):
            unasked.append(step["id"])
        for inner, _below in lists_in(step):
            unasked.extend(_forget_people(inner))
    return tuple(unasked)


def _credentials(target: Member, project: UUID | None, text: str) -> tuple[Needed, ...]:
    try:
        document = document_of(text)
    except DocumentInvalid:
        return ()
    steps: dict[str, list[str]] = {}
    for step, _pointer in calls_in(document["steps"], "/steps"):
        if isinstance(step.get("credential"), str):
            steps.setdefault(step["credential"], []).append(step["id"])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT name FROM tropeiro_credential WHERE organization_id = %s AND name = ANY(%s)"
            " AND (project_id IS NULL OR project_id = %s)",
            [target.organization, list(steps), project],
        )
        there = {name for (name,) in cursor.fetchall()}
    return tuple(Needed(name, tuple(ids), name in there) for name, ids in steps.items())
