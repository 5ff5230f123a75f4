"""The dashboard: how much ran, how well, what most, and what went wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.analytics import queries
from tropeiro.web.analytics.metrics import Metric, Point, Total
from tropeiro.web.analytics.period import Period
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.screens.analytics.chart import FAILED, TITLES, chart, jobs_address
from tropeiro.web.screens.analytics.realtime import now_context
from tropeiro.web.screens.analytics.toolbar import toolbar
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.session import for_members

DURATIONS = (Metric.P50, Metric.P95)


@dataclass(frozen=True, slots=True)
class Tab:
    """A metric over the chart: what it comes to, and where its chart is."""

    title: str
    total: Total
    address: str
    current: bool


@require_GET
@for_members
def dashboard(request: Any) -> HttpResponse:
    """The dashboard, or its chart's numbers as CSV. `hx-get` of a tab takes ``#numbers`` out of it."""
    answer = board(request)
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "analytics/dashboard.html", answer)


def board(request: Any, within: UUID | None = None) -> dict[str, Any] | HttpResponse:
    """What ``analytics/board.html`` shows, of one project when it is named; or the file or part that was asked for."""
    bar = toolbar(request, within=within)
    member, scope, period, compare = request.member, bar.scope, bar.period, bar.compare
    if bar.csv_wanted:
        return _csv(queries.series(member, scope, period, compare, durations=True), scope)
    metric = _metric(request.GET.get("metric", ""))
    points = queries.series(member, scope, period, compare, durations=metric in DURATIONS)
    context = {
        "bar": bar,
        "tabs": [
            Tab(
                str(TITLES[total.metric]),
                total,
                with_query(request, metric=None if total.metric is Metric.JOBS else total.metric.value),
                total.metric is metric,
            )
            for total in queries.totals(member, scope, period, compare)
        ],
        "chart": chart(points, metric, period, compare, scope),
        "fresh": not queries.anything_yet(member),
    }
    if request.headers.get("HX-Request") == "true" and request.headers.get("HX-Target", "").endswith("numbers"):
        return render(request, "analytics/numbers.html", context)
    return {**context, **_cards(request, bar, within), **now_context(member, scope)}


def _metric(text: str) -> Metric:
    return Metric(text) if text in set(Metric) else Metric.JOBS


def _cards(request: Any, bar: Any, within: UUID | None) -> dict[str, Any]:
    member, scope, period, compare = request.member, bar.scope, bar.period, bar.compare
    # Calls are counted by service and project, not by who made them.
    of_calls = not (scope.of_one_target or scope.trigger or scope.status or scope.version)
    services, usage = queries.services_and_usage(member, scope, period, compare) if of_calls else (None, None)
    return {
        "automations": [
            (one, _jobs_of(scope, period, workflow=str(one.workflow or ""), service=str(one.service or "")))
            for one in queries.top_automations(member, scope, period, compare)
        ],
        "services": services,
        "failures": [
            (one, _jobs_of(scope, period, state=FAILED, error=one.code))
            for one in queries.latest_failures(member, scope, period)
        ],
        "projects": [
            (one, with_query(request, project=str(one.project or "none")))
            for one in queries.by_project(member, scope, period, compare)
        ]
        if within is None
        else None,
        "usage": usage,
        "offered": queries.offered(member, period, compare) if of_calls and within is None else None,
    }


def _jobs_of(scope: Scope, period: Period, **more: str) -> str:
    said = {name: value for name, value in more.items() if value}
    return jobs_address(scope, period.start, period.end + timedelta(minutes=1), **said)


def _csv(points: Iterable[Point], scope: Scope) -> HttpResponse:
    """Every bucket with every number, and the jobs of the period that is compared with."""
    head = [
        _("From"), TITLES[Metric.JOBS], *(JOB_STATES[state] for state in queries.ENDS), TITLES[Metric.SUCCESS],
        TITLES[Metric.P50], TITLES[Metric.P95], TITLES[Metric.STEPS], _("Retries"), _("Jobs before"),
    ]  # fmt: skip
    rows = (
        [
            point.start, point.counts.started, *(point.counts.jobs(state) for state in queries.ENDS),
            point.counts.success, point.counts.duration(0.5, scope.status), point.counts.duration(0.95, scope.status),
            point.counts.steps, point.counts.retries,
            None if point.before is None else point.before.jobs(scope.status),
        ]
        for point in points
    )  # fmt: skip
    return csv_answer(_("dashboard"), [str(one) for one in head], rows)
