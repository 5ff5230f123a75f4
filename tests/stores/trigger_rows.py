"""Triggers and what they start, written by SQL, and looked at the same way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from psycopg.rows import dict_row

from tropeiro.kernel.ids import uuid7
from tropeiro.postgres.link import Link
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.schedules import PostgresSchedules

DOCUMENT: dict[str, Any] = {
    "schema": "tropeiro/v1",
    "inputs": {"type": "object", "properties": {"days": {"type": "integer", "default": 7}}},
    "steps": [{"id": "a", "uses": "house/core/set@1", "service": str(UUID(int=1)), "with": {"x": "{{ inputs.days }}"}}],
}


@dataclass(frozen=True)
class Yard:
    """A database with one organization and one workflow, and who fires its triggers."""

    url: str
    blobs: FsspecBlobs
    organization: UUID
    workflow: UUID

    def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Run one statement; its rows."""
        with psycopg.connect(self.url, autocommit=True, row_factory=dict_row) as connection:
            cursor = connection.execute(sql, params)
            return cursor.fetchall() if cursor.description else []

    def trigger(self, *, due: timedelta | None = timedelta(0), **fields: Any) -> UUID:
        """A trigger that was due ``due`` ago; every hour unless said otherwise."""
        id_ = uuid7()
        values: dict[str, Any] = {
            "id": id_,
            "organization_id": self.organization,
            "name": f"t-{id_}",
            "workflow_id": self.workflow,
            "target": "w",
            "every_ms": 3_600_000,
            **fields,
        }
        if due is not None:
            values.setdefault("next_at", self.now() - due)
            values.setdefault("anchor_at", values["next_at"])
        columns = ", ".join(values)
        self.rows(
            f"INSERT INTO tropeiro_trigger ({columns}) VALUES ({', '.join(f'%({name})s' for name in values)})", **values
        )
        return id_

    def many(self, count: int, *, due: timedelta = timedelta(0), **fields: Any) -> None:
        """Triggers that are all due at the same moment."""
        first = self.trigger(due=due, **fields)
        self.rows(
            "INSERT INTO tropeiro_trigger (id, organization_id, name, workflow_id, target, every_ms, next_at,"
            " anchor_at) SELECT gen_random_uuid(), organization_id, 'many-' || n, workflow_id, target, every_ms,"
            " next_at, anchor_at FROM tropeiro_trigger, generate_series(2, %(count)s) n WHERE id = %(first)s",
            count=count,
            first=first,
        )

    def of(self, trigger: UUID) -> dict[str, Any]:
        """A trigger's row."""
        return self.rows("SELECT * FROM tropeiro_trigger WHERE id = %(id)s", id=trigger)[0]

    def firings(self, trigger: UUID) -> list[dict[str, Any]]:
        """What became of its moments, the oldest first."""
        return self.rows("SELECT * FROM tropeiro_firing WHERE trigger_id = %(id)s ORDER BY scheduled_for", id=trigger)

    def outcomes(self, trigger: UUID) -> list[str]:
        """The same, in a word each."""
        return [firing["outcome"] for firing in self.firings(trigger)]

    def jobs(self, trigger: UUID | None = None) -> list[dict[str, Any]]:
        """The jobs that started, the oldest first; of one trigger when it is named."""
        return self.rows(
            "SELECT * FROM tropeiro_job WHERE %(id)s::uuid IS NULL OR trigger_id = %(id)s ORDER BY id", id=trigger
        )

    def finish_jobs(self) -> None:
        """Every job is over."""
        self.rows("UPDATE tropeiro_job SET state = 'succeeded', finished_at = now() WHERE finished_at IS NULL")

    def now(self) -> datetime:
        """The database's clock."""
        moment: datetime = self.rows("SELECT clock_timestamp() AS now")[0]["now"]
        return moment.astimezone(UTC)

    def save(self, document: dict[str, Any], version: int) -> UUID:
        """Another version of the workflow; its id."""
        id_ = uuid7()
        text = msgspec.json.encode(document).decode()
        self.rows(
            "INSERT INTO tropeiro_workflow_version (id, organization_id, workflow_id, version, document, pinned, pins,"
            " message, created_at) VALUES (%(id)s, %(organization)s, %(workflow)s, %(version)s, %(text)s::text,"
            " %(text)s::json, '{}', '', now())",
            id=id_,
            organization=self.organization,
            workflow=self.workflow,
            version=version,
            text=text,
        )
        return id_

    @asynccontextmanager
    async def scheduler(self, *, size: int = 2) -> AsyncIterator[PostgresSchedules]:
        """Somebody who fires, on connections of their own."""
        link = Link(self.url, size=size)
        await link.open()
        try:
            yield PostgresSchedules(link, self.blobs)
        finally:
            await link.close()


def make_yard(url: str, folder: Path) -> Yard:
    """A yard on a migrated database without triggers."""
    yard = Yard(url, FsspecBlobs(f"file://{folder}"), uuid7(), uuid7())
    yard.rows("TRUNCATE tropeiro_trigger, tropeiro_firing, tropeiro_job, tropeiro_packet, tropeiro_route")
    yard.rows(
        "INSERT INTO tropeiro_organization (id, slug, name, data_key, created_at)"
        " VALUES (%(id)s, %(slug)s, 'O', '', now())",
        id=yard.organization,
        slug=f"o-{yard.organization}",
    )
    yard.rows(
        "INSERT INTO tropeiro_workflow (id, organization_id, name, description, automation, created_at)"
        " VALUES (%(id)s, %(organization)s, 'w', '', false, now())",
        id=yard.workflow,
        organization=yard.organization,
    )
    yard.save(DOCUMENT, 1)
    return yard
