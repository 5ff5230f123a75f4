"""The tabs of one workflow."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.analytics.period import Compare
from tropeiro.web.analytics.queries import latest_failures, series, totals
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.jobs.recent import cells_of, latest_runs
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.numbers import SPANS, days_of, span_of, tiles
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.bars import bars_of
from tropeiro.web.screens.workflows.comparing import comparison_context
from tropeiro.web.screens.workflows.outline import outline, top_steps
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.triggers.queries import list_triggers
from tropeiro.web.workflows.actions import reason_to_keep
from tropeiro.web.workflows.comparing import compare_versions
from tropeiro.web.workflows.details import document_text, versions_of, workflow_page
from tropeiro.web.workflows.drafts import look_up

RUNS = 25
_NOT_IN_FILENAMES = re.compile(r"[^a-z0-9_@-]+")


@require_GET
@for_members
def runs(request: Any, workflow: UUID) -> HttpResponse:
    """Its runs, each with the steps at the top of its document."""
    try:
        page = workflow_page(request.member, workflow)
    except NotFound:
        # One that was never published has a draft and nothing else.
        look_up(request.member, workflow)
        return redirect("workflow-edit", workflow=workflow)
    before = _uuid(request.GET.get("before", ""))
    found = latest_runs(request.member, {workflow: page.service}, limit=RUNS + 1, before=before)[workflow]
    steps = top_steps(page.pinned)
    kept = found[:RUNS]
    cells = cells_of(request.member, (run.id for run in kept), (id_ for id_, _name in steps))
    context = {
        **page_context(request, page, "workflow"),
        "steps": steps,
        "rows": [(run, [cells[run.id].get(id_) for id_, _name in steps]) for run in kept],
        "bars": bars_of((run.state, run.duration) for run in reversed(kept)),
        "older": kept[-1].id if len(found) > RUNS else None,
        "paged": before is not None,
    }
    return render(request, "workflows/runs.html", context)


@require_GET
@for_members
def flow(request: Any, workflow: UUID) -> HttpResponse:
    """Its steps, drawn and as a table."""
    page = workflow_page(request.member, workflow)
    context = {
        **page_context(request, page, "workflow-flow"),
        "document": msgspec.json.decode(page.document),
        "rows": outline(page.pinned),
    }
    return render(request, "workflows/flow.html", context)


@require_GET
@for_members
def metrics(request: Any, workflow: UUID) -> HttpResponse:
    """How often it ran, how it ended, how long it took, why it failed."""
    page = workflow_page(request.member, workflow)
    period = span_of(request)
    scope = Scope(workflow=workflow)
    context = {
        **page_context(request, page, "workflow-metrics"),
        "tiles": tiles(totals(request.member, scope, period, Compare.PREVIOUS), _("Jobs")),
        "days": days_of(series(request.member, scope, period, durations=True), period),
        "failures": latest_failures(request.member, scope, period),
        "span": period.days,
        "spans": SPANS,
    }
    return render(request, "workflows/metrics.html", context)


@require_GET
@for_members
def triggers(request: Any, workflow: UUID) -> HttpResponse:
    """What starts it by itself."""
    page = workflow_page(request.member, workflow)
    found = (
        list_triggers(request.member, service=page.service)
        if page.service
        else list_triggers(request.member, workflow=workflow)
    )
    context = {
        **page_context(request, page, "workflow-triggers"),
        "triggers": found,
        "enabled": sum(one.enabled for one in found),
        "reason": reason_to_keep([one.name for one in found]),
    }
    return render(request, "workflows/triggers.html", context)


@require_GET
@for_members
def versions(request: Any, workflow: UUID) -> HttpResponse:
    """Its versions, and how two of them differ, step by step."""
    page = workflow_page(request.member, workflow)
    every = versions_of(request.member, workflow)
    after = whole_number(request.GET.get("after", "")) or page.newest.version
    before = whole_number(request.GET.get("before", "")) or (every[1].version if len(every) > 1 else 0)
    compared = comparison_context(compare_versions(request.member, workflow, before, after)) if before else {}
    context = {
        **page_context(request, page, "workflow-versions"),
        "versions": every,
        "before": before,
        "after": after,
        **compared,
    }
    return render(request, "workflows/versions.html", context)


@require_GET
@for_members
def export(request: Any, workflow: UUID) -> HttpResponse:
    """A version as a file, as it was written."""
    page = workflow_page(request.member, workflow)
    version = whole_number(request.GET.get("version", "")) or page.newest.version
    response = HttpResponse(document_text(request.member, workflow, version), content_type="application/json")
    name = _NOT_IN_FILENAMES.sub("-", f"{page.reference}@{version}")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.json"'
    return response


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
