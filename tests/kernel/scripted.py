"""What the driver asks of a test, and what it tells at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tropeiro.kernel.commands import StepRecord
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome, Retry, Wait
from tropeiro.kernel.states import JobState, StepState


class Asked(msgspec.Struct, frozen=True):
    """A call that wants an answer."""

    path: str
    service: str
    inputs: Any
    attempt: int
    round: int
    now_ms: int


class After(msgspec.Struct, frozen=True):
    """An answer that takes a while. A call that takes longer than its step allows times out."""

    ms: int
    outcome: Outcome


Answer = Callable[[Asked], Outcome | After]


class Merge(msgspec.Struct, frozen=True):
    """A split step that came together: which of its branches had arrived."""

    path: str
    round: int
    attempt: int
    arrived: tuple[int, ...]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """A job that is over, and everything that can be told of it."""

    state: JobState
    output: Any
    error: ErrorInfo | None
    records: tuple[StepRecord, ...]
    asked: tuple[Asked, ...]
    merges: tuple[Merge, ...]
    delays: tuple[int, ...]
    """Of every packet that was sent off with one, in order, milliseconds."""
    questions: tuple[Any, ...]
    decisions: int
    most_carried: int
    """The most results that any packet ever carried of its own."""
    took_ms: int

    def states(self) -> dict[str, StepState]:
        """The last state of every path."""
        ordered = sorted(self.records, key=lambda record: (record.round, record.attempt))
        return {record.path: record.state for record in ordered}

    def record(self, path: str) -> StepRecord:
        """The only record of a path."""
        (found,) = (record for record in self.records if record.path == path)
        return found

    def calls(self) -> list[str]:
        """The paths that were called, in order."""
        return [asked.path for asked in self.asked]


def echo(asked: Asked) -> Outcome:
    """A service that returns what it was given."""
    return Done(asked.inputs)


def script(**answers: Any) -> Answer:
    """Answers by path with its dots as ``__``: an outcome, a list of them by attempt, or a plain value.

    A path that is not named echoes.
    """
    by_path = {path.replace("__", "."): answer for path, answer in answers.items()}

    def answer(asked: Asked) -> Outcome | After:
        if asked.path not in by_path:
            return echo(asked)
        found = by_path[asked.path]
        if isinstance(found, list):
            found = found[min(asked.attempt, len(found)) - 1]
        return found if isinstance(found, (Done, Fail, Retry, Wait, After)) else Done(found)

    return answer


def failing(code: str = "broken", *, retryable: bool = False, message: str = "It broke.") -> Fail:
    return Fail(ErrorInfo(code=code, message=message, retryable=retryable))
