"""Telling watchers: soon, and not more often than they can look."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast
from uuid import UUID

from tropeiro.ports.queue import Queue
from tropeiro.runtime.announcer import CALM_SECONDS, GATHER_SECONDS, Announcer

ONE, OTHER = UUID(int=1), UUID(int=2)


class Crier:
    """A queue that only announces, and remembers when."""

    def __init__(self) -> None:
        self.told: list[tuple[float, list[UUID]]] = []
        self.heard = asyncio.Event()

    async def announce(self, jobs: Sequence[UUID]) -> None:
        self.told.append((asyncio.get_running_loop().time(), list(jobs)))
        self.heard.set()

    async def next(self) -> None:
        """Until something is told."""
        self.heard.clear()
        async with asyncio.timeout(5):
            await self.heard.wait()


@asynccontextmanager
async def announcing() -> AsyncIterator[tuple[Announcer, Crier]]:
    crier = Crier()
    announcer = Announcer(cast(Queue, crier))
    task = asyncio.create_task(announcer.run())
    yield announcer, crier
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_job_that_begins_and_ends_at_once_is_one_word() -> None:
    async with announcing() as (announcer, crier):
        began = asyncio.get_running_loop().time()
        announcer.changed(ONE)
        await asyncio.sleep(0)
        announcer.changed(ONE)
        await crier.next()
    ((at, jobs),) = crier.told
    assert jobs == [ONE]
    assert at - began >= GATHER_SECONDS * 0.9


async def test_what_changes_all_the_time_is_told_after_a_pause() -> None:
    async with announcing() as (announcer, crier):
        announcer.changed(ONE)
        await crier.next()
        announcer.changed(OTHER)
        announcer.changed(ONE)
        await crier.next()
    (first, _), (second, jobs) = crier.told
    assert jobs == [OTHER, ONE]
    assert second - first >= CALM_SECONDS * 0.9
