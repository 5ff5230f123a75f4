"""One executor for all kinds of implementation."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from tropeiro.kernel.outcome import Outcome
from tropeiro.ports.executor import Builtin, Call, Executor, HttpEndpoint, PythonCode, Reporter


class Dispatch:
    """Gives each call to the executor of its kind."""

    def __init__(self, *, builtin: Executor, inline: Executor, processes: Executor, http: Executor) -> None:
        self._by_kind: Mapping[str, Executor] = {
            "builtin": builtin,
            "inline": inline,
            "processes": processes,
            "http": http,
        }

    async def start(self) -> None:
        """Start all."""
        for executor in self._by_kind.values():
            await executor.start()

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call where it belongs."""
        return await self._by_kind[_kind(call)].execute(call, report)

    async def stop(self) -> None:
        """Stop all, at the same time: each waits for its own."""
        await asyncio.gather(*(executor.stop() for executor in self._by_kind.values()))


def _kind(call: Call) -> str:
    match call.service.implementation:
        case Builtin():
            return "builtin"
        case PythonCode(blocking=True):
            return "processes"
        case PythonCode():
            return "inline"
        case HttpEndpoint():
            return "http"
        case other:
            raise TypeError(f"{type(other).__name__} is not executed but started as a job of its own")
