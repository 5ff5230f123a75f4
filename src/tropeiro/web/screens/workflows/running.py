"""Starting a workflow by hand: a form from the schema of its inputs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import Verb
from tropeiro.web.screens.schema_form.form import changed_form, new_form, sent_form
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.workflows.details import workflow_page
from tropeiro.web.workflows.runnable import resolve_runnable


@require_http_methods(["GET", "POST"])
@for_members
def run(request: Any, workflow: UUID) -> HttpResponse:
    """The form; sent, it starts a job of the newest version and goes to its page."""
    request.member.require(Verb.START_JOB)
    page = workflow_page(request.member, workflow)
    if page.removed_at is not None:
        raise NotFound(_("The workflow is removed."))
    problem, status = "", 200
    mock = request.POST.get("mock") == "yes"
    schema = page.inputs
    if request.method == "POST":
        do = request.POST.get("do", "")
        sent = dict(request.POST.lists())
        form = changed_form(schema, sent, do) if do else sent_form(schema, sent)
        if not do and form.valid:
            try:
                runnable = resolve_runnable(request.member, page.reference, project=page.project or None)
                job = start_job(request.member, runnable, form.value, mock=mock)
            except (Conflict, InvalidInput) as error:
                problem = f"{error.message} {error.hint}".strip()
            else:
                return redirect("job", job=job)
        status = 200 if do else 400
    else:
        form = new_form(schema)
    context = {**page_context(request, page), "form": form, "problem": problem, "mock": mock}
    return render(request, "workflows/run.html", context, status=status)
