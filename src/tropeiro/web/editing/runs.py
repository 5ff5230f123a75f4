"""Past runs as the editor shows them: beside the steps of the document that they ran, real values and all."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.excerpts import excerpt
from tropeiro.kernel.pinning import calls_in
from tropeiro.kernel.states import JobState, StepState
from tropeiro.kernel.surroundings import Outline, outline_of
from tropeiro.kernel.testing import Trial
from tropeiro.kernel.workflow import Step, Workflow
from tropeiro.web.editing.models import WorkflowTest
from tropeiro.web.jobs.outcomes import StepOutcome, large_value, outcomes
from tropeiro.web.jobs.queries import JobDetails, job
from tropeiro.web.jobs.redaction import redacted
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.steps import StepRow, step_rows
from tropeiro.web.jobs.values import Shown
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import written_text

_INDEX = re.compile(r"\[\d+\]")
PAGE = 20
MOST_VERSIONS = 50
MOST_STEPS = 500
MOST_BLOBS = 20
"""Large outputs that are read for one answer; the others are cut."""

# Ids of jobs grow with time, so those of the versions and the tests are merged by them.
_RUNS = """
SELECT j.id, j.state, coalesce(j.started_at, j.created_at), k.version, k.test
FROM (
    SELECT r.id, v.version, false AS test FROM (
        SELECT v.id, v.version FROM tropeiro_workflow_version v
        WHERE v.workflow_id = %(workflow)s ORDER BY v.version DESC LIMIT %(versions)s
    ) v CROSS JOIN LATERAL (
        SELECT j.id FROM tropeiro_job j
        WHERE j.organization_id = %(organization)s AND coalesce(j.service_version_id, j.workflow_version_id) = v.id
          AND (%(before)s::uuid IS NULL OR j.id < %(before)s::uuid)
        ORDER BY j.id DESC LIMIT %(limit)s
    ) r
    UNION ALL (
        SELECT t.job_id, NULL::int, true FROM tropeiro_workflow_test t
        WHERE t.workflow_id = %(workflow)s AND (%(before)s::uuid IS NULL OR t.job_id < %(before)s::uuid)
        ORDER BY t.job_id DESC LIMIT %(limit)s
    )
) k JOIN tropeiro_job j ON j.id = k.id
ORDER BY j.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class RunListed:
    """A run in a list."""

    id: UUID
    state: JobState
    started_at: datetime
    version: int | None
    test: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStep:
    """What one step of the document came to. Values are redacted, and cut where they are large."""

    pointer: str
    """Into the document as it is written."""
    path: str
    id: str
    name: str
    state: StepState
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    reused: bool
    """Whether its result was given, or an earlier job's: nothing was called."""
    input: Any = None
    output: Any = None
    cut: bool = False
    error: Any = None
    items: int | None = None
    """How many items it ran for; ``None`` for a step that runs once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A job beside the document that it ran."""

    job: JobDetails
    test: bool
    document: str
    """As it is written."""
    inputs: Any
    output: Any
    error: Any
    cut: bool
    """Whether the inputs or the output are."""
    steps: tuple[RunStep, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    """What a job ran: the text as it was written, and where a step of what really ran stands in it."""

    text: str
    outline: Outline
    workflow: Workflow
    test: bool
    trial: Trial | None

    def pointer_of(self, step: Step) -> str:
        """Where a step stands in the text; empty for one that only a test has."""
        if self.trial is not None:
            return self.trial.place_in_draft(step.pointer)
        return step.pointer.removeprefix("/steps") if self.outline.bare else step.pointer

    def pointer_of_path(self, path: str) -> str:
        """Where the step that a path names stands in the text; empty for none."""
        step = self.workflow.step(_INDEX.sub("", path).rpartition(".")[2])
        return "" if step is None else self.pointer_of(step)

    def known(self, step: Step) -> Step | None:
        """The step of the text that a step which ran stands for."""
        pointer = self.pointer_of(step)
        return self.outline.step_at(pointer) if pointer else None


def list_runs(
    member: Member, workflow: UUID, *, before: UUID | None = None, limit: int = PAGE
) -> tuple[tuple[RunListed, ...], UUID | None]:
    """Runs of a workflow and tests of its draft, newest first, and what the next page is ``before``."""
    member.require(Verb.VIEW)
    params: dict[str, Any] = {
        "organization": member.organization,
        "workflow": workflow,
        "versions": MOST_VERSIONS,
        "before": before,
        "limit": limit + 1,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_RUNS, params)
        rows = [RunListed(id_, JobState(state), *rest) for id_, state, *rest in cursor.fetchall()]
    kept = tuple(rows[:limit])
    return kept, kept[-1].id if len(rows) > limit else None


def read_run(member: Member, id: UUID, *, index: int = 0) -> PastRun:  # noqa: A002 - the word that callers use
    """A job with the values of its steps, of what ran for several items those of number ``index``.

    Raises `NotFound`, also when what it ran is not kept any more.
    """
    found = job(member, id)
    ran = what_ran(member, id)
    with tenant(member.organization):
        rows = step_rows(id, ran.workflow)
        values = outcomes(id, index=index)
    inputs, inputs_cut = _shown(found.inputs)
    output, output_cut = _shown(found.output)
    return PastRun(
        job=found,
        test=ran.test,
        document=ran.text,
        inputs=inputs,
        output=output,
        error=redacted(found.error),
        cut=inputs_cut or output_cut,
        steps=_steps(ran, rows, values, index),
    )


def what_ran(member: Member, id: UUID) -> Ran:  # noqa: A002
    """What a job ran. Raises `NotFound`."""
    route = route_of(member, id)
    if route is None:
        raise NotFound(_("What this job ran is not kept any more."))
    with tenant(member.organization), connection.cursor() as cursor:
        test = WorkflowTest.objects.filter(organization_id=member.organization, job_id=id).first()
        if test is not None:
            places = tuple((here, there) for here, there in test.places)
            return _ran(test.text, route.workflow, Trial({}, places))
        cursor.execute("SELECT workflow_version_id FROM tropeiro_job WHERE id = %s", [id])
        (version,) = cursor.fetchone()
        text = None if version is None else written_text(member, version)
        return _ran(_unpinned(route.text) if text is None else text, route.workflow, None)


@lru_cache(maxsize=100)
def _unpinned(text: bytes) -> str:
    """A pinned document as somebody could have written it."""
    document = msgspec.json.decode(text)
    for step, _pointer in calls_in(document["steps"], "/steps"):
        step.pop("service", None)
    return msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"


def _ran(text: str, workflow: Workflow, trial: Trial | None) -> Ran:
    return Ran(text, _outline(text), workflow, trial is not None, trial)


@lru_cache(maxsize=50)
def _outline(text: str) -> Outline:
    try:
        return outline_of(msgspec.json.decode(text))
    except msgspec.DecodeError:
        return outline_of(None)


def _steps(ran: Ran, rows: tuple[StepRow, ...], values: tuple[StepOutcome, ...], index: int) -> tuple[RunStep, ...]:
    # Of a step with items the wanted one stands last among its values, where it is there.
    by_number = {value.n: value for value in sorted(values, key=lambda one: one.index == index)}
    blobs = _Blobs()
    found: dict[str, RunStep] = {}
    for row in rows:
        step = ran.workflow.steps[row.n]
        pointer = ran.pointer_of(step)
        known = ran.known(step)
        if known is None:
            continue
        value = by_number.get(row.n)
        if step.inner and pointer in found:
            # The call that is made for each item: of the step itself there is one entry.
            found[pointer] = _with_item(found[pointer], row, value)
        elif len(found) < MOST_STEPS:
            found[pointer] = _step(pointer, known, row, value, blobs)
    return tuple(found.values())


def _step(pointer: str, known: Step, row: StepRow, value: StepOutcome | None, blobs: _Blobs) -> RunStep:
    output, missing = (None, False) if value is None else blobs.output_of(value)
    shown, cut = excerpt(redacted(output))
    given, given_cut = excerpt(redacted(None if value is None else value.input))
    return RunStep(
        pointer=pointer,
        path=row.path,
        id=known.id,
        name=known.name or known.id,
        state=row.state,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.tries,
        reused=row.reused,
        input=given,
        output=shown,
        cut=cut or given_cut or missing,
        error=redacted(row.error),
        items=row.count if row.many else row.total,
    )


def _with_item(owner: RunStep, row: StepRow, value: StepOutcome | None) -> RunStep:
    given, cut = excerpt(redacted(None if value is None else value.input))
    return replace(
        owner,
        input=given,
        cut=owner.cut or cut,
        attempts=max(owner.attempts, row.tries),
        items=row.count,
        error=owner.error or redacted(row.error),
    )


class _Blobs:
    """Reads large outputs, as many as one answer may have."""

    def __init__(self) -> None:
        self.left = MOST_BLOBS

    def output_of(self, value: StepOutcome) -> tuple[Any, bool]:
        """The output, and whether it is left out."""
        if not value.blob:
            return value.output, value.left_out
        if self.left == 0:
            return None, True
        self.left -= 1
        output, there = large_value(value.blob)
        return output, not there


def _shown(value: Shown) -> tuple[Any, bool]:
    if not value.blob:
        return excerpt(redacted(value.value))
    found, there = large_value(value.blob)
    shown, cut = excerpt(redacted(found))
    return shown, cut or not there
