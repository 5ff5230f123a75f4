"""Stretches of time as dashboards ask for them, cut into buckets by the reader's clock.

The rollups know whole hours of UTC. In a time zone whose offset is not of whole hours, a day therefore begins with the
hour of UTC in which its midnight falls.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY_DAYS = 8
"""Up to so many days are shown by the hour."""
MOST_DAYS = 366
MINUTES_KEPT = timedelta(hours=47)
"""So far back there are minutes; one hour less than the duty keeps."""


class Unit(StrEnum):
    """How long one bucket is."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"


class Compare(StrEnum):
    """What a period is compared with."""

    NONE = "none"
    PREVIOUS = "previous"
    YEAR = "year"


class Segment(NamedTuple):
    """Rows of one grain of the rollups: ``start`` ≤ at < ``end``."""

    grain: str
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From ``start`` up to ``end``, both with a zone, of which ``days`` is how far back the one before it lies."""

    start: datetime
    end: datetime
    unit: Unit
    zone: ZoneInfo
    days: int

    @property
    def buckets(self) -> tuple[datetime, ...]:
        """When each bucket begins, by the period's clock."""
        if self.unit is Unit.DAY:
            first = self.start.astimezone(self.zone).date()
            last = (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()
            return tuple(midnight(first + timedelta(days=n), self.zone) for n in range((last - first).days + 1))
        step = HOUR if self.unit is Unit.HOUR else timedelta(minutes=1)
        begin, found = floor(self.start, step), []
        while begin < self.end:
            found.append(begin.astimezone(self.zone))
            begin += step
        return tuple(found)

    @property
    def buckets_by_day(self) -> tuple[datetime, ...]:
        """When each of its days begins, whatever its buckets are."""
        return replace(self, unit=Unit.DAY).buckets

    def bucket_end(self, start: datetime) -> datetime:
        """When the bucket that begins at ``start`` is over."""
        if self.unit is Unit.DAY:
            return midnight(start.astimezone(self.zone).date() + DAY, self.zone)
        return start + (HOUR if self.unit is Unit.HOUR else timedelta(minutes=1))

    def before(self, compare: Compare) -> Period | None:
        """What it is compared with: as long, up to the same moment."""
        if compare is Compare.NONE:
            return None
        if compare is Compare.PREVIOUS:
            return replace(self, start=self._back(self.start), end=self._back(self.end))
        return replace(self, start=self._a_year(self.start), end=self._a_year(self.end))

    def series_segment(self) -> Segment:
        """The rows that its buckets are made of, all of one grain."""
        grain = "minute" if self.unit is Unit.MINUTE else "hour"
        step = timedelta(minutes=1) if self.unit is Unit.MINUTE else HOUR
        return Segment(grain, floor(self.start, step), self.end)

    def segments(self, now: datetime) -> tuple[Segment, ...]:
        """The fewest rows that add up to the whole period: days of UTC, the hours around them, and at the end minutes.

        An end in the middle of an hour is taken to the minute while minutes are kept, else to the nearest hour. The
        hour that is not over needs no minutes: what it has is all that there is.
        """
        if self.unit is Unit.MINUTE:
            return (self.series_segment(),)
        start, end = floor(self.start, HOUR), floor(self.end, HOUR)
        rest: tuple[Segment, ...] = ()
        if self.end > now - timedelta(minutes=1):
            end = self.end
        elif self.end > end and now - end < MINUTES_KEPT:
            rest = (Segment("minute", end, floor(self.end, timedelta(minutes=1))),)
        elif self.end - end >= HOUR / 2:
            end += HOUR
        first, last = floor(start + DAY - timedelta(microseconds=1), DAY), floor(end, DAY)
        if last - first < DAY:
            return (Segment("hour", start, end), *rest)
        parts = (Segment("hour", start, first), Segment("day", first, last), Segment("hour", last, end), *rest)
        return tuple(part for part in parts if part.start < part.end)

    def _back(self, moment: datetime) -> datetime:
        local = moment.astimezone(self.zone)
        return _at(local.date() - timedelta(days=self.days), local.time(), self.zone)

    def _a_year(self, moment: datetime) -> datetime:
        local = moment.astimezone(self.zone)
        leap = local.month == 2 and local.day == 29
        return _at(local.date().replace(year=local.year - 1, day=28 if leap else local.day), local.time(), self.zone)


def last_days(days: int, now: datetime, zone: ZoneInfo) -> Period:
    """Today and the days before it, ``days`` together, up to now."""
    return between(now.astimezone(zone).date() - timedelta(days=days - 1), now.astimezone(zone).date(), now, zone)


def last_24_hours(now: datetime, zone: ZoneInfo) -> Period:
    """The hour that it is, and the 23 before."""
    return Period(start=floor(now, HOUR) - 23 * HOUR, end=now, unit=Unit.HOUR, zone=zone, days=1)


def last_minutes(minutes: int, now: datetime, zone: ZoneInfo) -> Period:
    """The minute that it is, and those before, ``minutes`` together."""
    minute = timedelta(minutes=1)
    return Period(start=floor(now, minute) - (minutes - 1) * minute, end=now, unit=Unit.MINUTE, zone=zone, days=1)


def between(first: date, last: date, now: datetime, zone: ZoneInfo) -> Period:
    """The days from ``first`` to ``last``, both whole, but no further than now. Bounds in any order will do."""
    first, last = min(first, last), max(first, last)
    last = min(last, now.astimezone(zone).date())
    first = max(min(first, last), last - timedelta(days=MOST_DAYS - 1))
    days = (last - first).days + 1
    return Period(
        start=midnight(first, zone),
        end=min(now, midnight(last + DAY, zone)),
        unit=Unit.HOUR if days <= HOURLY_DAYS else Unit.DAY,
        zone=zone,
        days=days,
    )


def moments(start: datetime, end: datetime, now: datetime, zone: ZoneInfo) -> Period:
    """From one moment to another, no further than now, and a minute at least. Bounds in any order will do."""
    start, end = min(start, end), min(max(start, end), now)
    start = min(max(start, end - timedelta(days=MOST_DAYS)), end - timedelta(minutes=1))
    length = end - start
    unit = Unit.HOUR if length <= timedelta(days=HOURLY_DAYS) else Unit.DAY
    return Period(start=start, end=end, unit=unit, zone=zone, days=max(1, -(-length // DAY)))


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day begins somewhere."""
    return _at(day, time(), zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    # Through UTC and back, a moment that the clocks leap over becomes one that exists.
    return datetime.combine(day, clock, zone).astimezone(UTC).astimezone(zone)


def floor(moment: datetime, step: timedelta) -> datetime:
    """The last whole ``step``, by the clock of UTC."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch + (moment - epoch) // step * step
