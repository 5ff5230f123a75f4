"""The store in PostgreSQL: `tropeiro.ports.store.Store`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.route import read_route
from tropeiro.kernel.sealing import open_fields
from tropeiro.ports.executor import Implementation, ServiceVersion
from tropeiro.ports.queue import QueueUnavailable
from tropeiro.ports.store import LogLine, Rescued, Retention, Runnable
from tropeiro.postgres.link import Link
from tropeiro.sql import statement

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_LEADER_RETRY_SECONDS = 1.0
SILENT_LEADER_MS = 10_000
"""A leader that says nothing for so long is one no more: it may stand still, or its network may be gone."""


class PostgresStore:
    """Facts in PostgreSQL. Versions never change, so they are remembered for good; they are few and small."""

    def __init__(self, link: Link, master_keys: Sequence[str], *, silent_leader_ms: int = SILENT_LEADER_MS) -> None:
        self._link = link
        self._silent_leader_ms = silent_leader_ms
        self._master_keys = tuple(master_keys)
        self._services: dict[UUID, ServiceVersion] = {}
        self._runnables: dict[UUID, Runnable] = {}

    async def service(self, version: UUID) -> ServiceVersion:
        known = self._services.get(version)
        if known is None:
            row = await self._one("service", f"There is no service version {version}.", id=version)
            known = self._services[version] = ServiceVersion(
                id=row["id"],
                organization=row["organization_id"],
                project=row["project_id"],
                name=row["name"],
                version=row["version"],
                implementation=msgspec.json.decode(row["implementation"], type=Implementation),
                input_schema=_json(row["input_schema"]),
                output_schema=_json(row["output_schema"]),
                timeout_ms=row["timeout_ms"],
                retry=msgspec.json.decode(row["retry"], type=RetryPolicy) if row["retry"] else RetryPolicy(),
                idempotent=row["idempotent"],
                pure=row["pure"],
            )
        return known

    async def runnable(self, workflow_version: UUID) -> Runnable:
        known = self._runnables.get(workflow_version)
        if known is None:
            row = await self._one(
                "workflow_version", f"There is no workflow version {workflow_version}.", id=workflow_version
            )
            known = self._runnables[workflow_version] = Runnable(
                id=row["id"],
                organization=row["organization_id"],
                project=row["project_id"],
                name=row["name"],
                version=row["version"],
                route=read_route(row["pinned"].encode()),
            )
        return known

    async def credential(self, organization: UUID, project: UUID | None, name: str) -> dict[str, Any]:
        row = await self._one(
            "credential",
            f"There is no credential named {name!r} in this project or its organization.",
            organization=organization,
            project=project,
            name=name,
        )
        return open_fields(
            self._master_keys, bytes(row["data_key"]), bytes(row["sealed"]), row["organization_id"], row["id"]
        )

    async def add_logs(self, worker: str, lines: Sequence[LogLine]) -> None:
        now = time.monotonic()
        rows = [
            {
                "job_id": line.job,
                "organization_id": line.organization,
                "age_us": int((now - line.at) * 1e6),
                "level": LEVELS[line.level],
                "path": line.path,
                "uses": line.uses,
                "attempt": line.attempt,
                # PostgreSQL's text has no NUL.
                "message": line.message.replace("\0", "\N{REPLACEMENT CHARACTER}"),
                "fields": line.fields or None,
            }
            for line in lines
        ]
        await self._link.rows(
            statement("store", "add_logs"), {"worker": worker, "lines": msgspec.json.encode(rows).decode()}
        )

    @asynccontextmanager
    async def leadership(self, duty: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        connection = await self._link.own_connection()
        async with connection:

            async def ask(sql: str) -> dict[str, Any] | None:
                try:
                    with self._link.impatient(connection):
                        cursor = await connection.execute(sql, {"duty": duty})
                        return await cursor.fetchone() if cursor.description else None
                except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                    raise QueueUnavailable(f"The leadership of {duty} is lost: {error}") from error

            async def still() -> None:
                await ask("SELECT 1")

            while not (row := await ask(statement("store", "is_leader"))) or not row["pg_try_advisory_lock"]:
                await asyncio.sleep(_LEADER_RETRY_SECONDS)
            # The lock is the session's, and a session whose process stands still would keep it for ever.
            await ask(f"SET idle_session_timeout = {self._silent_leader_ms}")
            yield still

    async def wake_due(self, limit: int) -> tuple[int, float | None]:
        row = (await self._run("wake_due", limit=limit))[0]
        return row["woken"], None if row["next_ms"] is None else row["next_ms"] / 1000

    async def rescue(self, limit: int) -> list[Rescued]:
        rows = await self._run("rescue", limit=limit)
        return [Rescued(row["worker"], row["packets"], row["poisoned"]) for row in rows]

    async def ensure_partitions(self) -> int:
        return int((await self._run("ensure_partitions"))[0]["tropeiro_ensure_partitions"])

    async def drop_partitions(self, days: int) -> list[str]:
        return [row["tropeiro_drop_partitions"] for row in await self._run("drop_partitions", days=days)]

    async def retentions(self, days: int) -> list[Retention]:
        return [
            Retention(
                organization=row["organization_id"],
                jobs_before=row["jobs_before"],
                logs_before=row["logs_before"],
                blobs_to=row["blobs_to"],
            )
            for row in await self._run("retentions", days=days)
        ]

    async def forget_lines(self, organization: UUID, before: datetime, limit: int) -> int:
        rows = await self._run("forget_lines", organization=organization, before=before, limit=limit)
        return int(rows[0]["tropeiro_forget_lines"])

    async def forget_jobs(self, organization: UUID, before: datetime, limit: int) -> int:
        rows = await self._run("forget_jobs", organization=organization, before=before, limit=limit)
        return int(rows[0]["tropeiro_forget_jobs"])

    async def empty_weeks(self, organization: UUID, since: date, before: datetime) -> list[tuple[date, bool]]:
        rows = await self._run("empty_weeks", **{"organization": organization, "from": since, "before": before})
        return [(row["monday"], row["empty"]) for row in rows]

    async def note_forgotten(self, organization: UUID, blobs_to: date) -> None:
        await self._run("note_forgotten", organization=organization, blobs_to=blobs_to)

    async def drop_empty_partitions(self) -> list[str]:
        return [row["tropeiro_drop_empty_partitions"] for row in await self._run("drop_empty_partitions")]

    async def forget_workers(self) -> None:
        """Forget workers that ended long ago."""
        await self._run("forget_workers")

    async def _run(self, name: str, /, **params: Any) -> list[dict[str, Any]]:
        return await self._link.rows(statement("store", name), params)

    async def _one(self, name: str, missing: str, /, **params: Any) -> dict[str, Any]:
        rows = await self._run(name, **params)
        if not rows:
            raise NotFound(missing)
        return rows[0]


def _json(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
