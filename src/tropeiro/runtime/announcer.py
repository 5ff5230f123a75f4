"""Telling whoever watches a job that something about it was settled."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from tropeiro.ports.queue import Queue, QueueUnavailable

log = logging.getLogger(__name__)

GATHER_SECONDS = 0.01
"""A job of a few milliseconds begins and ends before it is told, so nobody who watches it waits for a second word."""
CALM_SECONDS = 0.05
"""What happens all the time is told this often."""


class Announcer:
    """Gathers the jobs of one worker that changed.

    It is not part of settling: a transaction with a notice in it holds up every other one at its commit, and watchers
    look by themselves from time to time.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue
        self._jobs: dict[UUID, None] = {}
        self._some = asyncio.Event()

    def changed(self, job: UUID) -> None:
        """Something about this job was written."""
        self._jobs[job] = None
        self._some.set()

    async def flush(self) -> None:
        """Tell what is not told yet."""
        jobs, self._jobs = self._jobs, {}
        self._some.clear()
        if jobs:
            try:
                await self._queue.announce(list(jobs))
            except QueueUnavailable as error:
                log.warning("watchers of %s jobs are not told: %s", len(jobs), error)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._some.wait()
            await asyncio.sleep(GATHER_SECONDS)
            await self.flush()
            await asyncio.sleep(CALM_SECONDS - GATHER_SECONDS)
