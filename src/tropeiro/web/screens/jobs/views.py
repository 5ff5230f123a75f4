"""Pages of jobs: the list, one job, one step, and what is done to a job."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs import actions, queries, words
from tropeiro.web.jobs.approvals import approvals
from tropeiro.web.jobs.logs import LEVELS, last_lines
from tropeiro.web.jobs.search import COUNTED
from tropeiro.web.jobs.tries import tries
from tropeiro.web.member import Member
from tropeiro.web.screens import labels
from tropeiro.web.screens.jobs.page import job_page
from tropeiro.web.screens.jobs.questions import answered
from tropeiro.web.screens.session import for_members

PAGE = 50
LINES = 500
TRIES = 100


@require_GET
@for_members
def job_list(request: Any) -> HttpResponse:
    """The jobs, by state when one is chosen, the newest first."""
    wanted = request.GET.get("state", "")
    state = JobState(wanted) if wanted in set(JobState) else None
    rows = queries.list_jobs(request.member, state=state, limit=PAGE + 1, before=_uuid(request.GET.get("before", "")))
    counts = queries.count_by_state(request.member)
    total = sum(counts.values())
    tabs = [("", _("all"), _shown(total), state is None)]
    tabs += [
        (str(one), str(label), _shown(counts[one]), one is state)
        for one, label in words.JOB_STATES.items()
        if counts[one] or one is state
    ]
    context = {
        "jobs": rows[:PAGE],
        "tabs": tabs,
        "state": state,
        "next": rows[PAGE - 1].id if len(rows) > PAGE else None,
        "paged": "before" in request.GET,
        "any": total > 0,
    }
    return render(request, "jobs/list.html", context)


@require_GET
@for_members
def job(request: Any, job: UUID) -> HttpResponse:
    """One job, which the page then follows live."""
    level = _level(request)
    page = job_page(request.member, job)
    lines = last_lines(request.member, job, level=level, limit=LINES)
    context = {
        **page.context,
        "lines": lines,
        "level": level,
        "levels": labels.LEVELS.items(),
        "last_line": lines[-1].id if lines else 0,
        "older": lines[0].id if len(lines) == LINES else None,
    }
    return render(request, "jobs/job.html", context)


@require_GET
@for_members
def older_lines(request: Any, job: UUID) -> HttpResponse:
    """Lines of the log before a certain one, as a page of their own."""
    level = _level(request)
    before = request.GET.get("before", "")
    number = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    lines = last_lines(request.member, job, before=number, level=level, limit=LINES)
    details = queries.job(request.member, job)
    context = {
        "job": details,
        "lines": lines,
        "level": level,
        "levels": labels.LEVELS.items(),
        "older": lines[0].id if len(lines) == LINES else None,
    }
    return render(request, "jobs/log.html", context)


@require_GET
@for_members
def step(request: Any, job: UUID) -> HttpResponse:
    """One step, or all items of one: its attempts, failures first, with input, output and error."""
    path = request.GET.get("path", "")[:500]
    details = queries.job(request.member, job)
    rows = tries(request.member, job, path, limit=TRIES + 1)
    context = {
        "job": details,
        "path": path,
        "tries": rows[:TRIES],
        "more": len(rows) > TRIES,
    }
    return render(request, "jobs/step.html", context)


@require_GET
@for_members
def output(request: Any, job: UUID) -> HttpResponse:
    """The job's whole output, as a file."""
    text = queries.output_text(request.member, job)
    response = HttpResponse(text, content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{job}.json"'
    return response


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
    return HttpResponseRedirect(f"/jobs/{new}")


def _level(request: Any) -> str:
    level = request.GET.get("level", "")
    return level if level in LEVELS else ""


def _shown(count: int) -> str:
    return f"{COUNTED - 1}+" if count >= COUNTED else str(count)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
