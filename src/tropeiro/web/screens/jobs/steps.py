"""One step of a job: the items of a ``foreach``, the tries, and their values."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.kernel.states import StepState
from tropeiro.web.jobs import queries, words
from tropeiro.web.jobs.redaction import redacted_text
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.tries import step_items, step_value, tries
from tropeiro.web.jobs.values import readable
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.jobs.page import acts_on, bar_of, questions_at, span_of
from tropeiro.web.screens.session import for_members

TRIES = 20
ITEMS = 50
CHUNK = 20_000
"""Characters of a value that are shown at a time."""
MOST_READABLE = 5_000_000
"""Longer ones can only be downloaded."""


@require_GET
@for_members
def step(request: Any, job: UUID) -> HttpResponse:
    """One step: its tries, the latest first, with input, output and error. In a drawer, or as a page of its own."""
    path = request.GET.get("path", "")[:500]
    details = queries.job(request.member, job)
    route = route_of(request.member, job)
    rows = tries(request.member, job, path, limit=TRIES + 1)
    name = path.partition("[")[0].rpartition(".")[2] if "[*]" in path else path.rpartition(".")[2].partition("[")[0]
    known = None if route is None else route.workflow.step(name)
    context = {
        "job": details,
        "path": path,
        "step": known,
        "acts": acts_on(request.member, details),
        "from_step": known.id if known is not None and known.home == 0 else "",
        "questions": questions_at(request.member, details, path),
        "tries": rows[:TRIES],
        "more": len(rows) > TRIES,
        "chunk": CHUNK,
        "member": request.member,
    }
    return render(request, "jobs/step_body.html" if request.headers.get("HX-Request") else "jobs/step.html", context)


@require_GET
@for_members
def items(request: Any, job: UUID) -> HttpResponse:
    """A page of the items of a step inside a ``foreach``, failures first."""
    sent = request.GET
    n = int(sent["n"]) if sent.get("n", "").isascii() and sent.get("n", "").isdigit() and len(sent["n"]) < 6 else 0
    wanted = StepState(sent["state"]) if sent.get("state") in set(StepState) else None
    details = queries.job(request.member, job)
    page = step_items(request.member, job, n, after=sent.get("after", ""), state=wanted, limit=ITEMS)
    now = timezone.now()
    begin, end = span_of(details, (), now)
    context = {
        "job": details,
        "n": n,
        "name": sent.get("name", "")[:200],
        "state": "" if wanted is None else str(wanted),
        "states": _states(),
        "items": [(one, bar_of(one.started_at, one.finished_at or now, begin, end)) for one in page.items],
        "next": page.next,
        "after": sent.get("after", ""),
    }
    return render(request, "jobs/items.html" if request.headers.get("HX-Request") else "jobs/items_page.html", context)


@require_GET
@for_members
def value(request: Any, job: UUID) -> HttpResponse:
    """A value in pieces to read, or whole as a file: of the job (``part`` inputs, output), or of a try of a step."""
    sent = request.GET
    part, path = sent.get("part", ""), sent.get("path", "")[:500]
    if path:
        text = step_value(
            request.member, job, path, whole_number(sent.get("round")), whole_number(sent.get("attempt")), part
        )
    else:
        text = (
            queries.inputs_text(request.member, job) if part == "inputs" else queries.output_text(request.member, job)
        )
    if sent.get("download"):
        response = HttpResponse(redacted_text(text), content_type="application/json")
        response.headers["Content-Disposition"] = f'attachment; filename="{job}-{part or "output"}.json"'
        return response
    offset = whole_number(sent.get("offset"))
    shown = readable(text) if len(text) <= MOST_READABLE else ""
    context = {
        "job": queries.job(request.member, job),
        "text": shown[offset : offset + CHUNK],
        "next": offset + CHUNK if len(shown) > offset + CHUNK else None,
        "left": max(0, len(shown) - offset - CHUNK),
        "too_long": not shown,
        "query": sent,
    }
    return render(request, "jobs/value.html", context)


def _states() -> list[tuple[str, str]]:
    shown = (StepState.FAILED, StepState.RUNNING, StepState.QUEUED, StepState.SUCCEEDED)
    return [("", _("all")), *((str(state), str(words.STEP_STATES[state])) for state in shown)]
