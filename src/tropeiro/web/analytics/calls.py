"""The numbers of one service over time: calls by this organization's steps, how long they took, and their errors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from tropeiro.web.analytics.bars import added_up
from tropeiro.web.analytics.metrics import Counts, Metric, Point, Total
from tropeiro.web.analytics.period import Compare, Period, Segment, Unit
from tropeiro.web.analytics.scope import union
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant


@dataclass(frozen=True, slots=True)
class CallError:
    """How many calls of a service ended with one error."""

    code: str
    calls: int


METRICS = (Metric.JOBS, Metric.SUCCESS, Metric.P50, Metric.P95)
"""Of calls, `Metric.JOBS` is their number."""


def call_totals(
    member: Member,
    service: str,
    period: Period,
    compare: Compare = Compare.NONE,
    *,
    version: int | None = None,
    metrics: Iterable[Metric] = METRICS,
) -> tuple[Total, ...]:
    """Calls of ``organization/project/name`` over a period, of one version when it is named."""
    now = timezone.now()
    found = [
        None
        if one is None
        else _read(member, service, version, [(0, part) for part in one.segments(now)], "0").get(0, Counts())
        for one in (period, period.before(compare))
    ]
    current, before = found
    assert current is not None
    return tuple(
        Total(metric, current.value(metric), before.value(metric) if before is not None else None) for metric in metrics
    )


def call_series(
    member: Member, service: str, period: Period, compare: Compare = Compare.NONE, *, version: int | None = None
) -> tuple[Point, ...]:
    """Every bucket of the period; ``counts.started`` is the number of calls."""

    def buckets(one: Period) -> dict[Any, Counts]:
        day = "date_trunc('day', r.at + interval '59 minutes', %(zone)s)"
        key = day if one.unit is Unit.DAY else "r.at"
        rows = _read(member, service, version, [(0, one.series_segment())], key, zone=str(one.zone))
        return {start.astimezone(one.zone): counts for start, counts in rows.items()}

    found = buckets(period)
    before = period.before(compare)
    other = buckets(before) if before is not None else {}
    places = before.buckets if before is not None else ()
    return tuple(
        Point(
            start,
            found.get(start, Counts()),
            None if before is None else other.get(places[n], Counts()) if n < len(places) else Counts(),
        )
        for n, start in enumerate(period.buckets)
    )


def call_errors(
    member: Member, service: str, period: Period, *, version: int | None = None, limit: int = 20
) -> tuple[CallError, ...]:
    """Errors by code, most first."""
    member.require(Verb.VIEW)
    condition, params = _condition(service, version)
    segments = [(0, one) for one in period.segments(timezone.now())]
    rows, bounds = union("tropeiro_rollup_call", "r.code, r.calls", f"{condition} AND r.state <> 'succeeded'", segments)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT code, sum(calls)::bigint FROM ({rows}) r GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT %(limit)s",  # noqa: S608
            params | bounds | {"organization": member.organization, "limit": limit},
        )
        return tuple(CallError(*row) for row in cursor.fetchall())


def _condition(service: str, version: int | None) -> tuple[str, dict[str, Any]]:
    numbered = "" if version is None else " AND r.version = %(version)s"
    return f"r.service = %(service)s{numbered}", {"service": service, "version": str(version)}


def _read(
    member: Member, service: str, version: int | None, segments: Sequence[tuple[int, Segment]], key: str, **more: Any
) -> dict[Any, Counts]:
    member.require(Verb.VIEW)
    condition, params = _condition(service, version)
    rows, bounds = union(
        "tropeiro_rollup_call", "r.at, r.state, r.calls, r.retries, r.buckets, r.counts", condition, segments
    )
    params |= {"organization": member.organization, **bounds, **more}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {key} AS key, sum(r.calls)::bigint,
                coalesce(sum(r.calls) FILTER (WHERE r.state = 'succeeded'), 0)::bigint,
                coalesce(sum(r.calls) FILTER (WHERE r.state = 'failed'), 0)::bigint,
                coalesce(sum(r.calls) FILTER (WHERE r.state = 'timed_out'), 0)::bigint, sum(r.retries)::bigint
            FROM ({rows}) r GROUP BY 1
            """,  # noqa: S608 - names of ours
            params,
        )
        sums = cursor.fetchall()
        bars = added_up(cursor, (key, "r.state <> 'succeeded'"), rows, params)
    return {
        row[0]: Counts(
            started=row[1], succeeded=row[2], failed=row[3], timed_out=row[4], steps=row[1], retries=row[5],
            good=bars.get((row[0], False), {}), bad=bars.get((row[0], True), {}),
        )
        for row in sums
    }  # fmt: skip
