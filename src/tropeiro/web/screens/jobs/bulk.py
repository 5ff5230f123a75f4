"""Acting on many jobs: first how many and what can be done to them, then how far it is, then what could not be done."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState
from tropeiro.web.jobs import bulk, words
from tropeiro.web.jobs.bulk import VERBS, Act
from tropeiro.web.jobs.bulk_desk import desk
from tropeiro.web.jobs.bulk_queries import Bulk, items
from tropeiro.web.jobs.bulk_queries import bulk as bulk_door
from tropeiro.web.jobs.search import MOST_ACTED_ON, ids_of, rows_of
from tropeiro.web.member import Member
from tropeiro.web.permissions import allows
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.jobs.listing import asked
from tropeiro.web.screens.session import for_members

PAGE = 100

_OPEN = frozenset(JobState) - FINAL_JOB_STATES
_CAN = {
    Act.CANCEL: _OPEN,
    Act.PAUSE: _OPEN - {JobState.PAUSED},
    Act.RESUME: frozenset({JobState.PAUSED}),
    Act.RETRY: FINAL_JOB_STATES - {JobState.SUCCEEDED},
    Act.RERUN: FINAL_JOB_STATES,
}
"""States in which a job can be acted on so."""


@require_http_methods(["GET", "HEAD", "POST"])
@for_members
def bulk_new(request: Any) -> HttpResponse:
    """GET tells how many jobs are chosen and what can be done to them; POST begins."""
    sent = request.POST if request.method == "POST" else request.GET
    if sent.get("act") not in set(Act):
        raise InvalidInput(_("It was not said what to do to the jobs."))
    act = Act(sent["act"])
    request.member.require(VERBS[act])
    every = sent.get("all") == "1"
    chosen = _chosen(request.member, sent, every)
    back = f"/jobs?{sent.get('filter', '')}"
    if request.method == "POST":
        version = "newest" if sent.get("version") == "newest" else "same"
        try:
            made = bulk.begin(
                request.member,
                act,
                [(job, name) for job, name, _state in chosen],
                version=cast("Any", version),
                chosen=sent.get("filter", "") if every else "",
            )
        except InvalidInput as error:
            messages.error(request, f"{error.message} {error.hint}".strip())
            return redirect(back)
        desk.wake()
        return redirect("jobs-bulk", bulk=made)
    if not chosen:
        messages.warning(request, _("No job is chosen. Tick some, or choose all that match."))
        return redirect(back)
    by_state = Counter(state for _job, _name, state in chosen)
    able = sum(count for state, count in by_state.items() if state in _CAN[act])
    context = {
        "act": str(act),
        "count": len(chosen),
        "able": able,
        "unable": len(chosen) - able,
        "full": len(chosen) == MOST_ACTED_ON,
        "states": [(state, by_state[state], state in _CAN[act]) for state in words.JOB_STATES if by_state[state]],
        "all": every,
        "filter": sent.get("filter", ""),
        "jobs": [] if every else [job for job, _name, _state in chosen],
        "examples": chosen[:5],
        "back": back,
    }
    return render(request, "jobs/bulk_new.html", context)


@require_GET
@for_members
def bulk_page(request: Any, bulk: UUID) -> HttpResponse:
    """How far an act on many jobs is, and what could not be done and why."""
    told = bulk_door(request.member, bulk)
    if told.state == "running":
        # Whatever held it up, a restart for example: whoever looks sets it going again.
        desk.wake()
    template = "jobs/bulk_progress.html" if request.headers.get("HX-Request") else "jobs/bulk.html"
    return render(request, template, _context(request, told))


@require_GET
@for_members
def bulk_csv(request: Any, bulk: UUID) -> HttpResponse:
    """The result as CSV: a line a job."""
    said = {"done": _("done"), "refused": _("not done"), "left": _("left out"), "": _("to come")}
    told = bulk_door(request.member, bulk)
    head = (_("Id"), _("What"), _("Outcome"), _("Error code"), _("Why"), _("New job"))
    rows = (
        (str(one.job), one.name, said[one.outcome], one.code, one.message, str(one.new_job or ""))
        for one in items(request.member, bulk, limit=MOST_ACTED_ON)
    )
    return csv_answer(f"{told.act}-{bulk}", head, rows)


@require_POST
@for_members
def bulk_stop(request: Any, bulk: UUID) -> HttpResponse:
    """Leave what was not done yet."""
    try:
        stop(request, bulk)
    except Conflict as error:
        messages.warning(request, error.message)
    return redirect("jobs-bulk", bulk=bulk)


def stop(request: Any, made: UUID) -> None:
    bulk.stop(request.member, made)
    messages.success(request, _("Stopped. What was done stays done."))


def _context(request: HttpRequest, told: Bulk) -> dict[str, Any]:
    member = cast("Any", request).member
    after = request.GET.get("after", "")
    number = int(after) if after.isascii() and after.isdigit() and len(after) < 9 else 0
    refused = items(member, told.id, after=number, limit=PAGE + 1, refused_only=True)
    return {
        "bulk": told,
        "refused": refused[:PAGE],
        "more": refused[PAGE - 1].n if len(refused) > PAGE else None,
        "may_stop": told.state == "running" and allows(member.role, VERBS[told.act]),
        "back": f"/jobs?{told.chosen}",
    }


def _chosen(member: Member, sent: QueryDict, every: bool) -> list[tuple[UUID, str, JobState]]:
    if every:
        return ids_of(member, asked(QueryDict(sent.get("filter", ""))))
    jobs = []
    for text in sent.getlist("job")[:MOST_ACTED_ON]:
        try:
            jobs.append(UUID(text))
        except ValueError:
            raise InvalidInput(_("`%(id)s` is no id of a job.") % {"id": text[:40]}) from None
    return [(row[0], row[1], JobState(row[2])) for row in rows_of(member, jobs)]
