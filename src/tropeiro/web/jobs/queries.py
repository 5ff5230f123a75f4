"""Reading jobs: lists, one job, its children."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from tropeiro.kernel.states import FINAL_JOB_STATES, JobState
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.filters import JobFilter
from tropeiro.web.jobs.logs import logs
from tropeiro.web.jobs.models import Job
from tropeiro.web.jobs.progress import progress
from tropeiro.web.jobs.search import counts, rows_of, search
from tropeiro.web.jobs.steps import steps
from tropeiro.web.jobs.values import Shown
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

__all__ = [
    "children",
    "count_by_state",
    "inputs_text",
    "job",
    "job_page",
    "list_jobs",
    "logs",
    "output_text",
    "runs_again",
    "steps",
]

PAGE = 50
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSummary:
    """A job as lists show it."""

    id: UUID
    name: str
    state: JobState
    trigger: str
    mock: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: dict[str, Any] | None
    parent_job: UUID | None

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINAL_JOB_STATES

    @property
    def duration(self) -> timedelta | None:
        """From its first step to its end; ``None`` while it is not over, or when it never began."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


@dataclass(frozen=True, slots=True, kw_only=True)
class JobDetails(JobSummary):
    """One job, whole but for its steps."""

    project: str | None
    """Short name."""
    inputs: Shown
    output: Shown
    priority: int
    rerun_of: UUID | None
    deadline_at: datetime | None
    started_by: str
    """E-mail address, when a person started it."""
    trigger_id: UUID | None
    trigger_name: str
    """Of the trigger that it is a run of, while that is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow(JobSummary):
    """A job with how far it is."""

    steps_done: int
    """Of the workflow's own steps, those that succeeded or were skipped."""
    steps: int
    """0 when what it ran is not kept any more."""


@dataclass(frozen=True, slots=True)
class JobPage:
    """A page of a list."""

    jobs: tuple[JobRow, ...]
    next: UUID | None
    """What the next page is ``before``; ``None`` on the last one."""
    searched_to: UUID | None
    """Set when the search went its whole way without filling the page: older jobs were not looked at."""


_SUMMARY = (
    "id", "name", "state", "trigger", "mock", "created_at", "started_at", "finished_at", "error", "parent_job_id",
)  # fmt: skip

_FIELDS = (*_SUMMARY[:-1], "parent_job")


def job_page(member: Member, wanted: JobFilter, *, limit: int = PAGE, before: UUID | None = None) -> JobPage:
    """A page of the jobs that fit, the newest first, with how far each is."""
    with tenant(member.organization):
        found = search(member, wanted, limit=limit + 1, before=before)
        rows = found.rows[:limit]
        far = progress(member.organization, [(row[0], row[11]) for row in rows])
        more = rows[-1][0] if len(found.rows) > limit else found.searched_to
        return JobPage(tuple(_row(row, *far.get(row[0], (0, 0))) for row in rows), more, found.searched_to)


def jobs_again(member: Member, jobs: Sequence[UUID]) -> tuple[JobRow, ...]:
    """How these jobs stand now, the newest first; without those that are not there any more."""
    with tenant(member.organization):
        rows = rows_of(member, jobs)
        far = progress(member.organization, [(row[0], row[11]) for row in rows])
        return tuple(_row(row, *far.get(row[0], (0, 0))) for row in rows)


def list_jobs(
    member: Member, *, state: JobState | None = None, limit: int = PAGE, before: UUID | None = None
) -> tuple[JobSummary, ...]:
    """Jobs, the newest first; those older than the job ``before`` when it is given. At most 500."""
    wanted = JobFilter(states=() if state is None else (state,))
    rows = search(member, wanted, limit=max(1, min(limit, MOST)), before=before).rows
    return tuple(_summary((*row[:8], _error(row[8]), row[9])) for row in rows)


def count_by_state(member: Member, wanted: JobFilter | None = None) -> Mapping[JobState, int]:
    """How many of the jobs that fit there are in each state, counted up to a thousand."""
    return counts(member, wanted or JobFilter())


def job(member: Member, id: UUID) -> JobDetails:  # noqa: A002 - the word that callers use
    """One job. Raises `NotFound`."""
    with tenant(member.organization):
        row = job_row(member, id)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT slug FROM tropeiro_project WHERE id = %s),"
                " (SELECT email FROM tropeiro_user WHERE id = %s), (SELECT name FROM tropeiro_trigger WHERE id = %s)",
                [row.project_id, row.started_by_id, row.trigger_id],
            )
            project, started_by, trigger_name = cursor.fetchone()
        return JobDetails(
            id=row.id,
            name=row.name,
            state=JobState(row.state),
            trigger=row.trigger,
            mock=row.mock,
            created_at=row.created_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            error=row.error,
            parent_job=row.parent_job_id,
            project=project,
            inputs=Shown(row.inputs, row.inputs_blob or ""),
            output=Shown(row.output, row.output_blob or ""),
            priority=row.priority,
            rerun_of=row.rerun_of_id,
            deadline_at=row.deadline_at,
            started_by=started_by or "",
            trigger_id=row.trigger_id,
            trigger_name=trigger_name or "",
        )


def output_text(member: Member, id: UUID) -> str:  # noqa: A002
    """The job's whole output as JSON, fetched when it is large. Raises `NotFound`, also when it is forgotten."""
    found = job(member, id)
    if found.output.blob:
        return FsspecBlobs(settings.TROPEIRO.blobs).read(found.output.blob).decode()
    return found.output.text or "null"


def inputs_text(member: Member, id: UUID) -> str:  # noqa: A002
    """The job's whole inputs as JSON, fetched when they are large. Raises `NotFound`, also when they are forgotten."""
    found = job(member, id)
    if found.inputs.blob:
        return FsspecBlobs(settings.TROPEIRO.blobs).read(found.inputs.blob).decode()
    return found.inputs.text or "null"


def children(member: Member, id: UUID, *, limit: int = PAGE) -> tuple[JobSummary, ...]:  # noqa: A002
    """Jobs of the same organization that this one started, the oldest first. Raises `NotFound`."""
    with tenant(member.organization):
        row = job_row(member, id)
        rows = Job.objects.filter(organization_id=member.organization, parent_job_id=row.id).order_by("id")
        return tuple(_summary(found) for found in rows.values_list(*_SUMMARY)[: max(1, min(limit, MOST))])


def runs_again(member: Member, id: UUID) -> tuple[JobSummary, ...]:  # noqa: A002
    """Jobs that ran this one again, the newest first, at most twenty. Raises `NotFound`."""
    with tenant(member.organization):
        row = job_row(member, id)
        rows = Job.objects.filter(organization_id=member.organization, rerun_of_id=row.id, id__gt=row.id)
        return tuple(_summary(found) for found in rows.order_by("-id").values_list(*_SUMMARY)[:20])


def _error(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)


def _row(row: tuple[Any, ...], done: int, steps_: int) -> JobRow:
    return JobRow(**_summed_up((*row[:8], _error(row[8]), row[9])), steps_done=done, steps=steps_)


def _summary(row: tuple[Any, ...]) -> JobSummary:
    return JobSummary(**_summed_up(row))


def _summed_up(row: tuple[Any, ...]) -> dict[str, Any]:
    """The fields of a summary by their names, from a row of `_SUMMARY`."""
    return {**dict(zip(_FIELDS, row, strict=True)), "state": JobState(row[2])}
