"""Outcomes in batches: whatever was decided while one batch was being written makes the next.

A lone outcome is written at once, and a thousand a second share their commits; nothing is timed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from tropeiro.ports.queue import Queue, QueueUnavailable, Ready, Verdict

log = logging.getLogger(__name__)

MAX_BATCH = 500
MAX_BATCH_BYTES = 64 * 1024 * 1024
"""A batch that has reached this size takes no more: PostgreSQL takes a gigabyte at once, and so must our memory."""
_FIRST_DELAY, _LAST_DELAY = 0.05, 2.0


class Settler:
    """Writes settlements for one worker, one batch at a time, and waits for a database that is away."""

    def __init__(self, queue: Queue, worker: UUID) -> None:
        self._queue = queue
        self.worker = worker
        self._pending: list[tuple[Ready, asyncio.Future[Verdict]]] = []
        self._some = asyncio.Event()

    def submit(self, ready: Ready) -> asyncio.Future[Verdict]:
        """Have one settlement written, with whatever else is due. The answer raises what the queue says of this very
        one. It is written whether or not anybody still waits for the answer."""
        future: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
        self._pending.append((ready, future))
        self._some.set()
        return future

    async def run(self) -> None:
        """Write batches until cancelled."""
        while True:
            await self._some.wait()
            batch = self._next_batch()
            if not self._pending:
                self._some.clear()
            await self._write(batch)

    def _next_batch(self) -> list[tuple[Ready, asyncio.Future[Verdict]]]:
        count = size = 0
        for ready, _ in self._pending[:MAX_BATCH]:
            if size >= MAX_BATCH_BYTES:
                break
            count, size = count + 1, size + ready.size
        batch, self._pending = self._pending[:count], self._pending[count:]
        return batch

    async def _write(self, batch: Sequence[tuple[Ready, asyncio.Future[Verdict]]]) -> None:
        try:
            verdicts = await self._until_answered([ready for ready, _ in batch])
        except Exception as error:  # noqa: BLE001 - whatever one row did to the batch is told to that row alone
            if len(batch) > 1:
                log.warning("a batch of %s failed (%s); writing one by one", len(batch), error)
                for one in batch:
                    await self._write([one])
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), verdict in zip(batch, verdicts, strict=True):
            if not future.done():
                future.set_result(verdict)

    async def _until_answered(self, batch: list[Ready]) -> list[Verdict]:
        delay = _FIRST_DELAY
        while True:
            try:
                return await self._queue.settle(self.worker, batch)
            except QueueUnavailable as error:
                log.warning("settling waits for the queue: %s", error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LAST_DELAY)
