"""How many jobs there were over time, stacked by how they ended: from the rollups, never from the jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_GET

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics import period as periods
from tropeiro.web.analytics.metrics import Counts
from tropeiro.web.analytics.period import Period, Unit
from tropeiro.web.analytics.scope import ENDS, Scope
from tropeiro.web.analytics.series import series
from tropeiro.web.jobs import words
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.jobs.listing import asked
from tropeiro.web.screens.jobs.range import range_from
from tropeiro.web.screens.session import for_members

DAYS = 28
"""Shown when any time is asked for."""
HEIGHT = 100


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: a state's share, in hundredths of the height."""

    state: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """A bar, and the address of the list of its jobs."""

    start: datetime
    end: datetime
    label: str
    total: int
    counts: tuple[tuple[str, int], ...]
    parts: tuple[Part, ...]
    x: float
    width: float
    address: str


@require_GET
@for_members
def job_histogram(request: Any) -> HttpResponse:
    """The histogram of the jobs that the address asks for, with its table."""
    wanted = asked(request.GET)
    period = _period(request.GET)
    shown = [state for state in ENDS if not wanted.states or state in wanted.states]
    scope = Scope(
        project=wanted.project,
        workflow=wanted.workflow,
        service=wanted.service,
        version=wanted.version,
        trigger=wanted.trigger,
    )
    points = series(request.member, scope, period)
    totals = [_counts(point.counts, shown) for point in points]
    highest = max((sum(count for _, count in one) for one in totals), default=0)
    width = 1000 / max(1, len(points))
    columns = []
    for place, (point, counts) in enumerate(zip(points, totals, strict=True)):
        end = period.bucket_end(point.start)
        columns.append(
            Column(
                start=point.start,
                end=end,
                label=_label(point.start, period.unit),
                total=sum(count for _, count in counts),
                counts=tuple(counts),
                parts=_parts(counts, highest),
                x=round(place * width + width * 0.1, 2),
                width=round(width * 0.8, 2),
                address=f"/jobs{_within(request, point.start, end)}",
            )
        )
    context = {
        "columns": columns,
        "states": [(str(state), words.JOB_STATES[state]) for state in shown],
        "sums": [
            (str(state), words.JOB_STATES[state], sum(dict(one)[str(state)] for one in totals)) for state in shown
        ],
        "highest": highest,
        "first": columns[0].label if columns else "",
        "last": columns[-1].label if columns else "",
        "approximate": bool(wanted.text or wanted.error or wanted.trigger_id),
        "only_ended": bool(wanted.states and not shown),
        "width": round(width, 3),
        "query": with_query(request, **{"range": None, "from": None, "to": None, "before": None}),
    }
    return render(request, "jobs/histogram.html", context)


def _period(sent: Any) -> Period:
    asked_for = range_from(sent)
    now, zone = timezone.now(), ZoneInfo(timezone.get_current_timezone_name())
    if asked_for.code == "1h":
        return periods.last_minutes(60, now, zone)
    if asked_for.since is None and asked_for.until is None:
        return periods.last_days(DAYS, now, zone)
    until = asked_for.until or now
    return periods.moments(asked_for.since or until - periods.DAY * DAYS, until, now, zone)


def _counts(counts: Counts, shown: list[JobState]) -> list[tuple[str, int]]:
    return [(str(state), int(getattr(counts, state.value))) for state in shown]


def _parts(counts: list[tuple[str, int]], highest: int) -> tuple[Part, ...]:
    parts, top = [], float(HEIGHT)
    for state, count in counts:
        if count:
            height = HEIGHT * count / highest
            top -= height
            parts.append(Part(state, count, round(top, 3), round(max(height, 0.8), 3)))
    return tuple(parts)


def _label(start: datetime, unit: Unit) -> str:
    day = date_format(start, "SHORT_DATE_FORMAT")
    return day if unit is Unit.DAY else f"{day} {start:%H:%M}"


def _within(request: Any, start: datetime, end: datetime) -> str:
    bounds = {name: timezone.localtime(at).strftime("%Y-%m-%dT%H:%M:%S") for name, at in (("from", start), ("to", end))}
    return with_query(request, range=None, before=None, **bounds)
