"""Each queue with the acts and the clock that a test needs, under one face."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import msgspec

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, Fail
from tropeiro.kernel.start import Start, start_row
from tropeiro.kernel.wire import pack_answer
from tropeiro.ports.queue import Queue
from tropeiro.postgres.link import Link
from tropeiro.queues.memory import MemoryQueue
from tropeiro.queues.memory_limits import Rule
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.sql import statement
from tropeiro.stores.blobs import FsspecBlobs

LEASE_MS = 60_000


class Carrier(Protocol):
    """A queue, and what people and duties do to it."""

    queue: Queue

    async def worker(self) -> UUID:
        """A new worker."""

    async def start(self, *jobs: Start) -> None: ...

    async def cancel(self, job: Start) -> int: ...

    async def pause(self, job: Start) -> int: ...

    async def resume(self, job: Start) -> int: ...

    async def approve(self, job: Start, path: str, answer: Done | Fail) -> bool: ...

    async def callback(self, packet: UUID, token: int, answer: Done | Fail) -> bool: ...

    async def wake_due(self) -> int: ...

    async def rescue(self) -> int: ...

    async def pass_time(self, milliseconds: int) -> None:
        """Let the clock that decides about time go on."""

    async def lose(self, worker: UUID) -> None:
        """The worker gives no sign of life until its lease has ended."""

    async def limit(self, rule: Rule) -> None:
        """Set a limit on calls, or change the numbers of one."""

    async def unlimit(self, limit: UUID) -> None:
        """Remove a limit."""

    async def job(self, job: UUID) -> tuple[str, Any, str | None]:
        """State, output, and error code."""

    async def steps(self, job: UUID) -> list[tuple[str, int, str]]:
        """Path, attempt and state of the recorded steps, sorted."""

    async def usage(self, job: UUID) -> list[tuple[str, int, UUID]]:
        """Path, round and service version of the usage records, sorted."""

    async def leftovers(self) -> int:
        """Packets, joins and arrivals that are still there."""


class MemoryCarrier:
    """The queue in memory."""

    def __init__(self) -> None:
        self._now_ms = 1_900_000_000_000
        self.queue: MemoryQueue = MemoryQueue(lambda: self._now_ms)

    async def worker(self) -> UUID:
        worker = uuid7()
        await self.queue.register(worker, "worker", 100, LEASE_MS)
        return worker

    async def start(self, *jobs: Start) -> None:
        for one in jobs:
            self.queue.start(one)

    async def cancel(self, job: Start) -> int:
        return self.queue.cancel(job.id)

    async def pause(self, job: Start) -> int:
        return self.queue.pause(job.id)

    async def resume(self, job: Start) -> int:
        return self.queue.resume(job.id)

    async def approve(self, job: Start, path: str, answer: Done | Fail) -> bool:
        return self.queue.approve(job.id, path, answer)

    async def callback(self, packet: UUID, token: int, answer: Done | Fail) -> bool:
        return self.queue.callback(packet, token, answer)

    async def wake_due(self) -> int:
        return self.queue.wake_due()

    async def rescue(self) -> int:
        return self.queue.rescue()

    async def pass_time(self, milliseconds: int) -> None:
        self._now_ms += milliseconds

    async def lose(self, worker: UUID) -> None:
        await self.queue.extend(worker, -1)
        self._now_ms += 1

    async def limit(self, rule: Rule) -> None:
        self.queue.limits.put(rule)

    async def unlimit(self, limit: UUID) -> None:
        self.queue.limits.remove(limit)

    async def job(self, job: UUID) -> tuple[str, Any, str | None]:
        known = self.queue.jobs[job]
        return known.state.value, known.output, known.error.code if known.error else None

    async def steps(self, job: UUID) -> list[tuple[str, int, str]]:
        return sorted((r.path, r.attempt, r.state.value) for owner, r in self.queue.steps if owner == job)

    async def usage(self, job: UUID) -> list[tuple[str, int, UUID]]:
        return sorted((r.path, r.round, r.billed) for owner, r in self.queue.steps if owner == job and r.billed)

    async def leftovers(self) -> int:
        return len(self.queue.entries) + len(self.queue.meetings)


class PostgresCarrier:
    """The queue in PostgreSQL. Time passes by moving the moments that rows name."""

    def __init__(self, link: Link, queue: PostgresQueue) -> None:
        self.link, self.queue = link, queue

    async def worker(self) -> UUID:
        worker = uuid7()
        await self.queue.register(worker, "worker", 100, LEASE_MS)
        return worker

    async def start(self, *jobs: Start) -> None:
        rows = [start_row(one)[0] for one in jobs]
        await self.link.rows(statement("store", "start"), {"jobs": _text(rows)})

    async def cancel(self, job: Start) -> int:
        return await self._act("cancel", job)

    async def pause(self, job: Start) -> int:
        return await self._act("pause", job)

    async def resume(self, job: Start) -> int:
        return await self._act("resume", job)

    async def approve(self, job: Start, path: str, answer: Done | Fail) -> bool:
        outcome = pack_answer(answer, job.organization, job.id).text.decode()
        return bool(await self._act("approve", job, path=path, answer=outcome))

    async def callback(self, packet: UUID, token: int, answer: Done | Fail) -> bool:
        outcome = pack_answer(answer, packet, packet).text.decode()
        rows = await self.link.rows(
            statement("store", "callback"), {"packet": packet, "token": token, "answer": outcome}
        )
        return bool(rows[0]["tropeiro_callback"])

    async def wake_due(self) -> int:
        return int((await self.link.rows(statement("store", "wake_due"), {"limit": 100}))[0]["woken"])

    async def rescue(self) -> int:
        rows = await self.link.rows(statement("store", "rescue"), {"limit": 5})
        return sum(row["packets"] for row in rows)

    async def pass_time(self, milliseconds: int) -> None:
        gone = {"gone": milliseconds}
        for moment in ("due_at", "deadline_at", "since", "started_at"):
            await self.link.rows(f"UPDATE tropeiro_packet SET {moment} = {moment} - %(gone)s * interval '1 ms'", gone)
        await self.link.rows("UPDATE tropeiro_worker SET lease_until = lease_until - %(gone)s * interval '1 ms'", gone)
        await self.link.rows("UPDATE tropeiro_limit SET filled_at = filled_at - %(gone)s * interval '1 ms'", gone)

    async def lose(self, worker: UUID) -> None:
        await self.queue.extend(worker, -1)

    async def limit(self, rule: Rule) -> None:
        limit = rule.limit
        params = {
            "id": limit.id, "organization": limit.organization, "kind": limit.kind.value, "subject": limit.subject,
            "everyone": limit.everyone, "project": limit.project, "concurrency": rule.concurrency, "calls": rule.calls,
            "period_ms": rule.calls and rule.period_ms, "burst": rule.calls and rule.burst,
        }  # fmt: skip
        await self.link.rows(statement("limits", "set_limit"), params)
        self.queue.hear_of_limits()

    async def unlimit(self, limit: UUID) -> None:
        await self.link.rows(statement("limits", "remove_limit"), {"id": limit})
        self.queue.hear_of_limits()

    async def job(self, job: UUID) -> tuple[str, Any, str | None]:
        row = (await self.link.rows("SELECT state, output, error FROM tropeiro_job WHERE id = %(job)s", {"job": job}))[
            0
        ]
        return row["state"], row["output"], row["error"]["code"] if row["error"] else None

    async def steps(self, job: UUID) -> list[tuple[str, int, str]]:
        rows: Sequence[dict[str, Any]] = await self.link.rows(
            "SELECT path, attempt, state FROM tropeiro_step WHERE job_id = %(job)s", {"job": job}
        )
        return sorted((row["path"], row["attempt"], row["state"]) for row in rows)

    async def usage(self, job: UUID) -> list[tuple[str, int, UUID]]:
        rows = await self.link.rows(
            "SELECT path, round, service_version_id FROM tropeiro_usage WHERE job_id = %(job)s", {"job": job}
        )
        return sorted(tuple(row.values()) for row in rows)

    async def leftovers(self) -> int:
        rows = await self.link.rows(
            "SELECT (SELECT count(*) FROM tropeiro_packet) + (SELECT count(*) FROM tropeiro_join)"
            " + (SELECT count(*) FROM tropeiro_arrival) AS n"
        )
        return int(rows[0]["n"])

    async def _act(self, act: str, job: Start, **more: Any) -> int:
        rows = await self.link.rows(statement("store", act), {"organization": job.organization, "job": job.id, **more})
        return int(next(iter(rows[0].values())))


@asynccontextmanager
async def postgres_carrier(url: str, blobs: Path) -> AsyncIterator[PostgresCarrier]:
    """The PostgreSQL queue, emptied."""
    link = Link(url)
    await link.open()
    try:
        await link.rows(
            "TRUNCATE tropeiro_packet, tropeiro_join, tropeiro_arrival, tropeiro_worker, tropeiro_job, tropeiro_step,"
            " tropeiro_limit"
        )
        yield PostgresCarrier(link, PostgresQueue(link, FsspecBlobs(blobs.as_uri())))
    finally:
        await link.close()


def _text(rows: list[dict[str, Any]]) -> str:
    return msgspec.json.encode(rows).decode()
