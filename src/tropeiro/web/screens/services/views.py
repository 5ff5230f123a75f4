"""The tabs of one service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.analytics.period import Compare
from tropeiro.web.analytics.queries import call_errors, call_series, call_totals, service_stats
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.differences import shown
from tropeiro.web.screens.numbers import SPANS, days_of, span_of, tiles
from tropeiro.web.screens.schema_table import schema_rows
from tropeiro.web.screens.services.page import found_service, page_context
from tropeiro.web.screens.session import for_members
from tropeiro.web.services.actions import reasons_to_keep
from tropeiro.web.services.details import Revision, compare_revisions, use_of


@require_GET
@for_members
def overview(request: Any, service: UUID) -> HttpResponse:
    """What it is, and what became of its calls by this organization's steps."""
    page = found_service(request, service)
    period = span_of(request)
    name = page.uses.partition("@")[0]
    context = {
        **page_context(request, page, "service"),
        "tiles": tiles(call_totals(request.member, name, period, Compare.PREVIOUS), _("Calls")),
        "days": days_of(call_series(request.member, name, period), period),
        "errors": call_errors(request.member, name, period),
        "span": period.days,
        "spans": SPANS,
    }
    return render(request, "services/overview.html", context)


@require_GET
@for_members
def usage(request: Any, service: UUID) -> HttpResponse:
    """How often this organization called it, by the day."""
    page = found_service(request, service)
    period = span_of(request)
    days = days_of(call_series(request.member, page.uses.partition("@")[0], period), period)
    if request.GET.get("format") == "csv":
        head = [_("Day"), _("Calls"), _("Succeeded"), _("Failed")]
        rows = ([day.start.date(), day.counts.started, day.counts.succeeded, day.counts.failures] for day in days)
        return csv_answer(f"{page.name}-usage", head, rows)
    context = {
        **page_context(request, page, "service-usage"),
        "days": list(reversed(days)),
        "calls": sum(day.counts.started for day in days),
        "billed": service_stats(request.member, [page.id], period.days)[page.id].billed,
        "span": period.days,
        "spans": SPANS,
    }
    return render(request, "services/usage.html", context)


@require_GET
@for_members
def contract(request: Any, service: UUID) -> HttpResponse:
    """What it takes and gives, as tables and as JSON Schema."""
    page = found_service(request, service)
    context = {
        **page_context(request, page, "service-contract"),
        "inputs": schema_rows(page.contract.input_schema),
        "outputs": schema_rows(page.contract.output_schema),
    }
    return render(request, "services/contract.html", context)


@require_GET
@for_members
def versions(request: Any, service: UUID) -> HttpResponse:
    """Its versions and their revisions, and what differs between two of them."""
    page = found_service(request, service)
    after = _chosen(page.revisions, request.GET.get("after", ""))
    before = _chosen(page.revisions, request.GET.get("before", ""))
    if request.GET.get("before") and request.GET.get("after") and (before is None or after is None):
        raise NotFound(_("There is no such revision of this service."))
    if before is None and after is None and len(page.revisions) > 1:
        after, before = page.revisions[0], page.revisions[1]
    context = {
        **page_context(request, page, "service-versions"),
        "before": before,
        "after": after,
        "found": (shown(compare_revisions(request.member, service, before.id, after.id)) if before and after else None),
    }
    return render(request, "services/versions.html", context)


@require_GET
@for_members
def use(request: Any, service: UUID) -> HttpResponse:
    """Who calls it."""
    page = found_service(request, service)
    found = use_of(request.member, service)
    context = {**page_context(request, page, "service-use"), "use": found, "reasons": reasons_to_keep(found)}
    return render(request, "services/use.html", context)


def _chosen(revisions: tuple[Revision, ...], text: str) -> Revision | None:
    return next((one for one in revisions if one.key == text), None)
