"""The page of one job as values: what its templates are given, and by what each part is known to have changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from tropeiro.kernel.packet import Route
from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.approvals import Approval, approvals
from tropeiro.web.jobs.queries import JobDetails, JobSummary, children
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.jobs.routes import route_of
from tropeiro.web.jobs.steps import StepRow, steps
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.jobs.questions import Question, question_of

PARTS = ("head", "result", "steps", "children")
"""Parts of the page that are sent again when they change, each a template of this name, beside the questions."""


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
    """Everything that the page shows but the log."""

    job: JobDetails
    context: Mapping[str, Any]
    keys: Mapping[str, Any]
    """By part: what its HTML depends on. Time that merely passes is not in it."""
    approvals: tuple[Approval, ...]
    """What the job waits for, from whomever."""

    def questions(self, member: Member) -> tuple[Question, ...]:
        """What ``member`` is asked."""
        return tuple(question_of(approval) for approval in self.approvals if approval.is_for(member))


def job_page(member: Member, id_: UUID) -> JobPage:
    """The page of a job. Raises `NotFound`."""
    job = job_details(member, id_)
    route = route_of(member, id_)
    rows = steps(member, id_, workflow=route.workflow if route else None)
    asked = _approvals(member, job)
    started = children(member, id_)
    acts = _acts(member, job)
    now = timezone.now()
    begin, end = _span(job, rows, now)
    context = {
        "job": job,
        "acts": acts,
        "rows": [(row, _bar(row.started_at, row.finished_at or now, begin, end)) for row in rows],
        "questions": tuple(question_of(approval) for approval in asked if approval.is_for(member)),
        "children": started,
        "step_ids": _step_ids(route),
        "begin": begin,
        "end": end,
        "now": now,
        "member": member,
    }
    keys = {
        "head": (job, acts),
        "result": (job.output, job.final),
        "steps": (rows, job.started_at, job.finished_at),
        "children": started,
    }
    return JobPage(job, context, keys, asked)


def _approvals(member: Member, job: JobDetails) -> tuple[Approval, ...]:
    return approvals(member, job.id) if not job.final and allows(member.role, Verb.APPROVE_STEP) else ()


def _acts(member: Member, job: JobDetails) -> Acts:
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


def _step_ids(route: Route | None) -> list[tuple[str, str]]:
    """Id and name of every step that a rerun can begin from: those of the workflow's own list."""
    if route is None:
        return []
    workflow = route.workflow
    own = [workflow.steps[n] for n in workflow.lists[0].steps]
    return [(step.id, step.name or step.id) for step in own[1:]]


def _span(job: JobSummary, rows: tuple[StepRow, ...], now: datetime) -> tuple[datetime, datetime]:
    # The job is stamped when its first packet is taken, so a step's own clock may be a little ahead of it.
    begin = min([job.started_at or now, *(row.started_at for row in rows)])
    end = job.finished_at or now
    return begin, max(end, begin + timedelta(milliseconds=1))


def _bar(started: datetime, finished: datetime, begin: datetime, end: datetime) -> Bar:
    length = (end - begin).total_seconds()
    start = round(1000 * (started - begin).total_seconds() / length)
    stop = round(1000 * (finished - begin).total_seconds() / length)
    start = min(max(start, 0), 994)
    return Bar(start, max(min(stop, 1000) - start, 6))
