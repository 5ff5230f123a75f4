"""Reading the steps of a job: those that ended, and those under way, with the items of a ``foreach`` taken together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.states import StepState
from tropeiro.kernel.workflow import Workflow
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.values import Shown
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

MOST_ROWS = 2_000
MOST_TRIES = 200
_INDEX = re.compile(r"\[\d+\]")

# A path under way hides its earlier tries: what they were does not say where the step stands.
_ROWS = """
WITH under_way AS MATERIALIZED (
    SELECT p.path, p.attempt, p.uses, p.since, p.progress, p.progress_note, p.hold, p.wait_kind, p.question, p.due_at,
        CASE p.state WHEN 'leased' THEN 'running' WHEN 'parked' THEN 'running' WHEN 'waiting' THEN 'waiting'
            ELSE CASE WHEN p.hold THEN 'paused' ELSE 'queued' END END AS state,
        (p.body ->> 'step')::int AS n, j.arrived, j.total,
        -- A limit that this organization may not see is the provider's, for the service.
        CASE WHEN p.state = 'ready' AND p.limits IS NOT NULL THEN (
            SELECT string_agg(DISTINCT coalesce(nullif(l.subject, ''), l.kind, split_part(p.uses, '@', 1)), ' ')
            FROM unnest(p.limits) AS k(id) LEFT JOIN tropeiro_limit l ON l.id = k.id) END AS limits
    FROM tropeiro_packet p LEFT JOIN tropeiro_join j ON j.id = p.id
    WHERE p.job_id = %(job)s AND p.path <> ''
),
ended AS (
    SELECT DISTINCT ON (s.path) s.path, s.n, s.state, s.uses, s.attempt, s.finished_at, s.reused, s.error,
        min(s.started_at) OVER (PARTITION BY s.path) AS started_at
    FROM tropeiro_step s
    WHERE s.job_id = %(job)s AND NOT EXISTS (SELECT FROM under_way u WHERE u.path = s.path)
    ORDER BY s.path, s.round DESC, s.attempt DESC
),
every AS (
    SELECT e.path, e.n, e.state, e.uses, e.attempt, e.started_at, e.finished_at, e.reused, e.error::text AS error,
        NULL::real AS progress, '' AS note, NULL::int AS arrived, NULL::int AS total, '' AS wait_kind,
        NULL::text AS question, NULL::timestamptz AS due_at, NULL::text AS limits
    FROM ended e
    UNION ALL
    SELECT u.path, u.n, u.state, u.uses, u.attempt, u.since, NULL, false, NULL, u.progress, u.progress_note, u.arrived,
        u.total, u.wait_kind, u.question::text, u.due_at, u.limits
    FROM under_way u
),
patterns AS (
    SELECT regexp_replace(v.path, '\\[\\d+\\]', '[*]', 'g') AS pattern, v.* FROM every v
),
counted AS (
    SELECT c.pattern, json_object_agg(c.state, c.n) AS states
    FROM (SELECT p.pattern, p.state, count(*) AS n FROM patterns p GROUP BY p.pattern, p.state) c GROUP BY c.pattern
)
SELECT p.pattern, min(p.n) AS n, max(p.uses) AS uses, c.states::text, min(p.started_at) AS started_at,
    CASE WHEN count(*) = count(p.finished_at) THEN max(p.finished_at) END AS finished_at,
    max(p.attempt) AS tries, bool_and(p.reused) AS reused,
    (array_agg(p.error ORDER BY p.path) FILTER (WHERE p.error IS NOT NULL))[1] AS error,
    avg(p.progress) AS progress, max(p.note) AS note, sum(p.arrived) AS arrived, sum(p.total) AS total,
    max(p.wait_kind) AS wait_kind, max(p.question) AS question, max(p.due_at) AS due_at, max(p.limits) AS limits,
    (array_agg(p.path))[1] AS path
FROM patterns p JOIN counted c ON c.pattern = p.pattern
GROUP BY p.pattern, c.states::text
ORDER BY min(p.n), p.pattern
LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step, or all items of a step inside a ``foreach``, whose indexes stand in the path as ``[*]``."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTry:
    """One attempt of one step that came to its end."""

    path: str
    round: int
    attempt: int
    state: StepState
    uses: str
    started_at: datetime
    finished_at: datetime
    reused: bool
    worker: str
    input: Shown
    output: Shown
    error: dict[str, Any] | None

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.finished_at - self.started_at


_WORST_FIRST = (
    StepState.FAILED, StepState.TIMED_OUT, StepState.WAITING, StepState.RUNNING, StepState.PAUSED, StepState.QUEUED,
    StepState.CANCELLED, StepState.SUCCEEDED, StepState.SKIPPED,
)  # fmt: skip
_ACTIVE = (StepState.RUNNING, StepState.WAITING, StepState.QUEUED, StepState.PAUSED)


def steps(member: Member, job: UUID, *, workflow: Workflow | None = None) -> tuple[StepRow, ...]:
    """The steps of a job in document order, at most 2,000 rows. ``workflow`` gives them their names.

    Raises `NotFound`.
    """
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, {"job": job, "most": MOST_ROWS})
            return tuple(_row(row, workflow) for row in cursor.fetchall())


def tries(member: Member, job: UUID, path: str, *, failures_only: bool = False, limit: int = 50) -> tuple[StepTry, ...]:
    """The attempts at ``path`` (``[*]`` stands for any index), failures first and then in order. Raises `NotFound`."""
    pattern = "^" + re.escape(path).replace(r"\[\*\]", r"\[\d+\]") + "$"
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT s.path, s.round, s.attempt, s.state, s.uses, s.started_at, s.finished_at, s.reused, s.worker,"
                " s.input::text, s.output::text, s.output_blob, s.error::text FROM tropeiro_step s"
                " WHERE s.job_id = %s AND s.path ~ %s AND (NOT %s OR s.state IN ('failed', 'timed_out'))"
                " ORDER BY s.state NOT IN ('failed', 'timed_out'), s.started_at, s.round, s.attempt LIMIT %s",
                [job, pattern, failures_only, max(1, min(limit, MOST_TRIES))],
            )
            return tuple(_try(row) for row in cursor.fetchall())


def _row(row: tuple[Any, ...], workflow: Workflow | None) -> StepRow:
    (
        pattern, n, uses, states_text, started_at, finished_at, attempts, reused, error, progress, note, arrived, total,
        wait_kind, question, due_at, limits, path,
    ) = row  # fmt: skip
    states = {StepState(name): count for name, count in msgspec.json.decode(states_text).items()}
    step = workflow.steps[n] if workflow is not None and n < len(workflow.steps) else None
    active = [state for state in _ACTIVE if states.get(state)]
    return StepRow(
        path=path if len(states) == 1 and sum(states.values()) == 1 and "[" not in path else pattern,
        name=(step.name or step.id) if step is not None else pattern.rpartition(".")[2],
        kind=("foreach" if step.foreach is not None else step.kind.value) if step is not None else "",
        uses=uses,
        depth=_INDEX.sub("", pattern.replace("[*]", "")).count("."),
        state=active[0] if active else next(state for state in _WORST_FIRST if states.get(state)),
        states=states,
        started_at=started_at,
        finished_at=finished_at,
        tries=attempts,
        reused=reused,
        error=msgspec.json.decode(error) if error else None,
        progress=None if progress is None else float(progress),
        note=note or "",
        arrived=None if total is None else int(arrived),
        total=None if total is None else int(total),
        wait_kind=wait_kind or "",
        question=msgspec.json.decode(question) if question else None,
        due_at=due_at,
        limits=tuple(limits.split()) if limits else (),
    )


def _try(row: tuple[Any, ...]) -> StepTry:
    path, round_, attempt, state, uses, started, finished, reused, worker, input_, output, blob, error = row
    return StepTry(
        path=path,
        round=round_,
        attempt=attempt,
        state=StepState(state),
        uses=uses,
        started_at=started,
        finished_at=finished,
        reused=reused,
        worker=worker,
        input=Shown(input_),
        output=Shown(output, blob or ""),
        error=msgspec.json.decode(error) if error else None,
    )
