"""Triggers in PostgreSQL: `tropeiro.ports.schedules.Schedules`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from tropeiro.kernel.errors import NotFound, TropeiroError
from tropeiro.kernel.firing import CatchUp, Claimed, Decision, Overlap, Target, decide, give_up
from tropeiro.kernel.schedule import Schedule
from tropeiro.kernel.start import start_row
from tropeiro.ports.blobs import Blobs
from tropeiro.ports.schedules import Fired
from tropeiro.postgres.link import Ears, Link, heard
from tropeiro.sql import statement
from tropeiro.stores.trigger_targets import Targets

log = logging.getLogger(__name__)

CHANNEL = "tropeiro_trigger"
_CLAIMS = ("claim_due", "claim_waiting", "claim_ahead")
_WAITING_SECONDS = 1.0
"""While a run waits for its turn, so often is it looked whether the one before is over."""

Connection = psycopg.AsyncConnection[dict[str, Any]]


class Defect(TropeiroError):
    """Something that should have been refused when the trigger was saved."""

    code = "defect"


class PostgresSchedules:
    """Claims triggers, decides about them, and writes that: one transaction a round."""

    def __init__(self, link: Link, blobs: Blobs) -> None:
        self._link = link
        self._blobs = blobs
        self._targets = Targets()
        self._changed = asyncio.Event()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        # Only who leads needs to hear, so a connection for it is held by nobody else.
        ears = Ears(self._link, {CHANNEL: lambda _: self._changed.set()})
        await ears.start()
        try:
            yield
        finally:
            await ears.stop()

    async def fire(self, limit: int) -> Fired:
        triggers = jobs = 0
        async with self._link.connection() as connection:
            async with connection.transaction():
                rows = await self._claim(connection, limit)
                if rows:
                    triggers, jobs = len(rows), await self._settle(connection, rows)
            next_due = await _one(connection, "next_due")
        seconds = None if next_due["next_ms"] is None else next_due["next_ms"] / 1000
        if next_due["waiting"]:
            seconds = _WAITING_SECONDS if seconds is None else min(seconds, _WAITING_SECONDS)
        return Fired(triggers, jobs, seconds)

    async def wait_changed(self, timeout: float) -> None:
        await heard(self._changed, timeout)

    async def keep(self, days: int) -> list[str]:
        await self._link.rows(statement("triggers", "ensure_partitions"))
        gone = await self._link.rows(statement("triggers", "drop_partitions"), {"days": days})
        return [row["tropeiro_drop_firing_partitions"] for row in gone]

    async def _claim(self, connection: Connection, limit: int) -> list[dict[str, Any]]:
        claimed: dict[UUID, dict[str, Any]] = {}
        for name in _CLAIMS:
            for row in await _rows(connection, name, limit=limit):
                claimed.setdefault(row["id"], row)
        return list(claimed.values())

    async def _settle(self, connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
        claims = await _read(connection, rows)
        targets = await self._targets.find(connection, [claimed.id for claimed in claims])
        missing: Target | TropeiroError = NotFound("There is nothing to start.")
        decided, jobs, routes = [], [], {}
        for claimed in claims:
            decision, starts = _decide(claimed, targets.get(claimed.id, missing))
            decided.append((claimed, decision))
            for row, blobs in starts:
                for name, data in blobs.items():
                    await self._blobs.put(name, data)
                routes[row["organization_id"], row["route_digest"]] = row.pop("route")
                jobs.append(row)
        fired = await _one(
            connection,
            "fire",
            triggers=_json([_trigger_row(claimed, decision) for claimed, decision in decided]),
            firings=_json(list(_firing_rows(decided))),
            jobs=_json(jobs),
            routes=_json(
                [
                    {"organization_id": organization, "digest": digest, "text": text}
                    for (organization, digest), text in routes.items()
                ]
            ),
        )
        return int(fired["tropeiro_fire"])


def _decide(
    claimed: Claimed, target: Target | TropeiroError
) -> tuple[Decision, list[tuple[dict[str, Any], dict[str, bytes]]]]:
    """The decision about one trigger, and its jobs' rows with their blobs. One trigger never holds up the others."""
    try:
        decision = decide(claimed, target)
        try:
            return decision, [start_row(firing.start) for firing in decision.firings if firing.start is not None]
        except TropeiroError as problem:
            return decide(claimed, problem), []
    except Exception as error:
        log.exception("trigger %s cannot be followed", claimed.id)
        return give_up(claimed, Defect(f"The trigger cannot be followed: {type(error).__name__}: {error}")), []


async def _read(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[Claimed]:
    """The claimed rows as values, with what is under way and what waits of each."""
    known = [job for row in rows for job in row["running"]]
    under_way = {row["id"] for row in await _rows(connection, "under_way", jobs=known)} if known else set()
    waiting: dict[UUID, list[Any]] = {row["id"]: [] for row in rows if row["waiting"]}
    if waiting:
        for row in await _rows(connection, "waiting", triggers=list(waiting)):
            waiting[row["trigger_id"]].append(row["scheduled_for"])
    return [
        Claimed(
            id=row["id"],
            organization=row["organization_id"],
            inputs=msgspec.json.decode(row["inputs"]),
            schedule=Schedule(
                cron=row["cron"],
                every_ms=row["every_ms"],
                zone=row["zone"],
                anchor=row["anchor_at"],
                start=row["start_at"],
                end=row["end_at"],
            ),
            overlap=Overlap(row["overlap"]),
            catch_up=CatchUp(row["catch_up"]),
            grace_ms=row["grace_ms"],
            next_at=row["next_at"],
            now=row["now"],
            running=tuple(job for job in row["running"] if job in under_way),
            waiting=tuple(waiting.get(row["id"], ())),
            failures=row["failures"],
        )
        for row in rows
    ]


def _trigger_row(claimed: Claimed, decision: Decision) -> dict[str, Any]:
    last = decision.firings[-1] if decision.firings else None
    started = [firing.start.id for firing in decision.firings if firing.start is not None]
    return {
        "id": claimed.id,
        "was_at": claimed.next_at,
        "next_at": decision.next_at,
        "failures": decision.failures,
        "running": decision.running,
        "paused": decision.paused,
        "last_at": last.scheduled_for if last else None,
        "last_outcome": last.outcome if last else None,
        "last_job_id": started[-1] if started else None,
    }


def _firing_rows(decided: Iterable[tuple[Claimed, Decision]]) -> Iterable[dict[str, Any]]:
    for claimed, decision in decided:
        for firing in decision.firings:
            yield {
                "trigger_id": claimed.id,
                "scheduled_for": firing.scheduled_for,
                "organization_id": claimed.organization,
                "outcome": firing.outcome,
                "job_id": firing.start.id if firing.start is not None else None,
                "missed": firing.missed,
                "error": firing.error,
            }


async def _rows(connection: Connection, name: str, /, **params: Any) -> list[dict[str, Any]]:
    return await (await connection.execute(statement("triggers", name), params)).fetchall()


async def _one(connection: Connection, name: str, /, **params: Any) -> dict[str, Any]:
    return (await _rows(connection, name, **params))[0]


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
