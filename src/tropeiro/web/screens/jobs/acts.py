"""What is done to one job from its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.jobs import actions, queries
from tropeiro.web.jobs.approvals import approvals
from tropeiro.web.member import Member
from tropeiro.web.screens.jobs.questions import answered
from tropeiro.web.screens.session import for_members


@require_POST
@for_members
def cancel(request: Any, job: UUID) -> HttpResponse:
    """End the job."""
    return _done(request, job, lambda member: actions.cancel(member, job), _("The job was cancelled."))


@require_POST
@for_members
def pause(request: Any, job: UUID) -> HttpResponse:
    """Let no further step start."""
    done = _("No further step starts. What is running ends, and its result is kept.")
    return _done(request, job, lambda member: actions.pause(member, job), done)


@require_POST
@for_members
def resume(request: Any, job: UUID) -> HttpResponse:
    """Let it go on."""
    return _done(request, job, lambda member: actions.resume(member, job), _("The job goes on."))


@require_POST
@for_members
def approve(request: Any, job: UUID) -> HttpResponse:
    """Answer a question; what cannot be taken is shown again, with the reason at its field."""
    asked = approvals(request.member, job, path=request.POST.get("path", ""))
    if not asked:
        messages.error(request, _("Nothing waits for an answer here any more."))
        return redirect("job", job=job)
    question = answered(asked[0], dict(request.POST.lists()))
    problem, status = "", 200
    if not request.POST.get("do"):
        status = 400
        if question.form is None or question.form.valid:
            try:
                actions.approve(request.member, job, question.path, question.answer)
            except (Conflict, InvalidInput) as error:
                problem = f"{error.message} {error.hint}".strip()
            else:
                messages.success(request, _("Your answer was taken."))
                return redirect("job", job=job)
    context = {"job": queries.job(request.member, job), "question": question, "problem": problem}
    return render(request, "jobs/answer.html", context, status=status)


@require_POST
@for_members
def reject(request: Any, job: UUID) -> HttpResponse:
    """Say no to a question."""
    path, reason = request.POST.get("path", "")[:500], request.POST.get("reason", "")
    said = _("The question was answered with no.")
    return _done(request, job, lambda member: actions.reject(member, job, path, reason), said)


@require_POST
@for_members
def retry(request: Any, job: UUID) -> HttpResponse:
    """Run it again from where it failed."""
    return _again(request, lambda member: actions.retry(member, job), job)


@require_POST
@for_members
def rerun(request: Any, job: UUID) -> HttpResponse:
    """Run it again, from the start or from a step."""
    version = "newest" if request.POST.get("version") == "newest" else "same"
    from_step = request.POST.get("from_step") or None
    return _again(request, lambda member: actions.rerun(member, job, from_step, cast("Any", version)), job)


def _done(request: Any, job: UUID, act: Callable[[Member], None], said: str) -> HttpResponse:
    try:
        act(request.member)
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        messages.success(request, said)
    return redirect("job", job=job)


def _again(request: Any, act: Callable[[Member], UUID], job: UUID) -> HttpResponse:
    try:
        new = act(request.member)
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return redirect("job", job=job)
    messages.success(request, _("This is the new job."))
    return redirect("job", job=new)
