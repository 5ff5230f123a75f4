"""The page of one job."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tropeiro.web.jobs import queries
from tropeiro.web.jobs.redaction import redacted_text
from tropeiro.web.screens.jobs.log import log_context
from tropeiro.web.screens.jobs.page import TABS, job_page
from tropeiro.web.screens.session import for_members


@require_GET
@for_members
def job(request: Any, job: UUID) -> HttpResponse:
    """One job, one tab of it, which the page then follows live."""
    wanted = request.GET.get("tab", "")
    tab = wanted if wanted in TABS else TABS[0]
    page = job_page(request.member, job, tab)
    return render(request, "jobs/job.html", {**page.context, **log_context(request, job)})


@require_GET
@for_members
def output(request: Any, job: UUID) -> HttpResponse:
    """The job's whole output, as a file."""
    text = redacted_text(queries.output_text(request.member, job))
    response = HttpResponse(text, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{job}.json"'
    return response
