"""The calls that an executor is making, so that stopping it ends them and says so."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from tropeiro.executors.outcomes import stopped
from tropeiro.kernel.outcome import Outcome


class CallTasks:
    """Runs each call as a task of its own."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Outcome]] = set()

    async def run(self, name: str, call: Coroutine[Any, Any, Outcome]) -> Outcome:
        """The outcome of ``call``; ``executor_stopped`` when `stop` came first. Cancelling this cancels the call."""
        task = asyncio.create_task(call, name=f"call {name}")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait({task})
            raise
        return stopped(name) if task.cancelled() else task.result()

    async def stop(self) -> None:
        """Cancel every call that still runs, and wait until it has ended."""
        running = set(self._running)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
