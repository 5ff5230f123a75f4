"""A line chart, its table, and the way from a bucket to its jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.metrics import Counts, Metric, Point
from tropeiro.web.analytics.period import Compare, Period, Unit
from tropeiro.web.analytics.scope import Scope

TITLES = {
    Metric.JOBS: gettext_lazy("Jobs"),
    Metric.SUCCESS: gettext_lazy("Success"),
    Metric.P50: gettext_lazy("Duration p50"),
    Metric.P95: gettext_lazy("Duration p95"),
    Metric.STEPS: gettext_lazy("Steps"),
}
FORMATS = {
    Metric.JOBS: "count",
    Metric.SUCCESS: "percent",
    Metric.P50: "seconds",
    Metric.P95: "seconds",
    Metric.STEPS: "count",
}
BEFORE = {Compare.PREVIOUS: gettext_lazy("Previous period"), Compare.YEAR: gettext_lazy("Previous year")}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRow:
    """One bucket, as a row of the chart's table."""

    start: datetime
    counts: Counts
    value: float | None
    before: float | None
    address: str
    """Its jobs; empty where there is no list of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What the script draws, and what the table shows."""

    metric: Metric
    title: str
    before_title: str
    """Empty when nothing is compared."""
    with_failures: bool
    precision: str
    """How exactly the table tells the moments: day or minute."""
    rows: tuple[ChartRow, ...]
    data: dict[str, Any]
    """For the script, see ``frontend/src/pages/analytics.ts``."""


def chart(points: Sequence[Point], metric: Metric, period: Period, compare: Compare, scope: Scope) -> Chart:
    """The chart of one metric over the points of a series."""
    status = scope.status
    rows = tuple(
        ChartRow(
            start=point.start,
            counts=point.counts,
            value=point.counts.value(metric, status),
            before=None if point.before is None else point.before.value(metric, status),
            address=jobs_address(scope, point.start, period.bucket_end(point.start)),
        )
        for point in points
    )
    with_failures = metric is Metric.JOBS and status is None
    before_title = str(BEFORE[compare]) if compare in BEFORE else ""
    data = {
        "unit": period.unit.value,
        "zone": str(period.zone),
        "format": FORMATS[metric],
        "at": [int(row.start.timestamp()) for row in rows],
        "values": [row.value for row in rows],
        "before": [row.before for row in rows] if before_title else None,
        "failures": [row.counts.failures for row in rows] if with_failures else None,
        "links": [row.address for row in rows],
        "titles": {"value": str(TITLES[metric]), "before": before_title, "failures": _("Failures")},
    }
    return Chart(
        metric=metric,
        title=str(TITLES[metric]),
        before_title=before_title,
        with_failures=with_failures,
        precision="day" if period.unit is Unit.DAY else "minute",
        rows=rows,
        data=data,
    )


def jobs_address(scope: Scope, start: datetime, end: datetime, **more: str) -> str:
    """The list of the jobs of a scope that were started from one moment to another."""
    said = {
        "project": "none" if scope.projectless else str(scope.project or ""),
        "workflow": str(scope.workflow or ""),
        "service": str(scope.service or ""),
        "version": str(scope.version or ""),
        "trigger": scope.trigger,
        "state": scope.status.value if scope.status is not None else "",
        **more,
        "range": "custom",
        "from": f"{start.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
        "to": f"{end.astimezone(UTC):%Y-%m-%dT%H:%MZ}",
    }
    return f"{reverse('jobs')}?{urlencode({name: value for name, value in said.items() if value})}"


FAILED = f"{JobState.FAILED.value},{JobState.TIMED_OUT.value}"
"""The states of a list of failures, as the list of jobs reads them."""
