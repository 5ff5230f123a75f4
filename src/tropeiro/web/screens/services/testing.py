"""Trying a service: a form from its schema starts an ordinary job of one call, and the page follows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.jobs import queries
from tropeiro.web.jobs.actions import call_service
from tropeiro.web.jobs.logs import last_lines
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import JobTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.screens.schema_form.form import Form, changed_form, new_form, sent_form
from tropeiro.web.screens.services.page import found_service, page_context
from tropeiro.web.screens.session import for_members
from tropeiro.web.services.details import service_page

LINES = 100


@require_http_methods(["GET", "POST"])
@for_members
def test(request: Any, service: UUID) -> HttpResponse:
    """The form, filled in as the last test was when the address names one; sent, it starts the job."""
    request.member.require(Verb.CALL_SERVICE)
    page = found_service(request, service)
    if page.removed_at is not None:
        raise NotFound(_("The service is removed."))
    schema = page.contract.input_schema
    problem, status, job = "", 200, None
    if request.method == "POST":
        sent = dict(request.POST.lists())
        do = request.POST.get("do", "")
        form = changed_form(schema, sent, do) if do else sent_form(schema, sent)
        if not do and form.valid:
            try:
                job_id = call_service(request.member, page.uses, form.value, project=page.project if page.own else None)
            except InvalidInput as error:
                problem = f"{error.message} {error.hint}".strip()
            else:
                query = f"version={page.chosen.version}&job={job_id}"
                return redirect(f"{reverse('service-test', args=[service])}?{query}")
        status = 200 if do else 400
    else:
        job, form = _last(request, schema)
    context = {
        **page_context(request, page, "service-test"),
        "form": form,
        "problem": problem,
        **(_result(request.member, job) if job else {}),
    }
    return render(request, "services/test.html", context, status=status)


@require_GET
async def result_events(request: HttpRequest, service: UUID, job: UUID) -> HttpResponseBase:
    """The stream of what came of a test so far."""
    return await stream(request, lambda member: _watch(member, service, job))


def _watch(member: Member, service: UUID, job: UUID) -> Watch:
    """What came of a test, until its job is over. Raises `NotFound` for what cannot be seen."""
    service_page(member, service, None)
    queries.job(member, job)

    def read(who: Member, after: str) -> Seen:
        context = _result(who, job)
        found, lines = context["job"], context["lines"]
        key = (found.state, found.finished_at, [line.id for line in lines])
        part = Part(key, lambda: render_to_string("services/result.html", context))
        return Seen(parts={"result": part}, over=found.final)

    return Watch(topic=JobTopic(job), read=read, shared_by=lambda who: "members")


def _last(request: Any, schema: Any) -> tuple[UUID | None, Form]:
    """The job that the address names, and the form as it was filled in for it."""
    try:
        job = UUID(request.GET.get("job", ""))
    except ValueError:
        return None, new_form(schema)
    found = queries.job(request.member, job)
    if not found.inputs.text:
        return job, new_form(schema)
    return job, new_form(schema, msgspec.json.decode(found.inputs.text))


def _result(member: Member, job: UUID) -> dict[str, Any]:
    # The job first and then its log: one that is over by then has written its last line.
    return {"job": queries.job(member, job), "lines": last_lines(member, job, limit=LINES)}
