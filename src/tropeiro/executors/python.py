"""Executes async functions of bundles in the worker's own event loop."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tropeiro.executors import printed
from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.calls import Calls
from tropeiro.executors.inline import GRACE, run_inline
from tropeiro.executors.outcomes import unloadable
from tropeiro.kernel.errors import TropeiroError
from tropeiro.kernel.outcome import Outcome
from tropeiro.ports.executor import Call, PythonCode, Reporter
from tropeiro.sdk.definition import ServiceDefinition, definition_of
from tropeiro.sdk.redaction import Redactor

LOAD_TIMEOUT = 60.0
"""Seconds for fetching and importing a bundle; not part of a call's own timeout."""


class PythonExecutor:
    """Runs `PythonCode` that is not blocking. One process, many calls at once."""

    def __init__(self, bundles: BundleCache, *, grace: float = GRACE) -> None:
        self._bundles = bundles
        self._grace = grace
        self._calls = Calls()
        self._definitions: dict[tuple[str, str], tuple[Path, ServiceDefinition]] = {}

    async def start(self) -> None:
        """Take over ``sys.stdout`` and ``sys.stderr``, so that what services print reaches their jobs' logs."""
        printed.install()

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call. Errors: those of `run_inline`, ``service_unloadable``."""
        return await self._calls.run(self._execute(call, report), call.service.name)

    async def stop(self) -> None:
        """Cancel the calls that still run; they answer ``executor_stopped``."""
        await self._calls.stop()
        printed.uninstall()

    async def _execute(self, call: Call, report: Reporter) -> Outcome:
        code = call.service.implementation
        if not isinstance(code, PythonCode):
            raise TypeError(f"PythonExecutor runs PythonCode, not {type(code).__name__}")
        known = self._definitions.get((code.bundle, code.entry))
        if known is None:
            try:
                async with asyncio.timeout(LOAD_TIMEOUT):
                    known = await self._load(code)
            except (TropeiroError, OSError) as error:
                return unloadable(call.service.name, error, Redactor(call.credential))
        folder, definition = known
        return await run_inline(definition, call, report, folder=folder, grace=self._grace)

    async def _load(self, code: PythonCode) -> tuple[Path, ServiceDefinition]:
        folder = await self._bundles.ensure(code.bundle)
        # In a thread: importing a large client library takes seconds, and other calls must go on.
        function = await asyncio.to_thread(self._bundles.load, code.bundle, code.entry)
        known = self._definitions[code.bundle, code.entry] = folder, definition_of(function)
        return known
