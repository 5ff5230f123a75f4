"""Reading for many viewers on a few threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from django.db import connection

Answer = TypeVar("Answer")

THREADS = 6
"""Looks at a time; fewer than the connections of a process, so that pages are answered beside them."""
GATHER_SECONDS = 0.005
"""Whoever is woken by the same notice comes within this time."""


class Looks:
    """Reads with a limit on how many go on at a time; who wants the same at the same time shares one.

    Nobody is given the answer of a read that had begun before they asked: it may have missed what they were woken for.
    """

    def __init__(self, threads: int = THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="look")
        self._room = asyncio.Semaphore(threads)
        self._to_begin: dict[Hashable, asyncio.Task[Any]] = {}
        self.count = 0
        """How many reads were made; for tests."""

    async def share(self, key: Hashable, prepare: Callable[[], Callable[[], Answer]]) -> Answer:
        """The answer of a read that begins after now, shared by all who ask with this key until it begins.

        ``prepare`` is called when it begins, and gives what is called on a thread.
        """
        task = self._to_begin.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._read(key, prepare), name=f"look at {key!r:.80}")
            # When all who waited for it are gone, nobody else fetches what it raised.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._to_begin[key] = task
        return cast("Answer", await asyncio.shield(task))

    async def _read(self, key: Hashable, prepare: Callable[[], Callable[[], Answer]]) -> Answer:
        try:
            await asyncio.sleep(GATHER_SECONDS)
            await self._room.acquire()
        finally:
            del self._to_begin[key]
        try:
            self.count += 1
            return await asyncio.get_running_loop().run_in_executor(self._threads, _returning, prepare())
        finally:
            self._room.release()


def _returning(read: Callable[[], Answer]) -> Answer:
    """Read, and give the thread's connection back: between two looks nobody holds one."""
    try:
        return read()
    finally:
        connection.close()
