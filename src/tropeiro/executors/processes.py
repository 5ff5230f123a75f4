"""Executes plain functions of bundles in a pool of processes, which can be ended at any moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.calls import Calls
from tropeiro.executors.outcomes import timed_out, unloadable
from tropeiro.executors.printed import Printed
from tropeiro.executors.process import ServiceProcess, Talk
from tropeiro.executors.turns import Turns
from tropeiro.executors.wire import Answered, Run
from tropeiro.kernel.errors import TropeiroError
from tropeiro.kernel.outcome import Done, Outcome
from tropeiro.ports.executor import Call, PythonCode, Reporter
from tropeiro.sdk.redaction import Redactor

LOAD_TIMEOUT = 60.0
"""Seconds for starting a process and importing a bundle; not part of a call's own timeout."""


class ProcessExecutor:
    """Runs `PythonCode` that is blocking, each call in a process that has nothing else to do.

    A process imports one bundle and keeps it for later calls. There are never more than ``size`` of them, for which
    organizations take turns; a new one waits ready for the next bundle while there is room; one that was idle for
    ``idle_after`` seconds is ended. A call that times out or is cancelled gets SIGTERM, and SIGKILL after ``grace``
    seconds. ``memory_limit`` bounds the address space of each process, in bytes.
    """

    def __init__(
        self,
        bundles: BundleCache,
        *,
        size: int,
        idle_after: float = 60.0,
        grace: float = 2.0,
        memory_limit: int | None = None,
    ) -> None:
        if size < 1:
            raise ValueError(f"a pool of {size} processes can make no call")
        self._bundles = bundles
        self._size = size
        self._idle_after = idle_after
        self._grace = grace
        self._memory_limit = memory_limit
        self._room = Turns(size)
        self._processes: set[ServiceProcess] = set()
        self._idle: list[ServiceProcess] = []
        """Those without a call, the one that has waited longest first."""
        self._endings: set[asyncio.Task[None]] = set()
        self._calls = Calls()
        self._open = False

    async def start(self) -> None:
        """Start the first process, so that the first call finds it ready."""
        self._open = True
        self._keep_one_ready()

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call. Errors besides the service's own: ``timeout``, ``service_crashed``, ``service_unloadable``,
        ``invalid_input``, ``output_not_json``, ``output_too_large``, ``executor_stopped``.
        """
        return await self._calls.run(self._execute(call, report), call.service.name)

    async def stop(self) -> None:
        """End the calls that still run (they answer ``executor_stopped``), then every process."""
        self._open = False
        await self._calls.stop()
        for process in tuple(self._processes):
            self._end_soon(process)
        if self._endings:
            await asyncio.wait(set(self._endings))

    async def _execute(self, call: Call, report: Reporter) -> Outcome:
        code = call.service.implementation
        if not isinstance(code, PythonCode):
            raise TypeError(f"ProcessExecutor runs PythonCode, not {type(code).__name__}")
        redactor = Redactor(call.credential)
        try:
            async with asyncio.timeout(LOAD_TIMEOUT):
                folder = await self._bundles.ensure(code.bundle)
        except (TropeiroError, OSError) as error:
            return unloadable(call.service.name, error, redactor)
        async with self._room.place(call.organization):
            try:
                process = self._take(code.bundle)
            except OSError as error:
                return unloadable(call.service.name, error, redactor)
            try:
                return await self._talk(process, call, code, folder, report, redactor)
            except BaseException:
                # Cancelled, or a broken report: either way nobody waits for its answer any more.
                await self._end(process)
                raise
            finally:
                self._give_back(process)

    async def _talk(
        self,
        process: ServiceProcess,
        call: Call,
        code: PythonCode,
        folder: Path,
        report: Reporter,
        redactor: Redactor,
    ) -> Outcome:
        inputs = msgspec.Raw(msgspec.json.encode(call.inputs))

        def message(number: int) -> Run:
            return Run(
                number=number,
                folder=str(folder),
                bundle=code.bundle,
                entry=code.entry,
                inputs=inputs,
                job=call.job,
                organization=call.organization,
                project=call.project,
                path=call.path,
                attempt=call.attempt,
                key=call.key,
                timeout_ms=call.timeout_ms,
                credential=call.credential,
            )

        try:
            async with asyncio.timeout(LOAD_TIMEOUT):
                talk = await process.begin(message, report, Printed(report, redactor))
                await talk.began
        except TimeoutError as error:
            await self._end(process)
            return unloadable(call.service.name, error, redactor)
        await asyncio.wait({talk.ended}, timeout=call.timeout_ms / 1_000)
        if not talk.ended.done():
            await self._end(process)
            return timed_out(call.service.name, call.timeout_ms)
        return _outcome(talk)

    def _take(self, bundle: str) -> ServiceProcess:
        warm = [process for process in self._idle if process.bundle == bundle]
        fresh = [process for process in self._idle if process.bundle is None]
        if warm or fresh:
            process = (warm or fresh)[-1]
            self._idle.remove(process)
        else:
            if len(self._processes) >= self._size:
                self._end_soon(self._idle[0])
            process = self._start_process()
        if process.expiry is not None:
            process.expiry.cancel()
        process.bundle = bundle
        self._ready_soon()
        return process

    def _give_back(self, process: ServiceProcess) -> None:
        if process in self._processes:
            self._idle.append(process)
            loop = asyncio.get_running_loop()
            process.expiry = loop.call_later(self._idle_after, self._end_soon, process)
        self._ready_soon()

    def _ready_soon(self) -> None:
        # Not right here: that a spare process cannot be started is no failure of the present call.
        asyncio.get_running_loop().call_soon(self._keep_one_ready)

    def _keep_one_ready(self) -> None:
        ready = any(process.bundle is None for process in self._idle)
        if self._open and not ready and len(self._processes) < self._size:
            self._idle.append(self._start_process())

    def _start_process(self) -> ServiceProcess:
        process = ServiceProcess(self._forget, memory_limit=self._memory_limit)
        self._processes.add(process)
        return process

    def _forget(self, process: ServiceProcess) -> None:
        self._processes.discard(process)
        if process in self._idle:
            self._idle.remove(process)

    def _end_soon(self, process: ServiceProcess) -> asyncio.Task[None]:
        self._forget(process)
        task = asyncio.create_task(process.end(self._grace), name=f"end of service process {process.pid}")
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)
        return task

    async def _end(self, process: ServiceProcess) -> None:
        # Shielded: a second cancellation must not leave the process half ended.
        await asyncio.shield(self._end_soon(process))


def _outcome(talk: Talk) -> Outcome:
    answer = talk.ended.result()
    return Done(msgspec.json.decode(answer.output)) if isinstance(answer, Answered) else answer
