"""The latest jobs of workflows and automations: bars of a list, and the grid of runs and steps of one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.kernel.states import FINAL_JOB_STATES, JobState, StepState
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

OUTCOMES = 20
MOST_VERSIONS = 50
"""Newest versions of each whose jobs are looked for."""
MOST_RUNS = 50
MOST_COLUMNS = 60

# A job bears the version of the service when it is an automation's, else of the workflow. Ids of both grow with time.
_LATEST = """
SELECT w.workflow, j.id, j.name, j.state, j.trigger, j.created_at, j.started_at, j.finished_at, j.error ->> 'message'
FROM unnest(%(workflows)s::uuid[], %(services)s::uuid[]) AS w(workflow, service)
CROSS JOIN LATERAL (
    SELECT j.* FROM (
        (SELECT v.id FROM tropeiro_workflow_version v
         WHERE v.workflow_id = w.workflow AND w.service IS NULL ORDER BY v.version DESC LIMIT %(versions)s)
        UNION ALL
        (SELECT r.id FROM tropeiro_service_version r
         WHERE r.service_id = w.service ORDER BY r.id DESC LIMIT %(versions)s)
    ) k CROSS JOIN LATERAL (
        SELECT j.id, j.name, j.state, j.trigger, j.created_at, j.started_at, j.finished_at, j.error FROM tropeiro_job j
        WHERE j.organization_id = %(organization)s AND coalesce(j.service_version_id, j.workflow_version_id) = k.id
          AND (%(before)s::uuid IS NULL OR j.id < %(before)s)
        ORDER BY j.id DESC LIMIT %(limit)s
    ) j
    ORDER BY j.id DESC LIMIT %(limit)s
) j
ORDER BY w.workflow, j.id DESC
"""

# A step at the top of its document: its last attempt, or that something in it is under way.
_CELLS = """
SELECT DISTINCT ON (s.job_id, s.path) s.job_id, s.path, s.state, s.started_at, s.finished_at
FROM tropeiro_step s WHERE s.job_id = ANY(%(jobs)s) AND s.path = ANY(%(steps)s)
ORDER BY s.job_id, s.path, s.round DESC, s.attempt DESC
"""
_UNDER_WAY = """
SELECT p.job_id, regexp_replace(p.path, '[.\\[].*', ''), min(p.since),
    bool_or(p.state IN ('leased', 'parked')), bool_or(p.state = 'waiting'), bool_or(p.hold)
FROM tropeiro_packet p WHERE p.job_id = ANY(%(jobs)s) AND p.path <> '' GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A job, as a bar or a row of the grid."""

    id: UUID
    name: str
    state: JobState
    trigger: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    error: str

    @property
    def final(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in FINAL_JOB_STATES

    @property
    def version(self) -> str:
        """The version that it ran, as its name says."""
        return self.name.rpartition("@")[2]

    @property
    def duration(self) -> timedelta | None:
        """From its first step to its end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return self.finished_at - self.started_at


@dataclass(frozen=True, slots=True)
class Cell:
    """A step of a run."""

    state: StepState
    started_at: datetime
    finished_at: datetime | None

    @property
    def duration(self) -> timedelta | None:
        """How long its last attempt took."""
        return None if self.finished_at is None else self.finished_at - self.started_at


def latest_runs(
    member: Member, workflows: Mapping[UUID, UUID | None], *, limit: int = OUTCOMES, before: UUID | None = None
) -> dict[UUID, tuple[Run, ...]]:
    """The latest jobs of several workflows, newest first; one query, however many.

    ``workflows`` has the service of each that is the inside of an automation.
    """
    member.require(Verb.VIEW)
    if not workflows:
        return {}
    params: dict[str, Any] = {
        "organization": member.organization,
        "workflows": list(workflows),
        "services": list(workflows.values()),
        "versions": MOST_VERSIONS,
        "limit": max(1, min(limit, MOST_RUNS + 1)),
        "before": before,
    }
    found: dict[UUID, list[Run]] = {workflow: [] for workflow in workflows}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_LATEST, params)
        for workflow, *row in cursor.fetchall():
            found[workflow].append(_run(row))
    return {workflow: tuple(runs) for workflow, runs in found.items()}


def cells_of(member: Member, jobs: Iterable[UUID], steps: Iterable[str]) -> dict[UUID, dict[str, Cell]]:
    """What became of each of these steps, which stand at the top of a document, in each of the jobs."""
    member.require(Verb.VIEW)
    params: dict[str, Any] = {"jobs": list(jobs), "steps": list(steps)[:MOST_COLUMNS]}
    found: dict[UUID, dict[str, Cell]] = {job: {} for job in params["jobs"]}
    if not found:
        return {}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_CELLS, params)
        for job, path, state, started, finished in cursor.fetchall():
            found[job][path] = Cell(StepState(state), started, finished)
        cursor.execute(_UNDER_WAY, params)
        for job, path, since, running, waiting, held in cursor.fetchall():
            state = StepState.QUEUED
            if running:
                state = StepState.RUNNING
            elif waiting:
                state = StepState.WAITING
            elif held:
                state = StepState.PAUSED
            found[job][path] = Cell(state, since, None)
    return found


def _run(row: list[Any]) -> Run:
    id_, name, state, trigger, created, started, finished, error = row
    return Run(
        id=id_,
        name=name,
        state=JobState(state),
        trigger=trigger,
        created_at=created,
        started_at=started,
        finished_at=finished,
        error=error or "",
    )
