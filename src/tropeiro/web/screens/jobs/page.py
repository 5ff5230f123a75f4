"""The page of one job as values: what its templates are given, and by what each part is known to have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from tropeiro.kernel.packet import Route
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.approvals import Approval, approvals
from tropeiro.web.jobs.queries import JobDetails, JobSummary, children, runs_again
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.steps import StepRow, steps
from tropeiro.web.jobs.tries import failed_tries
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.jobs.questions import Question, question_of

TABS = ("timeline", "flow", "values", "attempts")
PARTS = {
    "timeline": ("head", "steps", "children"),
    "flow": ("head", "steps"),
    "values": ("head", "values"),
    "attempts": ("head", "attempts"),
}
"""By tab: the parts that are sent again when they change, each a template of this name, beside the questions."""
TRIES = 50


@dataclass(frozen=True, slots=True)
class Bar:
    """A step's place on the time axis, in thousandths of its length."""

    start: int
    width: int


@dataclass(frozen=True, slots=True)
class Acts:
    """What the viewer may do to the job now."""

    cancel: bool
    pause: bool
    resume: bool
    retry: bool
    rerun: bool


@dataclass(frozen=True, slots=True)
class JobPage:
    """Everything that a tab of the page shows but the log."""

    job: JobDetails
    context: Mapping[str, Any]
    keys: Mapping[str, Any]
    """By part: what its HTML depends on. Time that merely passes is not in it."""
    approvals: tuple[Approval, ...]
    """What the job waits for, from whomever."""

    def questions(self, member: Member) -> tuple[Question, ...]:
        """What ``member`` is asked."""
        return tuple(question_of(approval) for approval in self.approvals if approval.is_for(member))


def job_page(member: Member, id_: UUID, tab: str = "timeline") -> JobPage:
    """The page of a job, with what one of its tabs shows. Raises `NotFound`."""
    job = job_details(member, id_)
    route = route_of(member, id_)
    asked = _approvals(member, job)
    acts = acts_on(member, job)
    again = runs_again(member, id_)
    ids = step_ids(route)
    context: dict[str, Any] = {
        "job": job,
        "acts": acts,
        "tab": tab,
        "questions": tuple(question_of(approval) for approval in asked if approval.is_for(member)),
        "again": again,
        "step_ids": ids,
        "now": timezone.now(),
        "member": member,
    }
    keys: dict[str, Any] = {"head": (job, acts, again)}
    if tab in ("timeline", "flow"):
        rows = steps(member, id_, workflow=route.workflow if route else None)
        started = children(member, id_)
        context |= _timeline(job, rows, context["now"]) | {"children": started, "document": document_of(route)}
        keys |= {"steps": (rows, job.started_at, job.finished_at, job.state), "children": started}
    elif tab == "values":
        keys["values"] = (job.output, job.final)
    else:
        failed = failed_tries(member, id_, limit=TRIES + 1)
        context |= {"tries": failed[:TRIES], "more": len(failed) > TRIES}
        keys["attempts"] = (tuple((one.path, one.round, one.attempt) for one in failed), again)
    return JobPage(job, context, keys, asked)


def acts_on(member: Member, job: JobDetails) -> Acts:
    """What a member may do to a job now."""

    def may(verb: Verb) -> bool:
        return allows(member.role, verb)

    again = job.final and job.parent_job is None
    return Acts(
        cancel=not job.final and may(Verb.CANCEL_JOB),
        pause=not job.final and job.state is not JobState.PAUSED and may(Verb.PAUSE_JOB),
        resume=job.state is JobState.PAUSED and may(Verb.RESUME_JOB),
        retry=again and job.state is not JobState.SUCCEEDED and may(Verb.RETRY_JOB),
        rerun=again and may(Verb.RERUN_JOB),
    )


def questions_at(member: Member, job: JobDetails, path: str) -> tuple[Question, ...]:
    """What ``member`` is asked at one step of a job."""
    return tuple(question_of(one) for one in _approvals(member, job, path) if one.is_for(member))


def step_ids(route: Route | None) -> list[tuple[str, str]]:
    """Id and name of every step that a rerun can begin from: those of the workflow's own list but the first."""
    if route is None:
        return []
    workflow = route.workflow
    own = [workflow.steps[n] for n in workflow.lists[0].steps]
    return [(step.id, step.name or step.id) for step in own[1:]]


def document_of(route: Route | None) -> Any:
    """The document, for its diagram; ``None`` when it is not kept any more."""
    return None if route is None else msgspec.json.decode(route.text)


def span_of(job: JobSummary, rows: tuple[StepRow, ...], now: datetime) -> tuple[datetime, datetime]:
    """From when to when the time axis goes."""
    # The job is stamped when its first packet is taken, so a step's own clock may be a little ahead of it.
    begin = min([job.started_at or now, *(row.started_at for row in rows)])
    end = job.finished_at or now
    return begin, max(end, begin + timedelta(milliseconds=1))


def bar_of(started: datetime, finished: datetime, begin: datetime, end: datetime) -> Bar:
    """The place of something that took from ``started`` to ``finished`` on the axis from ``begin`` to ``end``."""
    length = (end - begin).total_seconds()
    start = round(1000 * (started - begin).total_seconds() / length)
    stop = round(1000 * (finished - begin).total_seconds() / length)
    start = min(max(start, 0), 994)
    return Bar(start, max(min(stop, 1000) - start, 6))


def _timeline(job: JobDetails, rows: tuple[StepRow, ...], now: datetime) -> dict[str, Any]:
    begin, end = span_of(job, rows, now)
    return {
        "rows": [(row, bar_of(row.started_at, row.finished_at or now, begin, end)) for row in rows],
        "whole": bar_of(job.started_at or begin, job.finished_at or now, begin, end),
        "begin": begin,
        "end": end,
    }


def _approvals(member: Member, job: JobDetails, path: str | None = None) -> tuple[Approval, ...]:
    return approvals(member, job.id, path=path) if not job.final and allows(member.role, Verb.APPROVE_STEP) else ()
