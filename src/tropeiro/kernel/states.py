"""The states of jobs and steps, and the only legal transitions between them."""

from __future__ import annotations

from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"


class StepState(StrEnum):
    """Where a step stands."""

    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    PAUSED = "paused"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"


_ENDS = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED, JobState.TIMED_OUT})

JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.PAUSED}) | _ENDS,
    JobState.RUNNING: frozenset({JobState.WAITING, JobState.PAUSED}) | _ENDS,
    JobState.WAITING: frozenset({JobState.RUNNING, JobState.PAUSED}) | _ENDS,
    JobState.PAUSED: frozenset({JobState.QUEUED, JobState.RUNNING, JobState.WAITING}) | _ENDS,
    JobState.SUCCEEDED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.TIMED_OUT: frozenset(),
}

FINAL_JOB_STATES = frozenset(state for state, following in JOB_TRANSITIONS.items() if not following)

_STEP_ENDS = frozenset({StepState.SUCCEEDED, StepState.FAILED, StepState.CANCELLED, StepState.TIMED_OUT})

STEP_TRANSITIONS: dict[StepState, frozenset[StepState]] = {
    StepState.QUEUED: frozenset({StepState.RUNNING, StepState.PAUSED, StepState.SKIPPED}) | _STEP_ENDS,
    StepState.RUNNING: frozenset({StepState.WAITING, StepState.QUEUED, StepState.PAUSED}) | _STEP_ENDS,
    StepState.WAITING: frozenset({StepState.QUEUED, StepState.RUNNING, StepState.PAUSED}) | _STEP_ENDS,
    StepState.PAUSED: frozenset({StepState.QUEUED, StepState.WAITING}) | _STEP_ENDS,
    StepState.SUCCEEDED: frozenset(),
    StepState.FAILED: frozenset(),
    StepState.CANCELLED: frozenset(),
    StepState.TIMED_OUT: frozenset(),
    StepState.SKIPPED: frozenset(),
}


def can_become(before: JobState, after: JobState) -> bool:
    """Whether a job in ``before`` may legally become ``after``."""
    return after in JOB_TRANSITIONS[before]
