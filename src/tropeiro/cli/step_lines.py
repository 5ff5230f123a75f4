"""How a step is shown in one line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tropeiro.kernel.states import StepState
from tropeiro.web.jobs.steps import StepRow

MARKS = {
    StepState.QUEUED: ("·", "dim"),
    StepState.RUNNING: ("▸", "cyan"),
    StepState.WAITING: ("…", "yellow"),
    StepState.PAUSED: ("‖", "yellow"),
    StepState.SUCCEEDED: ("✓", "green"),
    StepState.SKIPPED: ("–", "dim"),
    StepState.FAILED: ("✗", "red"),
    StepState.TIMED_OUT: ("✗", "red"),
    StepState.CANCELLED: ("⊘", "dim"),
}
"""Sign and colour of every state."""

_OVER = frozenset(StepState) - {StepState.QUEUED, StepState.RUNNING, StepState.WAITING, StepState.PAUSED}


def is_over(row: StepRow) -> bool:
    """Whether nothing more will happen to the step, as far as can be seen now."""
    return row.state in _OVER


def detail(row: StepRow) -> str:
    """How far it is, and what there is to say about it."""
    parts = []
    if row.total is not None:
        parts.append(f"{row.arrived}/{row.total}")
    elif row.many:
        parts.append(f"{row.done}/{row.count}")
    if row.progress is not None and not is_over(row):
        parts.append(f"{row.progress:.0%}")
    if row.note and not is_over(row):
        parts.append(row.note)
    if row.tries > 1:
        parts.append(f"try {row.tries}")
    if row.reused:
        parts.append("reused")
    if row.wait_kind == "approval":
        parts.append("waits for an answer")
    elif row.due_at is not None and row.state is StepState.WAITING:
        parts.append(f"until {row.due_at:%H:%M:%S} UTC")
    for limit in row.limits:
        parts.append(f"waits for the limit of {'the organization' if limit == 'organization' else limit}")
    if row.error:
        parts.append(f"{row.error.get('code')}: {row.error.get('message')}")
    return "  ".join(parts)


def took(start: datetime | None, end: datetime | None) -> str:
    """A length of time for people; until now when it is not over."""
    if start is None:
        return ""
    seconds = max(((end or datetime.now(UTC)) - start) / timedelta(seconds=1), 0.0)
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, seconds = divmod(int(seconds), 60)
    return f"{minutes} min {seconds} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
