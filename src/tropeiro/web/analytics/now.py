"""What goes on at this moment: bounded looks at what is under way, and the last minutes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.metrics import Point
from tropeiro.web.analytics.period import last_minutes
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.analytics.series import series
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

COUNTED = 10_000
"""Jobs of a state and packets are counted up to here; then it is "more"."""
OPEN = (JobState.RUNNING, JobState.QUEUED, JobState.WAITING, JobState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenJob:
    """A job that is not over."""

    id: UUID
    name: str
    state: JobState
    trigger: str
    created_at: datetime
    started_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningNow:
    """Jobs that are not over, by state, and packets that wait for a worker; each up to 10,000."""

    running: int
    queued: int
    waiting: int
    paused: int
    ready: int
    """Packets that a worker may take: the depth of the queue."""
    at: datetime

    @property
    def open(self) -> int:
        """Everything that is not over."""
        return self.running + self.queued + self.waiting + self.paused


def anything_yet(member: Member) -> bool:
    """Whether the organization ever ran a job that is still known, or counted."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM tropeiro_job j WHERE j.organization_id = %(organization)s) OR EXISTS ("
            " SELECT FROM tropeiro_rollup r WHERE r.organization_id = %(organization)s AND r.grain = 'day'"
            " AND r.level = 'organization')",
            {"organization": member.organization},
        )
        return bool(cursor.fetchone()[0])


def running_now(member: Member, project: UUID | None = None) -> RunningNow:
    """What is under way, of one project when it is named."""
    member.require(Verb.VIEW)
    narrow = "" if project is None else " AND j.project_id = %(project)s"
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.state, (
                SELECT count(*) FROM (
                    SELECT FROM tropeiro_job j WHERE j.organization_id = %(organization)s AND j.state = s.state{narrow}
                    LIMIT %(most)s) n)
            FROM unnest(%(states)s::text[]) AS s(state)
            UNION ALL
            SELECT 'ready', (
                SELECT count(*) FROM (
                    SELECT FROM tropeiro_packet j
                    WHERE j.organization_id = %(organization)s AND j.state = 'ready' AND NOT j.hold
                      AND j.limits IS NULL{narrow} LIMIT %(most)s) n) + (
                -- Those that wait for a limit have an index of their own.
                SELECT count(*) FROM (
                    SELECT FROM tropeiro_packet j
                    WHERE j.organization_id = %(organization)s AND j.state = 'ready' AND NOT j.hold
                      AND j.limits IS NOT NULL{narrow} LIMIT %(most)s) n)
            """,  # noqa: S608 - names of ours
            {
                "organization": member.organization,
                "project": project,
                "states": [state.value for state in OPEN],
                "most": COUNTED,
            },
        )
        return RunningNow(**dict(cursor.fetchall()), at=timezone.now())


def open_jobs(member: Member, project: UUID | None = None, limit: int = 10) -> tuple[OpenJob, ...]:
    """The newest that run, wait or are queued."""
    member.require(Verb.VIEW)
    narrow = "" if project is None else " AND j.project_id = %(project)s"
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT n.* FROM unnest(%(states)s::text[]) AS s(state) CROSS JOIN LATERAL (
                SELECT j.id, j.name, j.state, j.trigger, j.created_at, j.started_at FROM tropeiro_job j
                WHERE j.organization_id = %(organization)s AND j.state = s.state{narrow}
                ORDER BY j.id DESC LIMIT %(limit)s) n
            ORDER BY n.id DESC LIMIT %(limit)s
            """,  # noqa: S608 - names of ours
            {
                "organization": member.organization,
                "project": project,
                "states": [state.value for state in OPEN],
                "limit": limit,
            },
        )
        return tuple(
            OpenJob(
                id=id_, name=name, state=JobState(state), trigger=trigger, created_at=created_at, started_at=started_at
            )
            for id_, name, state, trigger, created_at, started_at in cursor.fetchall()
        )


def minutes(member: Member, scope: Scope | None = None, *, zone: ZoneInfo, count: int = 30) -> tuple[Point, ...]:
    """The last minutes, one by one, the one that it is at the end."""
    return series(member, scope or Scope(), last_minutes(count, timezone.now(), zone))
