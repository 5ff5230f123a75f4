"""Workers that come back from the dead: they take packets, let their lease end, and then send what they have.

They speak to the queue as a worker does, from this process, so that what they say late is known exactly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from chaos.outside import Outside, pause, wait_until
from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Advance, Send
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done
from tropeiro.ports.queue import Leased, Ready, Settlement, Span, Verdict
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.stores.blobs import FsspecBlobs

_LEASE_MS = 2_000
_TOKENS = "SELECT count(*) FROM tropeiro_packet WHERE id = ANY (%s) AND state = 'leased' AND worker_id = %s"


@dataclass
class Late:
    """What zombies said too late, and how much of it was believed."""

    said: int = 0
    refused: int = 0
    """In good order: an error of the database is no refusal."""

    @property
    def believed(self) -> int:
        return self.said - self.refused

    def __add__(self, other: Late) -> Late:
        return Late(self.said + other.said, self.refused + other.refused)


class Zombie:
    """One worker without a heart."""

    def __init__(self, url: str, data: Path) -> None:
        self._url, self._blobs = url, FsspecBlobs(f"file://{data / 'blobs'}")

    def outlive(self, outside: Outside, count: int, service: UUID, *, seconds: float = 60) -> Late:
        """Take packets that stand at ``service``, be given up, and settle them late: all of it must be refused."""
        worker, taken = asyncio.run(self._take(count, service, seconds))
        held = [one.packet.id for one in taken]
        wait_until(lambda: outside.value(_TOKENS, [held, worker]) == 0, seconds, "the zombie's packets are taken back")
        pause(0.3)
        return asyncio.run(self._say(worker, taken))

    def repeat(self, count: int, service: UUID, *, seconds: float = 60) -> Late:
        """Settle a step, and settle it again as after an answer that was lost: the second time must be refused."""
        return asyncio.run(self._repeat(count, service, seconds))

    def pretend(self, count: int, service: UUID, *, seconds: float = 60) -> Late:
        """Settle another worker's packets under their right tokens: all of it must be refused."""
        return asyncio.run(self._pretend(count, service, seconds))

    def grab(self, count: int) -> list[UUID]:
        """Ask once for packets; which were given."""
        return asyncio.run(self._grab(count))

    async def _grab(self, count: int) -> list[UUID]:
        async with _Speaking(self._url, self._blobs) as queue:
            worker = uuid7()
            await queue.register(worker, "zombie", count, _LEASE_MS)
            return [one.packet.id for one in await queue.lease(worker, count)]

    async def _take(self, count: int, service: UUID, seconds: float) -> tuple[UUID, list[Leased]]:
        async with _Speaking(self._url, self._blobs) as queue:
            return await _taken(queue, count, service, seconds)

    async def _say(self, worker: UUID, taken: Sequence[Leased]) -> Late:
        async with _Speaking(self._url, self._blobs) as queue:
            return await _late(queue, worker, taken)

    async def _repeat(self, count: int, service: UUID, seconds: float) -> Late:
        async with _Speaking(self._url, self._blobs) as queue:
            worker, taken = await _taken(queue, count, service, seconds)
            if not all(verdict.accepted for verdict in await _settle(queue, worker, taken)):
                raise RuntimeError("a settlement in time was refused")
            return await _late(queue, worker, taken)

    async def _pretend(self, count: int, service: UUID, seconds: float) -> Late:
        async with _Speaking(self._url, self._blobs) as queue:
            _, taken = await _taken(queue, count, service, seconds)
            other = uuid7()
            await queue.register(other, "pretender", 1, _LEASE_MS)
            return await _late(queue, other, taken)


class _Speaking:
    """A queue over a link of its own, for one event loop."""

    def __init__(self, url: str, blobs: FsspecBlobs) -> None:
        self._link = Link(url, application="chaos zombie")
        self._blobs = blobs

    async def __aenter__(self) -> PostgresQueue:
        await self._link.open()
        return PostgresQueue(self._link, self._blobs)

    async def __aexit__(self, *_: object) -> None:
        await self._link.close()


async def _taken(queue: PostgresQueue, count: int, service: UUID, seconds: float) -> tuple[UUID, list[Leased]]:
    """A new worker, and packets whose next step calls ``service``; others are given back."""
    worker = uuid7()
    await queue.register(worker, "zombie", count, _LEASE_MS)
    fit: list[Leased] = []
    async with asyncio.timeout(seconds):
        while len(fit) < count:
            leased = await queue.lease(worker, count - len(fit))
            unfit = [one.packet.id for one in leased if not _stands_at(one, service)]
            fit += [one for one in leased if one.packet.id not in unfit]
            if unfit:
                await queue.release(worker, unfit)
            await asyncio.sleep(0.02)
            await queue.extend(worker, _LEASE_MS)
    return worker, fit


def _stands_at(leased: Leased, service: UUID) -> bool:
    step = leased.packet.route.workflow.steps[leased.packet.step]
    return leased.answer is None and str(step.service) == str(service)


async def _settle(queue: PostgresQueue, worker: UUID, taken: Sequence[Leased]) -> list[Verdict]:
    queue._names[worker] = "zombie"
    ready: list[Ready] = []
    for one in taken:
        made = _decided(one)
        spans = (Span(0.0, 0.0),) * len(made.records)
        ready.append(await queue.make_ready(Settlement(leased=one, advance=made, spans=spans)))
    return await queue.settle(worker, ready)


def _decided(leased: Leased) -> Advance:
    """The call succeeded, or so the zombie says."""
    packet = leased.packet
    if not packet.entered:
        came = advance(packet, None, now_ms=leased.now_ms)
        if not isinstance(came.command, Send):
            return came
        packet = came.command.packet
    return advance(packet, Done({"n": 1}), now_ms=leased.now_ms)


async def _late(queue: PostgresQueue, worker: UUID, taken: Sequence[Leased]) -> Late:
    late = Late()
    for one in taken:
        try:
            (verdict,) = await _settle(queue, worker, [one])
        except psycopg.Error:
            late += Late(1, 0)
        else:
            late += Late(1, int(not verdict.accepted))
    return late
