"""Test runs of drafts: all of one, one step, or up to a step. Nothing is saved but the run itself.

A test is a job like any other, and its calls are real ones. Steps with a ``mock`` give that instead, and steps whose
results are given are not run. No version of a workflow belongs to it, so it counts in none's statistics.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from django.utils.translation import gettext as _
from msgspec.structs import replace

from tropeiro.kernel.errors import DocumentInvalid, ExpressionError, InvalidInput, Problem
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.packet import Result
from tropeiro.kernel.previewing import item_at, needed, outside
from tropeiro.kernel.route import read_route
from tropeiro.kernel.source_map import Source, read_source
from tropeiro.kernel.surroundings import Outline, Surroundings, outline_of
from tropeiro.kernel.testing import ItemGiven, Trial, missing_result, only, unknown_results, up_to, whole
from tropeiro.web.audit.actions import record
from tropeiro.web.editing.models import WorkflowTest
from tropeiro.web.editing.previews import past_of, results_of
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.again import finished_calls
from tropeiro.web.jobs.queries import inputs_text
from tropeiro.web.jobs.starting import write_job
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.draft_state import DraftState, draft_state, refuse_change
from tropeiro.web.workflows.pinning import pin_document
from tropeiro.web.workflows.runnable import Runnable

MOST_KEPT = 50
"""Test runs of one draft that are known as such; older ones stay in the list of jobs alone."""


_INDEX = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be tested, and with what."""

    text: str
    """The draft."""
    inputs: Any = None
    """Those of ``job`` when they are not given."""
    step: str | None = None
    """Pointer of the one step that is to run."""
    until: str | None = None
    """Pointer of the step that is to be the last one."""
    pins: Mapping[str, Any] = field(default_factory=dict)
    """Outputs by step id: those steps do not run."""
    job: UUID | None = None
    """A run whose results stand in: for what the one step sees of earlier ones, else for those in ``reuse``."""
    index: int | None = None
    """Of the item with which a step in a ``foreach`` runs, or one that is one; ``None`` runs such a step for all."""
    reuse: frozenset[str] = frozenset()
    """Ids of steps whose calls are not made again, but taken from ``job``."""


def start_test(member: Member, workflow: UUID, wanted: Wanted) -> UUID:
    """Start a test run of a draft's text. Its job.

    Raises `Forbidden`, `NotFound`, `DocumentInvalid` with pointers into the text, `InvalidInput` and `SchemaMismatch`
    (the inputs), `ProjectArchived`, and `Conflict` for what is not changed here.
    """
    member.require(Verb.START_JOB)
    with tenant(member.organization):
        state = draft_state(member, workflow)
        refuse_change(state)
        source = read_source(wanted.text)
        trial = _trial(member, state.place, source, wanted)
        runnable = _runnable(state, source, trial)
        inputs = wanted.inputs
        if inputs is None and wanted.job is not None:
            inputs = msgspec.json.decode(inputs_text(member, wanted.job))
        job = uuid7()
        write_job(member, runnable, inputs, trigger="test", id=job, mock=True, memo=trial.memo)
        _note(member, workflow, job, wanted.text, trial)
        record(member, Verb.START_JOB, "job", job, runnable.label, trigger="test")
        return job


def _trial(member: Member, place: Place, source: Source, wanted: Wanted) -> Trial:
    """The document to run. Raises `NotFound` (the run), `DocumentInvalid`."""
    document = source.value
    if source.duplicates:
        raise DocumentInvalid(source.duplicates)
    if not isinstance(document.get("steps") if isinstance(document, dict) else document, list):
        # It is no document: checking it tells what it is.
        pin_document(place, source.text)
    trial = None
    if wanted.step is not None:
        trial = _one_step(member, source, wanted)
    elif wanted.until is not None:
        trial = up_to(document, wanted.until, wanted.pins)
    else:
        trial = whole(document, wanted.pins)
    if trial is None:
        raise InvalidInput(_("There is no step there any more."), hint=_("Choose the step again."))
    if wanted.step is None and wanted.job is not None and wanted.reuse:
        trial = replace(trial, memo=_reused(member, wanted))
    return trial


def _one_step(member: Member, source: Source, wanted: Wanted) -> Trial | None:
    pointer = wanted.step or ""
    outline = outline_of(source.value)
    found = outline.around(pointer)
    if found is None or found.step is None:
        return None
    index = wanted.index or 0
    results = _results(member, found, wanted, index)
    unknown = unknown_results(found, results.keys())
    if unknown:
        raise DocumentInvalid((source.located(missing_result(pointer, unknown)),))
    around = own = None
    try:
        if found.foreach is not found.step:
            around = _item(member, source, outline, found, wanted)
        else:
            own = None if wanted.index is None else _item(member, source, outline, found, wanted)
            around = _item(member, source, outline, outside(outline, found.step), dataclasses.replace(wanted, index=0))
    except ExpressionError as error:
        problem = Problem(code=error.code, pointer=pointer, message=error.message, hint=error.hint)
        raise DocumentInvalid((source.located(problem),)) from None
    return only(source.value, pointer, results, around=around, own=own)


def _results(member: Member, found: Surroundings, wanted: Wanted, index: int) -> dict[str, Result]:
    """What the step sees of earlier ones, by id, as far as it is known."""
    asked = found.reads - wanted.pins.keys()
    known = {} if wanted.job is None else results_of(member, wanted.job, asked, index=index)
    results = {name: Result(output=value) for name, value in wanted.pins.items()}
    for step in (*found.visible, *found.failed):
        inside = found.foreach is not None and step.n > found.foreach.n
        result = known.get((step.id, index if inside else 0))
        if result is not None:
            results[step.id] = result
    return results


def _item(member: Member, source: Source, outline: Outline, found: Surroundings, wanted: Wanted) -> ItemGiven | None:
    """The item of the run with which what stands there runs; ``None`` where there is no ``foreach``."""
    if found.foreach is None:
        return None
    index = wanted.index or 0
    names = needed(outline, found, compile_template(None))
    past = past_of(member, source.value, wanted.job, names, index=index, pins=wanted.pins, inputs=wanted.inputs)
    return ItemGiven(item_at(outline, found, past, index))


def _reused(member: Member, wanted: Wanted) -> dict[str, Result]:
    """The calls of the run that are not made again."""
    if wanted.job is None:
        return {}
    job_row(member, wanted.job)
    found = finished_calls(wanted.job)
    return {
        path: result for path, result in found.items() if not wanted.reuse.isdisjoint(_INDEX.sub("", path).split("."))
    }


def _runnable(state: DraftState, source: Source, trial: Trial) -> Runnable:
    """The test's document, pinned. Raises `DocumentInvalid` with pointers into the draft."""
    try:
        pinned = pin_document(state.place, msgspec.json.encode(trial.document).decode())
    except DocumentInvalid as error:
        raise DocumentInvalid(tuple(_in_draft(source, trial, problem) for problem in error.problems)) from None
    return Runnable(
        kind="draft",
        label=state.reference,
        route=read_route(pinned.text.encode()),
        project=state.place.project_id,
    )


def _in_draft(source: Source, trial: Trial, problem: Problem) -> Problem:
    there = trial.place_in_draft(problem.pointer)
    return source.located(replace(problem, pointer=there, line=0, column=0))


def _note(member: Member, workflow: UUID, job: UUID, text: str, trial: Trial) -> None:
    """Remember what the job is a test of, and forget the oldest tests of the draft."""
    WorkflowTest.objects.create(
        job_id=job,
        organization_id=member.organization,
        workflow_id=workflow,
        text=text,
        places=[list(pair) for pair in trial.places],
    )
    kept = WorkflowTest.objects.filter(organization_id=member.organization, workflow_id=workflow).order_by("-job_id")
    oldest = kept.values_list("job_id", flat=True)[MOST_KEPT : MOST_KEPT + 1].first()
    if oldest is not None:
        kept.filter(job_id__lte=oldest).delete()
