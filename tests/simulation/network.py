"""The way between a worker process and the database, where everything can go wrong that goes wrong on such a way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Protocol
from uuid import UUID

from seeded_workflows import RUNNABLES, SERVICES
from simulated_database import Database, at_once
from virtual_loop import Process

from tropeiro.kernel.packet import Packet
from tropeiro.ports.executor import ServiceVersion
from tropeiro.ports.queue import MANY, Leased, QueueUnavailable, Ready, Settlement, Verdict
from tropeiro.ports.store import LogLine, Rescued, Retention, Runnable

FATES = (
    "cut before", "cut after", "cut late", "die before", "die amid", "die after", "freeze before", "freeze amid",
    "freeze after", "stall",
)  # fmt: skip
"""What can become of one action. *Before*, *amid* and *after* are told of the moment at which it takes effect; *late*:
the connection is cut, and the action takes effect at some time after that."""


class Gone(BaseException):
    """Said to the rest of a process that is dead."""


class Weather(Protocol):
    """Decides what goes wrong."""

    def fate(self, action: str) -> str | None: ...

    def latency(self) -> float: ...

    def long(self) -> float: ...

    def has_large_values(self) -> bool: ...

    def die(self, process: Process) -> None: ...

    def freeze(self, process: Process) -> None: ...


class Connection:
    """The queue and the store, as one process has them. Each action is a message there and another one back."""

    def __init__(self, process: Process, database: Database, weather: Weather) -> None:
        self._process, self._database, self._weather = process, database, weather
        self._server = database.process
        self._ready, self._taken = asyncio.Event(), asyncio.Event()
        self._known: set[UUID] = set()
        database.listeners[process] = (self._ready.set, self._taken.set)

    async def _ask(self, name: str, act: Callable[[], Any], *about: Any) -> Any:
        process, weather = self._process, self._weather
        if process.dead:
            raise Gone
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        send, respond = self._server.later, self._respond
        fate, delay = weather.fate(name), weather.latency()
        if fate is None:
            send(delay, self._arrive, answer, name, act, about, None)
            return await answer
        self._database.tell(process.name, f"! {fate}", name)
        match fate:
            case "cut before":
                send(delay, respond, answer, None, _cut())
            case "cut late":
                send(delay, respond, answer, None, _cut())
                send(weather.long(), self._arrive, answer, name, act, about, None)
            case "die before":
                weather.die(process)
            case "die amid":
                send(delay, self._arrive, answer, name, act, about, None)
                weather.die(process)
            case "freeze before":
                process.later(delay, self._arrive, answer, name, act, about, None)
                weather.freeze(process)
            case "freeze amid":
                send(delay, self._arrive, answer, name, act, about, None)
                weather.freeze(process)
            case "stall":
                send(weather.long(), self._arrive, answer, name, act, about, None)
            case _:
                send(delay, self._arrive, answer, name, act, about, fate)
        return await answer

    def _arrive(
        self, answer: asyncio.Future[Any], name: str, act: Callable[[], Any], about: Any, fate: str | None
    ) -> None:
        process = self._process
        error = None
        said = self._database.act(process.name, name, act, about)
        match fate:
            case "cut after":
                said, error = None, _cut()
            case "die after":
                self._weather.die(process)
            case "freeze after":
                self._weather.freeze(process)
        if not process.dead:
            self._server.later(self._weather.latency(), self._respond, answer, said, error)

    def _respond(self, answer: asyncio.Future[Any], said: Any, error: Exception | None) -> None:
        if self._process.dead or answer.done():
            return
        if error is not None:
            self._database.unlead(self._process)
            answer.set_exception(error)
        else:
            answer.set_result(said)

    # tropeiro.ports.queue

    async def register(self, worker: UUID, name: str, slots: int, lease_ms: int) -> None:
        table = self._database.table
        self._database.homes[worker] = self._process
        await self._ask("register", lambda: at_once(table.register(worker, name, slots, lease_ms)), worker)

    async def lease(
        self, worker: UUID, limit: int, *, share: int = MANY, rooms: Mapping[UUID, int] | None = None
    ) -> list[Leased]:
        # The worker counts on while the message is under way.
        seen = dict(rooms or {})
        return list(await self._ask("lease", lambda: self._database.lease(worker, limit, share, seen), worker, limit))

    async def extend(self, worker: UUID, lease_ms: int) -> set[UUID] | None:
        table = self._database.table
        held: set[UUID] | None = await self._ask("extend", lambda: at_once(table.extend(worker, lease_ms)), worker)
        return held

    async def held(self, worker: UUID) -> set[UUID]:
        return set(await self._ask("held", lambda: at_once(self._database.table.held(worker)), worker))

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        table = self._database.table
        await self._ask("release", lambda: at_once(table.release(worker, packets)), worker, packets)

    async def fault(self, worker: UUID, packet: UUID, token: int) -> None:
        raise AssertionError("a packet broke the worker")

    async def retire(self, worker: UUID, state: str) -> None:
        table = self._database.table
        await self._ask("retire", lambda: at_once(table.retire(worker, state)), worker, state)

    def limits_of(self, packet: Packet) -> tuple[UUID, ...]:
        return self._database.table.limits_of(packet)

    async def make_ready(self, settlement: Settlement) -> Ready:
        if self._weather.has_large_values():
            await self._ask("put_blob", lambda: None, settlement.leased.packet.id)
        return await self._database.table.make_ready(settlement)

    async def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        about = [(r.packet.id, r.settlement.leased.token, type(r.settlement.advance.command).__name__) for r in batch]
        return list(await self._ask("settle", lambda: self._database.settle(worker, batch), worker, about))

    async def announce(self, jobs: Sequence[UUID]) -> None:
        await self._ask("announce", lambda: None)

    async def progress(self, rows: Sequence[tuple[UUID, int, float, str]]) -> None:
        await self._ask("progress", lambda: at_once(self._database.table.progress(rows)))

    async def wait_ready(self, timeout: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(timeout, self._database.next_token())):
                await self._ready.wait()
        self._ready.clear()

    async def wait_taken(self) -> None:
        await self._taken.wait()
        self._taken.clear()

    # tropeiro.ports.store

    async def service(self, version: UUID) -> ServiceVersion:
        if version not in self._known:
            await self._ask("service", lambda: None, version)
            self._known.add(version)
        return SERVICES[version]

    async def runnable(self, workflow_version: UUID) -> Runnable:
        await self._ask("runnable", lambda: None, workflow_version)
        return RUNNABLES[workflow_version]

    async def credential(self, organization: UUID, project: UUID | None, name: str) -> dict[str, Any]:
        raise AssertionError("no simulated step names a credential")

    async def add_logs(self, worker: str, lines: Sequence[LogLine]) -> None:
        await self._ask("add_logs", lambda: None, len(lines))

    @asynccontextmanager
    async def leadership(self, duty: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        async def still() -> None:
            if not await self._ask("still", lambda: self._database.leads(self._process)):
                raise QueueUnavailable("The leadership is lost.")

        while not await self._ask("lead", lambda: self._database.lead(self._process)):
            await asyncio.sleep(2)
        try:
            yield still
        finally:
            if not self._process.dead:
                self._database.unlead(self._process)

    async def wake_due(self, limit: int) -> tuple[int, float | None]:
        woken, due = await self._ask("wake_due", self._database.wake_due)
        return woken, due

    async def rescue(self, limit: int) -> list[Rescued]:
        rescued = await self._ask("rescue", self._database.table.rescue)
        return [Rescued("a worker", rescued, 0)] if rescued else []

    async def ensure_partitions(self) -> int:
        return 0

    async def drop_partitions(self, days: int) -> list[str]:
        return []

    async def retentions(self, days: int) -> list[Retention]:
        return []

    async def forget_workers(self) -> None: ...


def _cut() -> QueueUnavailable:
    return QueueUnavailable("The connection was cut.")
