"""What becomes of a trigger that is due: which runs start now, which wait, and which are passed over and why.

Pure: the trigger as it was claimed goes in, exactly one decision comes out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.durations import format_duration
from tropeiro.kernel.errors import InvalidInput, TropeiroError
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import ErrorInfo, storable
from tropeiro.kernel.packet import Route
from tropeiro.kernel.schedule import Schedule, due_times, next_time
from tropeiro.kernel.start import Start, ready_inputs
from tropeiro.kernel.wording import says

ON_TIME = timedelta(seconds=60)
"""What starts no later than this is on time, whatever the rule for catching up says."""
MOST_FAILURES = 5
"""A trigger that could not start a job so often in a row is paused."""
MOST_CAUGHT_UP = 100
"""So many runs of one trigger at most are made up for after a downtime."""
MOST_WAITING = 100
"""So many runs of one trigger at most wait for their turn."""
COUNTED = 25
"""Moments that were passed over are counted up to here."""
MAX_GRACE_MS = 30 * 86_400_000


class Overlap(StrEnum):
    """What happens when the run before is not over yet."""

    SKIP = "skip"
    QUEUE = "queue"
    ALLOW = "allow"


class CatchUp(StrEnum):
    """What happens to runs that were due while nothing could start them."""

    LATEST = "latest"
    ALL = "all"
    NONE = "none"


class FiringOutcome(StrEnum):
    """What became of one moment at which a trigger was due."""

    STARTED = "started"
    WAITING = "waiting"
    SKIPPED = "skipped"
    MISSED = "missed"
    FAILED = "failed"


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What a trigger starts, as it is at this moment."""

    name: str
    """What its jobs are called."""
    route: Route
    project: UUID | None
    workflow_version: UUID | None = None
    service_version: UUID | None = None


class Claimed(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger as it was claimed; nobody else changes it until the decision is written."""

    id: UUID
    organization: UUID
    inputs: Any
    schedule: Schedule
    overlap: Overlap
    catch_up: CatchUp
    grace_ms: int
    next_at: datetime | None
    now: datetime
    """The database's clock."""
    running: tuple[UUID, ...] = ()
    """Its jobs that are not over, unless they may overlap."""
    waiting: tuple[datetime, ...] = ()
    """Moments whose runs wait for their turn, the oldest first."""
    failures: int = 0


class Firing(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one moment."""

    scheduled_for: datetime
    outcome: FiringOutcome
    missed: int = 0
    """How many moments before it were passed over, counted up to a limit."""
    error: ErrorInfo | None = None
    start: Start | None = None


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be written."""

    firings: tuple[Firing, ...]
    next_at: datetime | None
    failures: int
    running: tuple[UUID, ...]
    paused: ErrorInfo | None = None
    """Why the trigger is paused now."""


def check_policies(overlap: Overlap, catch_up: CatchUp, grace_ms: int) -> None:
    """Raise `InvalidInput` for rules that cannot be kept together."""
    if not 0 <= grace_ms <= MAX_GRACE_MS:
        raise InvalidInput(
            says("The grace period is at most {longest}.", longest=format_duration(MAX_GRACE_MS)),
            hint=says("For example 1d."),
        )
    if catch_up is CatchUp.ALL and overlap is Overlap.SKIP:
        raise InvalidInput(
            says(
                "All missed runs cannot be made up for while overlapping runs are skipped: they would start together."
            ),
            hint=says("Let them queue, or allow them to overlap."),
        )


def decide(claimed: Claimed, target: Target | TropeiroError) -> Decision:
    """What becomes of a claimed trigger. ``target`` is the error when there is nothing to start."""
    due = _due(claimed)
    after = max(claimed.now, due[-1]) if due else claimed.now
    next_at = next_time(claimed.schedule, after)
    chosen = _chosen(claimed, due)
    if due and not chosen:
        missed = ErrorInfo("missed", f"Nothing could start it in time ({_allowed(claimed)}).")
        firing = Firing(scheduled_for=due[-1], outcome=FiringOutcome.MISSED, missed=len(due) - 1, error=missed)
        return Decision(firings=(firing,), next_at=next_at, failures=claimed.failures, running=claimed.running)
    turn = _in_turn(claimed, chosen, missed=len(due) - len(chosen))
    starts = [firing for firing in turn if firing.outcome is FiringOutcome.STARTED]
    if not starts:
        return Decision(firings=turn, next_at=next_at, failures=claimed.failures, running=claimed.running)
    try:
        if isinstance(target, TropeiroError):
            raise target
        jobs = {firing.scheduled_for: _start(claimed, target) for firing in starts}
    except TropeiroError as problem:
        return _failed(claimed, problem, starts[-1], passed_over=len(starts) - 1, next_at=next_at)
    started = tuple(
        msgspec.structs.replace(firing, start=jobs[firing.scheduled_for]) if firing in starts else firing
        for firing in turn
    )
    begun = () if claimed.overlap is Overlap.ALLOW else tuple(job.id for job in jobs.values())
    return Decision(firings=started, next_at=next_at, failures=0, running=(*claimed.running, *begun))


def give_up(claimed: Claimed, problem: TropeiroError) -> Decision:
    """The trigger is paused, whatever was due: what it says about itself cannot be followed."""
    return Decision(
        firings=(), next_at=None, failures=claimed.failures + 1, running=claimed.running, paused=_error(problem)
    )


def _error(problem: TropeiroError) -> ErrorInfo:
    return storable(ErrorInfo(problem.code, f"{problem.message} {problem.hint}".strip(), details=problem.details))


def _due(claimed: Claimed) -> tuple[datetime, ...]:
    if claimed.next_at is None or claimed.next_at > claimed.now:
        return ()
    most = MOST_CAUGHT_UP if claimed.catch_up is CatchUp.ALL else COUNTED
    return due_times(claimed.schedule, claimed.next_at, claimed.now, most)


def _chosen(claimed: Claimed, due: tuple[datetime, ...]) -> tuple[datetime, ...]:
    """Of the moments that are due, those that are to be run."""
    allowed = ON_TIME
    if claimed.catch_up is not CatchUp.NONE:
        allowed = max(allowed, timedelta(milliseconds=claimed.grace_ms))
    within = tuple(moment for moment in due if claimed.now - moment <= allowed)
    return within if claimed.catch_up is CatchUp.ALL else within[-1:]


def _allowed(claimed: Claimed) -> str:
    if claimed.catch_up is CatchUp.NONE:
        return "missed runs are not made up for"
    return f"the grace period is {format_duration(claimed.grace_ms)}"


def _in_turn(claimed: Claimed, chosen: Sequence[datetime], *, missed: int) -> tuple[Firing, ...]:
    """What the overlap rule makes of the moments that are to be run, and of those that wait already."""
    free = claimed.overlap is Overlap.ALLOW or not claimed.running
    firings = []
    if claimed.waiting and free:
        firings.append(Firing(scheduled_for=claimed.waiting[0], outcome=FiringOutcome.STARTED))
        free = claimed.overlap is Overlap.ALLOW
    waiting = len(claimed.waiting) - len(firings)
    for moment in chosen:
        outcome, error = FiringOutcome.STARTED, None
        if not free and claimed.overlap is Overlap.QUEUE and waiting < MOST_WAITING:
            outcome = FiringOutcome.WAITING
            waiting += 1
        elif not free and claimed.overlap is Overlap.QUEUE:
            outcome, error = FiringOutcome.SKIPPED, ErrorInfo("queue_full", f"{MOST_WAITING} runs wait already.")
        elif not free:
            before = {"job": str(claimed.running[-1])} if claimed.running else None
            outcome = FiringOutcome.SKIPPED
            error = ErrorInfo("overlap", "The run before it was not over.", details=before)
        firings.append(Firing(scheduled_for=moment, outcome=outcome, missed=missed, error=error))
        missed = 0
        free = claimed.overlap is Overlap.ALLOW
    return tuple(firings)


def _start(claimed: Claimed, target: Target) -> Start:
    return Start(
        id=uuid7(int(claimed.now.timestamp() * 1000)),
        organization=claimed.organization,
        project=target.project,
        name=target.name,
        route=target.route,
        inputs=ready_inputs(target.route.workflow, claimed.inputs),
        workflow_version=target.workflow_version,
        service_version=target.service_version,
        trigger="schedule",
        trigger_id=claimed.id,
    )


def _failed(
    claimed: Claimed, problem: TropeiroError, firing: Firing, *, passed_over: int, next_at: datetime | None
) -> Decision:
    """One failure is written, whatever the number of runs that it concerns: their cause is the same."""
    error = _error(problem)
    failures = claimed.failures + 1
    paused = failures >= MOST_FAILURES
    failed = Firing(
        scheduled_for=firing.scheduled_for,
        outcome=FiringOutcome.FAILED,
        missed=firing.missed + passed_over,
        error=error,
    )
    return Decision(
        firings=(failed,),
        next_at=None if paused else next_at,
        failures=failures,
        running=claimed.running,
        paused=error if paused else None,
    )
