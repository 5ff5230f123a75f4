"""What is done to jobs: starting, cancelling, pausing, resuming, answering, running again.

One function a verb: permission, transaction, change, audit. Whoever follows the job is told by the change itself.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.kernel.states import JobState
from tropeiro.sql import statement
from tropeiro.web.audit.actions import record
from tropeiro.web.jobs.access import job_row, missing_job
from tropeiro.web.jobs.again import rerun, retry
from tropeiro.web.jobs.answering import approve, reject
from tropeiro.web.jobs.models import Job
from tropeiro.web.jobs.starting import write_job
from tropeiro.web.jobs.words import JOB_STATES
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.runnable import Runnable, draft, find_runnable, single_call

__all__ = [
    "approve",
    "call_service",
    "cancel",
    "pause",
    "reject",
    "rerun",
    "resume",
    "retry",
    "start_job",
    "start_named",
]

MAX_PRIORITY = 100


def start_job(
    member: Member,
    what: Runnable | str,
    inputs: Any = None,
    *,
    trigger: str = "manual",
    mock: bool = False,
    timeout: int | None = None,
    priority: int = 0,
    project: str | None = None,
) -> UUID:
    """Start a job of something that `resolve_runnable` found, or of a document's text seen from ``project``.

    ``timeout`` in milliseconds; ``priority`` from -100 to 100, higher first. Raises `Forbidden`, `DocumentInvalid`,
    `InvalidInput` and `SchemaMismatch` (the inputs).
    """
    member.require(Verb.START_JOB)
    if not -MAX_PRIORITY <= priority <= MAX_PRIORITY:
        limits = {"least": -MAX_PRIORITY, "most": MAX_PRIORITY, "priority": priority}
        raise InvalidInput(_("A priority is from %(least)s to %(most)s, not %(priority)s.") % limits)
    if timeout is not None and timeout <= 0:
        raise InvalidInput(_("A timeout is longer than nothing."))
    with tenant(member.organization):
        runnable = draft(member, what, project=project) if isinstance(what, str) else what
        job = write_job(member, runnable, inputs, trigger=trigger, mock=mock, timeout_ms=timeout, priority=priority)
        record(member, Verb.START_JOB, "job", job, runnable.label, trigger=trigger)
        return job


def start_named(
    member: Member,
    reference: str,
    inputs: Any = None,
    *,
    job: UUID,
    trigger: str,
    project: str | None = None,
    priority: int = 0,
    timeout_ms: int | None = None,
    mock: bool = False,
) -> str:
    """Start the job ``job`` of what ``reference`` names as seen from ``project``; what it is called.

    Inside a tenant's transaction, because whoever brings the id writes it down there too. Raises as `find_runnable`
    does, `Forbidden`, `InvalidInput` and `SchemaMismatch` (the inputs).
    """
    member.require(Verb.START_JOB)
    runnable = find_runnable(member, reference, project=project)
    verb = Verb.CALL_SERVICE if runnable.kind == "service" else Verb.START_JOB
    member.require(verb)
    write_job(member, runnable, inputs, trigger=trigger, id=job, mock=mock, timeout_ms=timeout_ms, priority=priority)
    record(member, verb, "job", job, runnable.label, trigger=trigger)
    return runnable.label


def call_service(
    member: Member, reference: str, inputs: Any = None, *, project: str | None = None, trigger: str = "manual"
) -> UUID:
    """Start a job that makes one call of a service, as seen from ``project``. Its id.

    Raises `Forbidden` (also for a private service of another project), `NotFound`, `InvalidInput`, `SchemaMismatch`.
    """
    member.require(Verb.CALL_SERVICE)
    with tenant(member.organization):
        runnable = single_call(member, reference, project=project)
        job = write_job(member, runnable, inputs, trigger=trigger)
        record(member, Verb.CALL_SERVICE, "job", job, runnable.label, trigger=trigger)
        return job


def cancel(member: Member, job: UUID) -> None:
    """End a job and its child jobs, for good. Raises `Forbidden`, `NotFound`, and `Conflict` when it is over."""
    _act(member, job, Verb.CANCEL_JOB, "cancel", _("The job is %(state)s: it cannot be cancelled any more."))


def pause(member: Member, job: UUID) -> None:
    """Let no further step of a job start. Raises `Forbidden`, `NotFound`, and `Conflict` when it is over or paused."""
    _act(member, job, Verb.PAUSE_JOB, "pause", _("The job is %(state)s: it cannot be paused."))


def resume(member: Member, job: UUID) -> None:
    """Let a paused job go on. Raises `Forbidden`, `NotFound`, and `Conflict` when it is not paused."""
    _act(member, job, Verb.RESUME_JOB, "resume", _("The job is %(state)s: only a paused job can be resumed."))


def _act(member: Member, job: UUID, verb: Verb, name: str, refusal: str) -> None:
    member.require(verb)
    with tenant(member.organization):
        row = job_row(member, job)
        if not _one(name, {"organization": member.organization, "job": job}):
            state = _state_of(job)
            raise Conflict(refusal % {"state": JOB_STATES[state]}, details={"state": state.value})
        record(member, verb, "job", job, row.name, state=row.state)


def _one(name: str, params: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement("store", name), params)
        return cursor.fetchone()[0]


def _state_of(job: UUID) -> JobState:
    state: str | None = Job.objects.filter(id=job).values_list("state", flat=True).first()
    if state is None:
        raise missing_job(job)
    return JobState(state)
