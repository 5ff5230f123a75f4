"""Past runs beside the steps, and what an expression gives on one of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import DocumentInvalid, ExpressionError
from tropeiro.web.editing.previews import Question, preview_of
from tropeiro.web.editing.runs import PastRun, RunListed, RunStep, list_runs, read_run
from tropeiro.web.jobs.words import JOB_STATES, STEP_STATES
from tropeiro.web.screens.editor.speaking import answer, for_scripts, number, sent, uuid_or_none
from tropeiro.web.workflows.drafts import look_up


class Previewing(msgspec.Struct):
    """What is to be evaluated; see the contract of ``Question``."""

    text: str
    pointer: str
    value: Any
    job: UUID | None = None
    index: int | None = None
    pins: dict[str, Any] = {}
    inputs: Any = None


@require_GET
@for_scripts
def runs(request: Any, workflow: UUID) -> HttpResponse:
    """A page of runs, tests too."""
    look_up(request.member, workflow)
    found, following = list_runs(request.member, workflow, before=uuid_or_none(request.GET.get("after", "")))
    return answer({"items": [_listed(one) for one in found], "next": following})


@require_GET
@for_scripts
def run(request: Any, workflow: UUID, job: UUID) -> HttpResponse:
    """Any past job of the organization, with the document that it ran."""
    look_up(request.member, workflow)
    return answer(run_json(read_run(request.member, job, index=number(request.GET.get("index", "")))))


@require_POST
@for_scripts
def preview(request: Any, workflow: UUID) -> HttpResponse:
    """What a value gives; what keeps it from giving anything is an answer too."""
    look_up(request.member, workflow)
    wanted = sent(request, Previewing)
    question = Question(
        text=wanted.text,
        pointer=wanted.pointer,
        value=wanted.value,
        job=wanted.job,
        index=max(0, wanted.index or 0),
        pins=wanted.pins,
        inputs=wanted.inputs,
    )
    try:
        given = preview_of(request.member, question)
    except ExpressionError as error:
        return _failed(error.code, error.message, error.hint, error.column, error.key)
    except DocumentInvalid as error:
        first = error.problems[0]
        return _failed(first.code, first.message, first.hint, first.column, first.pointer)
    return answer({"value": given.value, "kind": given.kind, "cut": given.cut})


def run_json(found: PastRun) -> dict[str, Any]:
    """A run as the scripts know it."""
    job = found.job
    return {
        "id": job.id,
        "state": job.state,
        "words": str(JOB_STATES[job.state]),
        "final": job.final,
        "url": reverse("job", args=[job.id]),
        "test": found.test,
        "started_at": job.started_at,
        "duration": _milliseconds(job.started_at, job.finished_at),
        "inputs": found.inputs,
        "output": found.output,
        "error": found.error,
        "cut": found.cut,
        "document": found.document,
        "steps": [_step(one) for one in found.steps],
    }


def _step(one: RunStep) -> dict[str, Any]:
    return {
        "pointer": one.pointer,
        "path": one.path,
        "id": one.id,
        "name": one.name,
        "state": one.state,
        "words": str(STEP_STATES[one.state]),
        "started_at": one.started_at,
        "duration": _milliseconds(one.started_at, one.finished_at),
        "attempts": one.attempts,
        "reused": one.reused,
        "input": one.input,
        "output": one.output,
        "cut": one.cut,
        "error": one.error,
        "items": one.items,
    }


def _listed(one: RunListed) -> dict[str, Any]:
    return {
        "id": one.id,
        "state": one.state,
        "words": str(JOB_STATES[one.state]),
        "started_at": one.started_at,
        "version": one.version,
        "test": one.test,
    }


def _failed(code: str, message: str, hint: str, column: int, pointer: str) -> HttpResponse:
    error = {"code": code, "message": message, "hint": hint, "column": column, "pointer": pointer}
    return answer({"error": error})


def _milliseconds(start: datetime | None, end: datetime | None) -> int | None:
    return None if start is None or end is None else round((end - start).total_seconds() * 1000)
