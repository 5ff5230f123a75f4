"""Reading the steps of a job: those that ended, and those under way, the items of a ``foreach`` taken together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.states import StepState
from tropeiro.kernel.workflow import Workflow
from tropeiro.web.jobs.access import job_row
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

_INDEX = re.compile(r"\[\d+\]")

STATE_OF_PACKET = """CASE WHEN p.state IN ('leased', 'parked') THEN 'running' WHEN p.state = 'waiting' THEN 'waiting'
    WHEN p.hold THEN 'paused' ELSE 'queued' END"""
"""The state of the step that a packet ``p`` stands at, in SQL."""

# Every step that came to its end is read once, in the order of its key; what a later try or round made obsolete counts
# for nothing but the time that it took. A path under way hides its earlier tries: they do not say where it stands.
_ROWS = f"""
WITH under_way AS MATERIALIZED (
    SELECT p.path, p.attempt, p.uses, p.since, p.progress, p.progress_note, p.wait_kind, p.question, p.due_at,
        {STATE_OF_PACKET} AS state,
        (p.body ->> 'step')::int AS n, j.arrived, j.total,
        -- A limit that this organization may not see is the provider's, for the service.
        CASE WHEN p.state = 'ready' AND p.limits IS NOT NULL THEN (
            SELECT string_agg(DISTINCT coalesce(nullif(l.subject, ''), l.kind, split_part(p.uses, '@', 1)), ' ')
            FROM unnest(p.limits) AS k(id) LEFT JOIN tropeiro_limit l ON l.id = k.id) END AS limits
    FROM tropeiro_packet p LEFT JOIN tropeiro_join j ON j.id = p.id
    WHERE p.job_id = %(job)s AND p.path <> ''
),
ended AS (
    SELECT s.path, s.n, s.state, s.uses, s.attempt, s.started_at, s.finished_at, s.reused, s.error IS NOT NULL AS wrong,
        lead(s.path) OVER (ORDER BY s.path, s.round, s.attempt) IS NOT DISTINCT FROM s.path
            OR s.path IN (SELECT u.path FROM under_way u) AS obsolete
    FROM tropeiro_step s WHERE s.job_id = %(job)s
)
SELECT e.n, e.state, count(*) FILTER (WHERE NOT e.obsolete) AS count, min(e.path) AS path, max(e.uses) AS uses,
    -- A step that was skipped took no time: it happened when the step before it had ended.
    min(CASE WHEN e.state = 'skipped' THEN e.finished_at ELSE e.started_at END) AS started_at,
    max(e.finished_at) AS finished_at, max(e.attempt) AS tries,
    bool_and(e.reused) AS reused, min(e.path) FILTER (WHERE e.wrong AND NOT e.obsolete) AS wrong,
    NULL::real AS progress, '' AS note, NULL::bigint AS arrived, NULL::bigint AS total, '' AS wait_kind,
    NULL::text AS question, NULL::timestamptz AS due_at, NULL::text AS limits
FROM ended e GROUP BY e.n, e.state
UNION ALL
SELECT u.n, u.state, count(*), min(u.path), max(u.uses), min(u.since), NULL, max(u.attempt), false, NULL,
    avg(u.progress)::real, max(u.progress_note), sum(u.arrived), sum(u.total), max(u.wait_kind), max(u.question::text),
    max(u.due_at), max(u.limits)
FROM under_way u GROUP BY u.n, u.state
ORDER BY n, state
"""  # noqa: S608 - put together from constants
_ERRORS = """
SELECT DISTINCT ON (s.path) s.path, s.error::text FROM tropeiro_step s
WHERE s.job_id = %(job)s AND s.path = ANY (%(paths)s) AND s.error IS NOT NULL
ORDER BY s.path, s.round DESC, s.attempt DESC
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step, or all items of a step inside a ``foreach``, whose indexes stand in the path as ``[*]``."""

    n: int
    """Number of the step in its document."""
    pointer: str
    """JSON Pointer of its entry in the array of steps; empty when the document is not kept any more."""
    path: str
    name: str
    """The document's name of the step, or its id."""
    kind: str
    uses: str
    depth: int
    state: StepState
    """For several items: the one that most needs to be seen."""
    states: Mapping[StepState, int]
    started_at: datetime
    finished_at: datetime | None
    tries: int
    reused: bool
    error: dict[str, Any] | None
    progress: float | None
    note: str
    arrived: int | None
    """Branches or items of a split that came to their end, of ``total``; only while it is under way."""
    total: int | None
    wait_kind: str
    question: dict[str, Any] | None
    due_at: datetime | None
    limits: tuple[str, ...] = ()
    """The limits that its call waits for: a service, a credential, or ``organization``."""

    @property
    def many(self) -> bool:
        """Whether the row stands for the items of a ``foreach``."""
        return "[*]" in self.path

    @property
    def count(self) -> int:
        """How many steps the row stands for."""
        return sum(self.states.values())

    @property
    def done(self) -> int:
        """How many of them succeeded or were skipped."""
        return self.states.get(StepState.SUCCEEDED, 0) + self.states.get(StepState.SKIPPED, 0)


_WORST_FIRST = (
    StepState.FAILED, StepState.TIMED_OUT, StepState.WAITING, StepState.RUNNING, StepState.PAUSED, StepState.QUEUED,
    StepState.CANCELLED, StepState.SUCCEEDED, StepState.SKIPPED,
)  # fmt: skip
_ACTIVE = (StepState.RUNNING, StepState.WAITING, StepState.QUEUED, StepState.PAUSED)


def steps(member: Member, job: UUID, *, workflow: Workflow | None = None) -> tuple[StepRow, ...]:
    """The steps of a job in document order, one row a step. ``workflow`` gives them their names.

    Raises `NotFound`.
    """
    with tenant(member.organization):
        job_row(member, job)
        return step_rows(job, workflow)


def step_rows(job: UUID, workflow: Workflow | None) -> tuple[StepRow, ...]:
    """The same for a job that was asked for at its door. Inside a tenant's transaction."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, {"job": job})
        parts = [_Part(*row) for row in cursor.fetchall()]
        wrong = [part.wrong for part in parts if part.wrong is not None]
        errors: dict[str, str] = {}
        if wrong:
            cursor.execute(_ERRORS, {"job": job, "paths": wrong})
            errors = dict(cursor.fetchall())
    return tuple(_row(n, tuple(group), workflow, errors) for n, group in groupby(parts, key=lambda part: part.n))


@dataclass(frozen=True, slots=True)
class _Part:
    """What is known of one step in one state; fields as in the statement."""

    n: int
    state: str
    count: int
    path: str
    uses: str
    started_at: datetime
    finished_at: datetime | None
    tries: int
    reused: bool
    wrong: str | None
    progress: float | None
    note: str
    arrived: int | None
    total: int | None
    wait_kind: str
    question: str | None
    due_at: datetime | None
    limits: str | None


def _row(n: int, parts: tuple[_Part, ...], workflow: Workflow | None, errors: Mapping[str, str]) -> StepRow:
    states = {StepState(part.state): part.count for part in parts if part.count}
    step = workflow.steps[n] if workflow is not None and n < len(workflow.steps) else None
    pattern = _INDEX.sub("[*]", min(part.path for part in parts))
    ends = [part.finished_at for part in parts if part.count or part.finished_at is not None]
    wrong = min((part.wrong for part in parts if part.wrong is not None and part.wrong in errors), default=None)
    split = next((part for part in parts if part.total is not None), None)
    asked = next((part.question for part in parts if part.question), None)
    active = [state for state in _ACTIVE if states.get(state)]
    return StepRow(
        n=n,
        pointer=step.pointer if step is not None else "",
        path=pattern,
        name=(step.name or step.id) if step is not None else pattern.rpartition(".")[2],
        kind=("foreach" if step.foreach is not None else step.kind.value) if step is not None else "",
        uses=max(part.uses for part in parts),
        depth=_depth(workflow, n) if workflow is not None and step is not None else pattern.count("."),
        state=active[0] if active else next(state for state in _WORST_FIRST if states.get(state)),
        states=states,
        started_at=min(part.started_at for part in parts),
        finished_at=None if active else max(end for end in ends if end is not None),
        tries=max(part.tries for part in parts),
        reused=all(part.reused for part in parts),
        error=None if wrong is None else msgspec.json.decode(errors[wrong]),
        progress=next((float(part.progress) for part in parts if part.progress is not None), None),
        note=max(part.note for part in parts),
        arrived=None if split is None else int(split.arrived or 0),
        total=None if split is None else int(split.total or 0),
        wait_kind=max(part.wait_kind for part in parts),
        question=msgspec.json.decode(asked) if asked else None,
        due_at=max((part.due_at for part in parts if part.due_at is not None), default=None),
        limits=tuple(next((part.limits for part in parts if part.limits), "").split()),
    )


def _depth(workflow: Workflow, n: int) -> int:
    depth, step = 0, workflow.steps[n]
    while (owner := workflow.lists[step.home].owner) is not None:
        depth, step = depth + 1, workflow.steps[owner]
    return depth
