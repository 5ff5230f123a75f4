"""Test runs of a draft: started, and followed with their log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import DocumentInvalid, InvalidInput, Problem, SchemaMismatch
from tropeiro.web.editing.runs import Ran, read_run, what_ran
from tropeiro.web.editing.testing import Wanted, start_test
from tropeiro.web.jobs.actions import cancel
from tropeiro.web.jobs.logs import Line, read_on
from tropeiro.web.permissions import Verb
from tropeiro.web.problem_document import document
from tropeiro.web.screens.editor.runs import run_json
from tropeiro.web.screens.editor.speaking import answer, for_scripts, number, problems_json, sent
from tropeiro.web.workflows.drafts import look_up


class What(msgspec.Struct):
    """All of it, one step, or up to a step: one of the three."""

    all: bool = False
    step: str | None = None
    until: str | None = None


class Testing(msgspec.Struct):
    """What is to be tested, and with what; see the contract of ``Wanted``."""

    text: str
    what: What
    inputs: Any = None
    pins: dict[str, Any] = {}
    job: UUID | None = None
    index: int | None = None
    reuse: list[str] = []


@require_POST
@for_scripts
def test(request: Any, workflow: UUID) -> HttpResponse:
    """Start a test run."""
    request.member.require(Verb.START_JOB)
    look_up(request.member, workflow)
    asked = sent(request, Testing)
    if [asked.what.all, asked.what.step is not None, asked.what.until is not None].count(True) != 1:
        raise InvalidInput(_("Say what is to be tested: all, one step, or up to a step."))
    wanted = Wanted(
        text=asked.text,
        inputs=asked.inputs,
        step=asked.what.step,
        until=asked.what.until,
        pins=asked.pins,
        job=asked.job,
        index=None if asked.index is None else max(0, asked.index),
        reuse=frozenset(asked.reuse),
    )
    try:
        job = start_test(request.member, workflow, wanted)
    except DocumentInvalid as error:
        detail = _("The workflow has problems, so nothing was started.")
        return document(422, error.code, detail, problems=problems_json(error.problems))
    except SchemaMismatch as error:
        problem = Problem(code=error.code, pointer="/inputs", message=error.message, hint=error.hint)
        return document(
            422, error.code, error.message, hint=error.hint, details=error.details, problems=problems_json((problem,))
        )
    return answer({"job": job, "url": reverse("job", args=[job])}, 201)


@require_http_methods(["GET", "DELETE"])
@for_scripts
def followed(request: Any, workflow: UUID, job: UUID) -> HttpResponse:
    """How a run stands, and its log after the line that was seen last. DELETE cancels it."""
    look_up(request.member, workflow)
    if request.method == "DELETE":
        cancel(request.member, job)
        return answer(run_json(read_run(request.member, job)))
    after = number(request.GET.get("after", ""))
    # The log first: what the run's end adds to it is there when the run is read as ended, or comes with the next page.
    lines = read_on(request.member, job, after=after)
    found = read_run(request.member, job, index=number(request.GET.get("index", "")))
    ran = what_ran(request.member, job)
    last = lines.lines[-1].id if lines.lines else after
    shown = [_line(line, ran) for line in lines.lines]
    return answer({**run_json(found), "log": shown, "next": str(last), "more": lines.more})


def _line(line: Line, ran: Ran) -> dict[str, Any]:
    return {
        "time": line.at,
        "level": line.level,
        "message": line.message,
        "step": ran.pointer_of_path(line.path),
        "path": line.path,
        "fields": line.fields,
    }
