"""Numbers of one service or workflow for its page: totals with their change, and a bar for each day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from tropeiro.web.analytics.metrics import Counts, Metric, Point, Total, Verdict
from tropeiro.web.analytics.period import Period, last_days

SPANS = (7, 28, 90)
"""Days that such a page can look back."""
LEAST_CHANGE = 0.005


@dataclass(frozen=True, slots=True)
class Tile:
    """One number, and how it changed."""

    label: str
    kind: str
    """count, part or length."""
    value: Any
    """A whole number, a part of one, a length of time, or ``None``."""
    change: float | None
    good: bool
    bad: bool


@dataclass(frozen=True, slots=True)
class Day:
    """One bucket as a bar: heights in hundredths of the highest."""

    start: datetime
    counts: Counts
    succeeded: int
    failed: int
    p95: timedelta | None


def span_of(request: Any) -> Period:
    """The days that the address asks for, up to now, by the reader's clock; 7 unless it says so."""
    days = request.GET.get("days", "")
    zone = timezone.get_current_timezone()
    wanted = int(days) if days in {str(one) for one in SPANS} else SPANS[0]
    return last_days(wanted, timezone.now(), zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))


def tiles(totals: Iterable[Total], count: str) -> list[Tile]:
    """The totals as they are shown; ``count`` is the word for what was counted."""
    labels = {
        Metric.JOBS: count,
        Metric.SUCCESS: _("Success"),
        Metric.P50: _("Median duration"),
        Metric.P95: _("p95"),
        Metric.STEPS: _("Steps"),
    }
    return [
        Tile(
            labels[one.metric],
            {Metric.SUCCESS: "part", Metric.P50: "length", Metric.P95: "length"}.get(one.metric, "count"),
            timedelta(seconds=one.value)
            if one.value is not None and one.metric in (Metric.P50, Metric.P95)
            else one.value,
            # What would be shown as nothing is not worth a word.
            one.change if one.change is not None and abs(one.change) >= LEAST_CHANGE else None,
            one.verdict is Verdict.GOOD,
            one.verdict is Verdict.BAD,
        )
        for one in totals
    ]


def days_of(points: Iterable[Point], period: Period) -> list[Day]:
    """The buckets of a period taken together by the day, the oldest first."""
    by_day: dict[Any, list[Counts]] = {}
    for point in points:
        by_day.setdefault(point.start.astimezone(period.zone).date(), []).append(point.counts)
    starts = {start.date(): start for start in period.buckets_by_day}
    summed = [(starts[day], _sum(counts)) for day, counts in by_day.items() if day in starts]
    highest = max((one.succeeded + one.failures for _start, one in summed), default=0) or 1
    return [
        Day(
            start,
            one,
            round(100 * one.succeeded / highest),
            round(100 * one.failures / highest),
            one.duration(0.95),
        )
        for start, one in summed
    ]


def _sum(counts: list[Counts]) -> Counts:
    good: dict[int, int] = {}
    bad: dict[int, int] = {}
    for one in counts:
        for into, more in ((good, one.good), (bad, one.bad)):
            for bucket, n in more.items():
                into[bucket] = into.get(bucket, 0) + n
    return Counts(
        started=sum(one.started for one in counts),
        succeeded=sum(one.succeeded for one in counts),
        failed=sum(one.failed for one in counts),
        timed_out=sum(one.timed_out for one in counts),
        cancelled=sum(one.cancelled for one in counts),
        good=good,
        bad=bad,
    )
