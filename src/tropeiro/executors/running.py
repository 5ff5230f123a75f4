"""The calls that an executor is making, so that it can be stopped below them."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tropeiro.executors.outcomes import stopped
from tropeiro.kernel.outcome import Outcome


class Running:
    """A set of calls. Each is a task of its own: cancelled from outside it raises, stopped from here it answers."""

    def __init__(self) -> None:
        self._calls: set[asyncio.Task[Outcome]] = set()

    async def run(self, call: Coroutine[Any, Any, Outcome], name: str) -> Outcome:
        """Await ``call``; cancelling the caller cancels it, and waits until it has ended."""
        task = asyncio.create_task(call, name=f"call of {name}")
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        return stopped(name) if task.cancelled() else task.result()

    async def stop(self) -> None:
        """Cancel every call, and wait until all have ended. They answer ``executor_stopped``."""
        calls = set(self._calls)
        for task in calls:
            task.cancel()
        if calls:
            await asyncio.wait(calls)
