"""Jobs of the past, and the counts that the runtime would have kept of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from web_cast import execute

from tropeiro.web.member import Member


def past_job(
    member: Member,
    at: datetime,
    state: str = "succeeded",
    *,
    seconds: float = 2.0,
    name: str = "report@1",
    project: UUID | None = None,
    workflow_version: UUID | None = None,
    service_version: UUID | None = None,
    trigger: str = "manual",
    error: dict[str, Any] | None = None,
    uses: str = "",
    billed: bool = False,
) -> UUID:
    """A job that began at a moment, with one step; it ended after ``seconds`` when ``state`` is an end."""
    over = state in ("succeeded", "failed", "timed_out", "cancelled")
    if error is None and state == "failed":
        error = {"code": "boom", "message": "It broke."}
    ((id_,),) = execute(
        """
        INSERT INTO tropeiro_job (id, organization_id, project_id, workflow_version_id, service_version_id, name,
            route_digest, state, trigger, error, root_job_id, created_at, started_at, finished_at)
        SELECT i.id, %(organization)s, %(project)s, %(workflow)s, %(service)s, %(name)s, 'd', %(state)s, %(trigger)s,
            %(error)s, i.id, %(at)s, CASE WHEN %(state)s <> 'queued' THEN %(at)s::timestamptz END, %(end)s
        FROM (SELECT overlay(gen_random_uuid()::text placing
            left(tropeiro_first_id(%(at)s)::text, 13) from 1)::uuid AS id) i
        RETURNING id
        """,
        {
            "organization": member.organization, "project": project, "workflow": workflow_version,
            "service": service_version, "name": name, "state": state, "trigger": trigger, "at": at,
            "end": at + timedelta(seconds=seconds) if over else None,
            "error": None if error is None else msgspec.json.encode(error).decode(),
        },
    )  # fmt: skip
    if over and state != "cancelled":
        execute(
            "INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, uses, started_at,"
            " finished_at, error) VALUES (%s, %s, 'a', 0, 1, 0, %s, %s, %s, %s, %s)",
            [id_, member.organization, state, uses, at, at + timedelta(seconds=seconds),
             None if error is None else msgspec.json.encode(error).decode()],
        )  # fmt: skip
    if billed:
        execute(
            "INSERT INTO tropeiro_usage (job_id, path, round, attempt, organization_id, service_version_id, at)"
            " VALUES (%s, 'a', 0, 1, %s, %s, %s)",
            [id_, member.organization, service_version or id_, at],
        )
    return UUID(str(id_))


def count(days: int = 30) -> None:
    """Bring the counts up to the jobs of the last days."""
    now = datetime.now(UTC)
    execute("SELECT tropeiro_ensure_partitions(%s, %s)", [now - timedelta(days=days + 7), now])
    execute("SELECT tropeiro_recount(NULL, %s, %s)", [now - timedelta(days=days), now + timedelta(hours=1)])
