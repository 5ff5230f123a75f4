"""A made-up history of an automation: the same seed gives the same one. Pure; the rows are written by `filling`."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from tropeiro.web.demo.courses import Course, Failure, Move

DAYS = 90
LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
CANCELLED = 0.006
"""Share of jobs that a person ended."""
TIMED_OUT = 0.002
LONG, SOON = (90.0, 240.0), (0.2, 6.0)
"""For how many seconds a call was under way when the job's time was up, and when a person ended it."""
INCIDENT = 14
"""So many times more often does a course fail on a bad day."""
WORKER = "sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the history is of, as the database knows it."""

    course: Course
    label: str
    organization: UUID
    project: UUID | None
    workflow_version: UUID
    service_version: UUID | None
    route_digest: str
    numbers: Mapping[str, int]
    """By the id of a step, with ``[]`` for the call that a ``foreach`` makes itself: its number in the document."""
    uses: Mapping[str, str]
    """By the same: what its calls are recorded as."""
    versions: Mapping[str, UUID]
    """By the same: the revision that it calls."""


@dataclass(slots=True)
class Told:
    """The rows of one job, in the order of their tables' columns."""

    job: tuple[Any, ...]
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    lines: list[tuple[Any, ...]] = field(default_factory=list)
    usage: list[tuple[Any, ...]] = field(default_factory=list)


def history(subject: Subject, *, now: datetime, seed: int, days: int = DAYS) -> Iterator[Told]:
    """The jobs of the last days, the oldest first; none ends later than ``now``."""
    draw = random.Random(f"{seed}/{subject.course.reference}")  # noqa: S311 - a history, not a secret
    bad_days = set(draw.sample(range(days), k=max(1, days // 22)))
    first = (now - timedelta(days=days)).replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(days + 1):
        midnight = first + timedelta(days=day)
        for begun in _moments(subject.course, midnight, day, draw):
            if begun > now:
                continue
            told = _job(subject, begun, draw, worse=day in bad_days and 9 <= begun.hour < 12)
            if told.job[_FINISHED] <= now:
                yield told


def _moments(course: Course, midnight: datetime, day: int, draw: random.Random) -> list[datetime]:
    level = course.per_day * (1 + course.growth) ** day * (course.weekend if midnight.weekday() >= 5 else 1.0)
    whole = sum(course.hours)
    moments = []
    for hour, weight in enumerate(course.hours):
        expected = level * weight / whole
        count = int(expected) + (draw.random() < expected % 1)
        count = max(0, round(count * draw.uniform(0.75, 1.25)))
        moments += [midnight + timedelta(hours=hour, seconds=draw.uniform(0, 3_600)) for _ in range(count)]
    return sorted(moments)


_JOB = 0
_FINISHED = 14


def _job(subject: Subject, begun: datetime, draw: random.Random, *, worse: bool) -> Told:
    id_ = _uuid7(begun, draw)
    course = subject.course
    failure = _failure(course, draw, INCIDENT if worse else 1)
    end = _early_end(draw)
    at = begun + timedelta(milliseconds=draw.uniform(4, 40))
    told = Told(job=())
    state, error = "succeeded", None
    for move in course.moves:
        if end is not None and move is course.moves[-1]:
            state = end
            at, error = _cut_short(subject, told, id_, move, at, draw, end)
            break
        ending = failure if failure is not None and failure.step == move.id else None
        at, error = _step(subject, told, id_, move, at, draw, ending)
        if error is not None:
            state = "failed"
            break
    trigger = draw.choices([name for name, _ in course.triggers], [weight for _, weight in course.triggers])[0]
    told.job = (
        id_, subject.organization, subject.project, subject.workflow_version, subject.service_version, subject.label,
        subject.route_digest, state, trigger, draw.choice(course.inputs),
        course.output if state == "succeeded" else None, error, begun, begun + timedelta(milliseconds=3), at, id_,
    )  # fmt: skip
    return told


def _failure(course: Course, draw: random.Random, factor: float) -> Failure | None:
    for failure in course.failures:
        if draw.random() < failure.share * factor:
            return failure
    return None


def _early_end(draw: random.Random) -> str | None:
    number = draw.random()
    return "cancelled" if number < CANCELLED else "timed_out" if number < CANCELLED + TIMED_OUT else None


def _cut_short(
    subject: Subject, told: Told, job: UUID, move: Move, at: datetime, draw: random.Random, end: str
) -> tuple[datetime, dict[str, Any] | None]:
    """The call that was under way when the job's time was up, or when a person ended it; until when, and why."""
    step = (move.inner or f"{move.id}[]") if move.items[1] else move.id
    path = move.id if not move.items[1] else f"{move.id}[0].{move.inner}" if move.inner else f"{move.id}[0]"
    over = at + timedelta(seconds=draw.uniform(*(LONG if end == "timed_out" else SOON)))
    error = None
    if end == "timed_out":
        called = step.removesuffix("[]")
        message = f"Step {called} timed out: the time of what encloses it is up."
        error = _error("timeout", message, path)
        told.lines.append(
            (job, subject.organization, over, LEVELS["error"], path, 1, WORKER, f"Attempt 1 failed: {message}", {})
        )

    def row(path: str, number: int, state: str, uses: str) -> None:
        told.steps.append(
            (job, subject.organization, path, 0, 1, number, state, uses, at, over, {} if uses else None, None, error)
        )

    row(path, subject.numbers[step], end, subject.uses[step])
    if move.items[1]:
        row(move.id, subject.numbers[move.id], "failed" if end == "timed_out" else end, "")
    return over, error and {**error, "message": f"The time of the job is up. {error['message']}"}


def _step(
    subject: Subject, told: Told, job: UUID, move: Move, at: datetime, draw: random.Random, ending: Failure | None
) -> tuple[datetime, dict[str, Any] | None]:
    """When the step is over, and why the job is, if it is. A failure that is retried mostly is overcome."""
    if move.skipped:
        number = subject.numbers[move.id]
        told.steps.append((job, subject.organization, move.id, 0, 1, number, "skipped", "", at, at, None, None, None))
        return at, None
    if not move.items[1]:
        return _call(subject, told, job, move, move.id, move.id, at, draw, ending)
    begun = at
    lanes = [at] * move.at_once
    error = None
    count = draw.randint(*move.items)
    for item in range(count):
        lane = lanes.index(min(lanes))
        path = f"{move.id}[{item}].{move.inner}" if move.inner else f"{move.id}[{item}]"
        last = ending if item == count - 1 else None
        lanes[lane], failed = _call(
            subject, told, job, move, path, move.inner or f"{move.id}[]", lanes[lane], draw, last
        )
        error = error or failed
    over = max(lanes) + timedelta(milliseconds=2)
    state = "failed" if error else "succeeded"
    told.steps.append(
        (job, subject.organization, move.id, 0, 1, subject.numbers[move.id], state, "", begun, over, None, None, error)
    )
    return over, error


def _call(
    subject: Subject,
    told: Told,
    job: UUID,
    move: Move,
    path: str,
    step: str,
    at: datetime,
    draw: random.Random,
    ending: Failure | None,
) -> tuple[datetime, dict[str, Any] | None]:
    error, attempt = None, 1
    tries = max(1, ending.retried) if ending else 0
    overcome = ending is not None and ending.retried > 0 and draw.random() < 0.7
    number, uses = subject.numbers[step], subject.uses[step]

    def row(state: str, over: datetime, output: Any, said: Any) -> None:
        told.steps.append(
            (job, subject.organization, path, 0, attempt, number, state, uses, at, over, {}, output, said)
        )

    def line(level: str, text: str, when: datetime) -> None:
        said = text.replace("{n}", str(draw.randrange(2, 900)))
        told.lines.append((job, subject.organization, when, LEVELS[level], path, attempt, WORKER, said, {}))

    if ending is not None:
        for attempt in range(1, tries + 1):
            over = at + _seconds(move.seconds * 1.6, draw)
            error = _error(ending.code, ending.message.replace("{n}", str(draw.randrange(2, 60))), path)
            final = attempt == tries and not overcome
            line("error" if final else "warning", error["message"], over)
            row("failed", over, None, error)
            at = over + timedelta(seconds=0 if final else 2**attempt)
        if not overcome:
            return over, error
        attempt = tries + 1
    over = at + _seconds(move.seconds, draw)
    row("succeeded", over, {"ok": True}, None)
    if move.line:
        line("info", move.line, over - timedelta(milliseconds=1))
    if move.billable and step in subject.versions:
        told.usage.append((job, path, 0, attempt, subject.organization, subject.versions[step], over))
    return over, None


def _seconds(median: float, draw: random.Random) -> timedelta:
    return timedelta(seconds=median * draw.lognormvariate(0.0, 0.45))


def _error(code: str, message: str, path: str = "") -> dict[str, Any]:
    return {"code": code, "message": message, "path": path} if path else {"code": code, "message": message}


def _uuid7(at: datetime, draw: random.Random) -> UUID:
    """RFC 9562, version 7: 48 bits of Unix time in milliseconds, then what the seed gives."""
    milliseconds = int(at.astimezone(UTC).timestamp() * 1_000)
    return UUID(int=milliseconds << 80 | 0x7 << 76 | draw.getrandbits(12) << 64 | 0b10 << 62 | draw.getrandbits(62))
