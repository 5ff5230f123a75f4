"""The tabs of a project's page that show what is in it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tropeiro.web.accounts.queries import list_members
from tropeiro.web.analytics.queries import automation_stats, service_stats, workflow_stats
from tropeiro.web.jobs.filters import JobFilter
from tropeiro.web.jobs.queries import job_page
from tropeiro.web.screens.analytics.dashboard import board
from tropeiro.web.screens.credentials.listing import credentials_of
from tropeiro.web.screens.projects.head import project_head
from tropeiro.web.screens.projects.rights import RIGHTS
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.triggers.listing import triggers_of
from tropeiro.web.services.queries import list_services
from tropeiro.web.workflows.queries import list_workflows

JOBS = 25
"""So many jobs stand in the tab."""


@require_GET
@for_members
def overview(request: Any, project: str) -> HttpResponse:
    """The dashboard, of this project alone, and what it is."""
    context = project_head(request, project, "project")
    answer = board(request, within=context["project"].id)
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "projects/overview.html", {**answer, **context})


@require_GET
@for_members
def automations(request: Any, project: str) -> HttpResponse:
    """Its automation services."""
    context = project_head(request, project, "project-automations")
    rows = [row for row in list_services(request.member, project) if row.kind == "automation"]
    stats = automation_stats(request.member, [row.id for row in rows])
    context["rows"] = [(row, stats[row.id]) for row in rows]
    return render(request, "projects/automations.html", context)


@require_GET
@for_members
def services(request: Any, project: str) -> HttpResponse:
    """Its other services."""
    context = project_head(request, project, "project-services")
    rows = [row for row in list_services(request.member, project) if row.kind != "automation"]
    stats = service_stats(request.member, [row.id for row in rows])
    context["rows"] = [(row, stats[row.id]) for row in rows]
    return render(request, "projects/services.html", context)


@require_GET
@for_members
def workflows(request: Any, project: str) -> HttpResponse:
    """The workflows in it."""
    context = project_head(request, project, "project-workflows")
    rows = list_workflows(request.member, project)
    stats = workflow_stats(request.member, [row.id for row in rows])
    context["rows"] = [(row, stats[row.id]) for row in rows]
    return render(request, "projects/workflows.html", context)


@require_GET
@for_members
def jobs(request: Any, project: str) -> HttpResponse:
    """Its newest jobs; all of them, with every filter, are in the list of jobs."""
    context = project_head(request, project, "project-jobs")
    page = job_page(request.member, JobFilter(project=context["project"].id), limit=JOBS)
    return render(request, "projects/jobs.html", {**context, "jobs": page.jobs})


@require_GET
@for_members
def members(request: Any, project: str) -> HttpResponse:
    """Who may do what in it: as everywhere in the organization."""
    context = project_head(request, project, "project-members")
    page = list_members(request.member, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    return render(request, "projects/members.html", {**context, "page": page, "rights": RIGHTS})


@require_GET
@for_members
def credentials(request: Any, project: str) -> HttpResponse:
    """Its own credentials."""
    context = project_head(request, project, "project-credentials")
    answer = credentials_of(request, project)
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "projects/credentials.html", {**context, **answer})


@require_GET
@for_members
def triggers(request: Any, project: str) -> HttpResponse:
    """Its triggers, and those that start something of it."""
    context = project_head(request, project, "project-triggers")
    answer = triggers_of(request, project)
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "projects/triggers.html", {**context, **answer})
