"""A worker with services that a test makes up, on the queue in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome
from tropeiro.kernel.packet import Route
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState
from tropeiro.ports.executor import Builtin, Call, Reporter, ServiceVersion
from tropeiro.ports.queue import Ready, Verdict
from tropeiro.ports.store import LogLine, Runnable
from tropeiro.queues.memory import MemoryQueue
from tropeiro.queues.memory_table import Job
from tropeiro.runtime.worker import Worker, WorkerOptions

HOUSE = UUID(int=0x70)
Function = Callable[[Call, Reporter], Awaitable[Outcome]]


class WatchedQueue(MemoryQueue):
    """The queue in memory, remembering what was said to it."""

    def __init__(self) -> None:
        super().__init__(lambda: time.time_ns() // 1_000_000)
        self.batches: list[Sequence[Ready]] = []
        self.progressed: list[tuple[UUID, int, float, str]] = []

    async def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        self.batches.append(batch)
        return await super().settle(worker, batch)

    async def progress(self, rows: Sequence[tuple[UUID, int, float, str]]) -> None:
        self.progressed += rows


class Shelf:
    """A store with the services of one test."""

    def __init__(self, queue: MemoryQueue) -> None:
        self._queue = queue
        self.services: dict[UUID, ServiceVersion] = {}
        self.runnables: dict[UUID, Runnable] = {}
        self.credentials: dict[str, dict[str, Any]] = {}
        self.lines: list[tuple[str, JobState]] = []
        """Messages, and the state of the job at the moment when they were written."""

    async def service(self, version: UUID) -> ServiceVersion:
        if version not in self.services:
            raise NotFound(f"There is no service version {version}.")
        return self.services[version]

    async def runnable(self, workflow_version: UUID) -> Runnable:
        return self.runnables[workflow_version]

    async def credential(self, organization: UUID, project: UUID | None, name: str) -> dict[str, Any]:
        if name not in self.credentials:
            raise NotFound(f"There is no credential named {name!r}.")
        return self.credentials[name]

    async def add_logs(self, worker: str, lines: Sequence[LogLine]) -> None:
        self.lines += [(line.message, self._queue.jobs[line.job].state) for line in lines]


class Hands:
    """An executor that calls the functions of one test."""

    def __init__(self) -> None:
        self.functions: dict[str, Function] = {}
        self.calls: list[Call] = []
        self.under_way = self.most = 0

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        self.calls.append(call)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            async with asyncio.timeout(call.timeout_ms / 1000):
                return await self.functions[call.service.name](call, report)
        except TimeoutError:
            return Fail(ErrorInfo(code="timeout", message="too long", retryable=True))
        finally:
            self.under_way -= 1


class Workshop:
    """A queue, a store and an executor, and the workers of one test."""

    def __init__(self, queue: WatchedQueue | None = None) -> None:
        self.queue = queue or WatchedQueue()
        self.store = Shelf(self.queue)
        self.executor = Hands()

    def service(self, name: str, function: Function | None = None, **keys: Any) -> UUID:
        """Publish a service; it answers with its inputs when no function is given."""
        version = uuid7()
        keys.setdefault("implementation", Builtin(name))
        self.store.services[version] = ServiceVersion(
            id=version, organization=HOUSE, project=HOUSE, name=name, version=1, **keys
        )
        self.executor.functions[name] = function or echo
        return version

    def start(self, *steps: dict[str, Any], inputs: Any = None, **envelope: Any) -> UUID:
        """Start a job of these steps."""
        job = uuid7()
        route = routed(*steps, **envelope)
        self.queue.start(Start(id=job, organization=HOUSE, project=HOUSE, name="job", route=route, inputs=inputs or {}))
        return job

    def worker(self, **options: Any) -> Worker:
        settings = replace(WorkerOptions(lease_ms=3_000, drain_seconds=2.0, poll_seconds=0.02), **options)
        return Worker(
            queue=self.queue,
            store=self.store,  # type: ignore[arg-type]
            executor=self.executor,
            callback_url=lambda packet, token: f"/{packet}/{token}",
            options=settings,
        )

    @asynccontextmanager
    async def working(self, **options: Any) -> AsyncIterator[Worker]:
        """A worker that works as long as the block."""
        stop, ready = asyncio.Event(), asyncio.Event()
        worker = self.worker(**options)
        task = asyncio.create_task(worker.run(stop, ready=ready))
        try:
            async with asyncio.timeout(10):
                await ready.wait()
            yield worker
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await task

    async def end_of(self, job: UUID) -> Job:
        """The job, once it is over."""
        await until(lambda: self.queue.jobs[job].state in FINAL_JOB_STATES)
        return self.queue.jobs[job]

    def history(self, job: UUID) -> list[tuple[str, int, str]]:
        """Path, attempt and state of the recorded steps."""
        return [(r.path, r.attempt, r.state.value) for owner, r in self.queue.steps if owner == job]


async def echo(call: Call, report: Reporter) -> Outcome:
    """A service that gives its inputs back."""
    return Done(call.inputs)


def step(step_id: str, service: UUID, **keys: Any) -> dict[str, Any]:
    """A step that calls a service."""
    return {"id": step_id, "uses": "core/set@1", "service": str(service), **keys}


def routed(*steps: dict[str, Any], **envelope: Any) -> Route:
    return make_route({"schema": "tropeiro/v1", "steps": list(steps), **envelope})


async def until(done: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Until something is so."""
    async with asyncio.timeout(seconds):
        while not done():
            await asyncio.sleep(0.002)
