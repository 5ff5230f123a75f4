"""The calls that an executor is making, so that stopping it ends them and each says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tropeiro.executors.outcomes import stopped
from tropeiro.kernel.outcome import Outcome


class Calls:
    """Calls under way, each in the task of whoever awaits it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._stopped: set[asyncio.Task[Any]] = set()
        self._idle = asyncio.Event()

    async def run(self, call: Coroutine[Any, Any, Outcome], name: str) -> Outcome:
        """The outcome of ``call``; ``executor_stopped`` when `stop` came first."""
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a call is made in a task")
        self._tasks.add(task)
        try:
            return await call
        except asyncio.CancelledError:
            # What `stop` cancelled ends here and not at the task; what somebody else cancelled too goes on up.
            if task not in self._stopped or task.uncancel() > 0:
                raise
            return stopped(name)
        finally:
            self._tasks.discard(task)
            self._stopped.discard(task)
            if not self._tasks:
                self._idle.set()

    async def stop(self) -> None:
        """Cancel every call, and wait until all have ended."""
        self._idle.clear()
        for task in set(self._tasks):
            self._stopped.add(task)
            task.cancel()
        if self._tasks:
            await self._idle.wait()
