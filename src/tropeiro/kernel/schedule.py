"""Schedules: when something is due, by a cron expression in a time zone or at a fixed interval.

Cron expressions are read by cronsim, which follows Debian's cron. When the clocks are put forward, a fixed time that
does not exist runs at the first moment after the gap; when they are put back, a fixed time that exists twice runs once,
the first time. Expressions with ``*`` as minute or hour follow the clock as it passes, so an hour that exists twice is
gone through twice. Intervals count real time and know nothing of clocks.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo, available_timezones

import msgspec
from cronsim import CronSim, CronSimError

from tropeiro.kernel.durations import MAX_DURATION_MS, format_duration
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.values import nearest
from tropeiro.kernel.wording import phrase, says

MIN_INTERVAL_MS = 1_000
MAX_CRON_LENGTH = 200
_FIRST_WINDOW = timedelta(minutes=2)
_WIDER = 4


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """When a trigger is due. Exactly one of ``cron`` and ``every_ms`` is given."""

    cron: str = ""
    """Five fields: minute, hour, day of the month, month, day of the week."""
    every_ms: int = 0
    zone: str = "UTC"
    """IANA name of the time zone whose clock ``cron`` reads."""
    anchor: datetime
    """Intervals are counted from here, so that they do not drift."""
    start: datetime | None = None
    """Not before this moment."""
    end: datetime | None = None
    """Not after this moment."""


def check_schedule(schedule: Schedule) -> None:
    """Raise `InvalidInput` for a schedule that cannot be followed, or is never due."""
    if bool(schedule.cron) == bool(schedule.every_ms):
        raise InvalidInput(
            says("A schedule is either a cron expression or an interval."),
            hint=says('For example "0 7 * * MON-FRI", or 15m.'),
        )
    _check_zone(schedule.zone)
    if schedule.every_ms and not MIN_INTERVAL_MS <= schedule.every_ms <= MAX_DURATION_MS:
        raise InvalidInput(
            says(
                "An interval is from {shortest} to {longest} long.",
                shortest=format_duration(MIN_INTERVAL_MS),
                longest=format_duration(MAX_DURATION_MS),
            ),
            hint=says("For example 15m."),
        )
    if schedule.start is not None and schedule.end is not None and schedule.end <= schedule.start:
        raise InvalidInput(says("The schedule ends before it begins."), hint=says("Choose a later end, or none."))
    if schedule.cron:
        _check_cron(schedule.cron)
        if next(_moments(schedule, datetime.now(UTC).replace(microsecond=0)), None) is None and schedule.end is None:
            raise InvalidInput(
                says("`{cron}` is never due.", cron=schedule.cron),
                hint=says("No month has such a day. Check day and month."),
            )


def next_time(schedule: Schedule, after: datetime) -> datetime | None:
    """The first moment later than ``after`` at which the schedule is due, in UTC; ``None`` when there is none."""
    return next(_moments(schedule, after), None)


def next_times(schedule: Schedule, after: datetime, count: int) -> tuple[datetime, ...]:
    """The first ``count`` such moments, fewer when the schedule ends."""
    return tuple(islice(_moments(schedule, after), count))


def due_times(schedule: Schedule, first: datetime, now: datetime, most: int) -> tuple[datetime, ...]:
    """The latest ``most`` moments from ``first`` to ``now`` at which the schedule was due; ``first`` must be one.

    It looks back from ``now`` through ever wider windows, so that a long downtime costs no more than a short one.
    """
    if now < first:
        return ()
    following = next_time(schedule, first)
    if following is None or following > now:
        return (first,)
    window = _FIRST_WINDOW
    while True:
        begin = now - window
        if begin <= first:
            return (first, *_until(schedule, first, now))[-most:]
        found = _until(schedule, begin, now)
        if len(found) >= most:
            return found[-most:]
        window *= _WIDER


def _until(schedule: Schedule, after: datetime, now: datetime) -> tuple[datetime, ...]:
    found = []
    for moment in _moments(schedule, after):
        if moment > now:
            break
        found.append(moment)
    return tuple(found)


def _moments(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """All due moments later than ``after``, in order, in UTC."""
    if schedule.start is not None and schedule.start > after:
        # A start that is itself a due moment counts.
        after = schedule.start - timedelta(microseconds=1)
    moments = _of_cron(schedule, after) if schedule.cron else _of_interval(schedule, after)
    for moment in moments:
        if schedule.end is not None and moment > schedule.end:
            return
        yield moment


def _of_interval(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    every = timedelta(milliseconds=schedule.every_ms)
    anchor = schedule.start or schedule.anchor
    passed = (after - anchor) // every
    moment = anchor + (passed + 1) * every if passed >= 0 else anchor
    while True:
        yield moment
        moment += every


def _of_cron(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    last = after
    # cronsim drops fractions of a second, and looks for what is later than the whole second.
    for found in CronSim(schedule.cron, after.astimezone(_zone(schedule.zone))):
        moment = found.astimezone(UTC)
        # An hour that exists twice begins behind ``after`` when that is in its second half.
        if moment > last:
            yield moment
            last = moment


_FIELDS = {
    "minute": phrase("minute"),
    "hour": phrase("hour"),
    "day-of-month": phrase("day-of-month"),
    "month": phrase("month"),
    "day-of-week": phrase("day-of-week"),
}
"""The fields of a cron expression, as cronsim names the one that it cannot read."""


def _check_cron(text: str) -> None:
    if len(text) > MAX_CRON_LENGTH:
        raise InvalidInput(says("A cron expression has at most {most} characters.", most=MAX_CRON_LENGTH))
    fields = text.split()
    if len(fields) != 5:
        raise InvalidInput(
            says("`{text}` has {count} fields; a cron expression has five.", text=text, count=len(fields)),
            hint=says('Minute, hour, day of the month, month, day of the week: "30 7 * * MON-FRI".'),
        )
    try:
        CronSim(text, datetime(2000, 1, 1, tzinfo=UTC))
    except (CronSimError, AssertionError) as problem:
        what = str(problem).removeprefix("Bad ")
        raise InvalidInput(
            says(
                "`{text}` is not a cron expression that can be followed: look at its {field}.",
                text=text,
                field=says(_FIELDS.get(what, what or phrase("fields"))),
            ),
            hint=says(
                "Fields hold numbers, names (MON, JAN), ranges (1-5), lists (1,15), steps (*/10); days "
                "also L, LW, 5L and 1#2."
            ),
        ) from None


def _check_zone(name: str) -> None:
    if name not in zone_names():
        alike = [known for known in zone_names() if _city(known)[:1] == _city(name)[:1].upper()]
        raise InvalidInput(
            says("`{name}` is not a time zone.", name=name[:60]),
            hint=nearest(name, alike) or says("For example America/Sao_Paulo."),
        )


def _city(zone: str) -> str:
    return zone.rpartition("/")[2]


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Every time zone that a schedule may name, in order."""
    # Not the copies that some systems keep under other names, nor what is no place.
    left_out = ("posix/", "right/", "SystemV/", "localtime", "Factory", "posixrules")
    return tuple(sorted(name for name in available_timezones() if not name.startswith(left_out)))


@lru_cache(maxsize=1_000)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
