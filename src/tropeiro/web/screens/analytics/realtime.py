"""What goes on at this moment: a card of the dashboard, and a page of its own; both follow live."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from tropeiro.web.analytics import queries
from tropeiro.web.analytics.metrics import Point
from tropeiro.web.analytics.period import last_minutes
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.screens.analytics.chart import FAILED, jobs_address
from tropeiro.web.screens.analytics.toolbar import reader_zone, toolbar
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import OrganizationTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.screens.session import for_members

MINUTES = 30
LOOK_SECONDS = 3.0
"""Counts follow what happens by a second or so, and minutes pass although nothing happens."""


@require_GET
@for_members
def realtime(request: Any) -> HttpResponse:
    """The last half hour, minute by minute, live."""
    bar = toolbar(request, chips=(), compare=None, csv=False)
    return render(request, "analytics/realtime.html", {"bar": bar, **_page(request.member, bar.scope)})


@require_GET
async def realtime_events(request: HttpRequest) -> HttpResponseBase:
    """The stream of both: ``now`` for the card, ``page`` for the page of its own."""
    scope = Scope(project=_uuid(request.GET.get("project", "")), projectless=request.GET.get("project") == "none")
    whole = request.GET.get("page") == "1"
    return await stream(request, lambda member: _watch(member, scope, whole=whole))


def now_context(member: Member, scope: Scope) -> dict[str, Any]:
    """What the card *Running now* shows. Of the scope, the project counts."""
    scope = Scope(project=scope.project, projectless=scope.projectless)
    points = queries.minutes(member, scope, zone=reader_zone(), count=MINUTES)
    return {
        "now": queries.running_now(member, scope.project),
        "bars": bars(points),
        "minutes": MINUTES,
        "live_project": "none" if scope.projectless else str(scope.project or ""),
    }


def bars(points: tuple[Point, ...]) -> list[dict[str, Any]]:
    """A bar a minute: how high all of it is, and its failures, as parts of the highest."""
    most = max(1, *(max(point.counts.started, point.counts.failures) for point in points))
    return [
        {
            "start": point.start,
            "jobs": point.counts.started,
            "failures": point.counts.failures,
            "height": round(100 * point.counts.started / most, 1),
            "failed": round(100 * point.counts.failures / most, 1),
        }
        for point in points
    ]


def _page(member: Member, scope: Scope) -> dict[str, Any]:
    scope = Scope(project=scope.project, projectless=scope.projectless)
    period = last_minutes(MINUTES, timezone.now(), reader_zone())
    context = now_context(member, scope)
    counts = queries.counts(member, scope, period)
    return {
        **context,
        "counts": counts,
        "p95": counts.duration(0.95),
        "open": queries.open_jobs(member, scope.project, limit=12),
        "automations": [
            (one, jobs_address(replace(scope, workflow=one.workflow, service=one.service), period.start, period.end))
            for one in queries.top_automations(member, scope, period)
        ],
        "failures": [
            (one, jobs_address(scope, period.start, period.end, state=FAILED, error=one.code))
            for one in queries.latest_failures(member, scope, period)
        ],
    }


def _watch(member: Member, scope: Scope, *, whole: bool) -> Watch:
    member.require(Verb.VIEW)

    def read(member: Member, after: str) -> Seen:
        if whole:
            context = _page(member, scope)
            name, template = "page", "analytics/realtime_parts.html"
        else:
            context = now_context(member, scope)
            name, template = "now", "analytics/now.html"
        key = {**context, "now": replace(context["now"], at=context["bars"][-1]["start"])}
        return Seen(parts={name: Part(key, lambda: render_to_string(template, context))})

    return Watch(
        topic=OrganizationTopic(member.organization),
        read=read,
        shared_by=lambda member: member.role,
        every=LOOK_SECONDS,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
