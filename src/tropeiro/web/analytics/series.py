"""The numbers of jobs over time: whole periods, and bucket by bucket."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from tropeiro.web.analytics import bars as bars_of
from tropeiro.web.analytics.days import Days, days_of
from tropeiro.web.analytics.metrics import Counts, Metric, Point, Total
from tropeiro.web.analytics.period import Compare, Period, Segment, Unit
from tropeiro.web.analytics.scope import Scope, union
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

SUMMED = ("started", "succeeded", "failed", "timed_out", "cancelled", "steps", "retries")
SUMS = ", ".join(f"sum({column})::bigint AS {column}" for column in SUMMED)


def totals(
    member: Member, scope: Scope, period: Period, compare: Compare = Compare.NONE, metrics: Iterable[Metric] = Metric
) -> tuple[Total, ...]:
    """Each metric over the whole period, with what it is compared with."""
    now, before = (counts(member, scope, one) if one else None for one in (period, period.before(compare)))
    assert now is not None
    status = scope.status
    return tuple(
        Total(metric, now.value(metric, status), before.value(metric, status) if before else None, status)
        for metric in metrics
    )


def counts(member: Member, scope: Scope, period: Period) -> Counts:
    """What was counted in a period."""
    segments = [(0, segment) for segment in period.segments(timezone.now())]
    return next(iter(_read(member, scope, segments, "0", histograms=True).values()), Counts())


def series(
    member: Member, scope: Scope, period: Period, compare: Compare = Compare.NONE, *, durations: bool = False
) -> tuple[Point, ...]:
    """Every bucket of the period, also those in which nothing happened. ``durations`` also brings the histograms."""
    found = _buckets(member, scope, period, durations)
    before = period.before(compare)
    if before is None:
        return tuple(Point(start, found.get(start, Counts())) for start in period.buckets)
    other = _buckets(member, scope, before, durations)
    places = before.buckets
    return tuple(
        Point(start, found.get(start, Counts()), other.get(places[n], Counts()) if n < len(places) else Counts())
        for n, start in enumerate(period.buckets)
    )


def _buckets(member: Member, scope: Scope, period: Period, durations: bool) -> Mapping[datetime, Counts]:
    segments: Sequence[tuple[int, Segment]] = [(0, period.series_segment())]
    # A day begins with the hour in which its midnight falls.
    day = "date_trunc('day', r.at + interval '59 minutes', %(zone)s)"
    bucket = day if period.unit is Unit.DAY else "r.at"
    days = days_of(period, timezone.now())
    found = _read(member, scope, segments, bucket, histograms=durations, days=days, zone=str(period.zone))
    return {start.astimezone(period.zone): counts for start, counts in found.items()}


def _read(
    member: Member,
    scope: Scope,
    segments: Sequence[tuple[int, Segment]],
    key: str,
    *,
    histograms: bool,
    days: Days | None = None,
    **more: Any,
) -> dict[Any, Counts]:
    """What was counted, by the value of ``key``."""
    member.require(Verb.VIEW)
    condition, params = scope.condition()
    columns = ", ".join(("r.at", *SUMMED, *((bars_of.COLUMNS,) if histograms else ())))
    rows, bounds = union("tropeiro_rollup", columns, condition, segments)
    params |= {"organization": member.organization, **bounds, **more}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {key} AS key, {SUMS} FROM ({rows}) r GROUP BY 1",  # noqa: S608 - names of ours
            params,
        )
        sums = {row[0]: dict(zip(SUMMED, row[1:], strict=True)) for row in cursor.fetchall()}
        bars: dict[Any, Any] = {}
        if histograms and days is not None:
            few, bounds = days.rows(condition)
            found = bars_of.of_jobs(cursor, "r.key", few, params | bounds, scope.status, "r.sign")
            bars = {days.starts[start]: one for start, one in found.items()}
        elif histograms:
            bars = bars_of.of_jobs(cursor, key, rows, params, scope.status)
    return {key: Counts(**one, **bars.get(key, {})) for key, one in sums.items()}
