"""A worker: takes packets, keeps its leases, gives back what it cannot finish."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from uuid import UUID

import msgspec

from tropeiro.ports.executor import Executor
from tropeiro.ports.queue import Leased, Queue, QueueUnavailable
from tropeiro.ports.store import Store
from tropeiro.runtime.announcer import Announcer
from tropeiro.runtime.job_manager import JobManager
from tropeiro.runtime.reports import Reports
from tropeiro.runtime.settler import Settler
from tropeiro.runtime.surroundings import REAL, Surroundings

log = logging.getLogger(__name__)


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker works."""

    slots: int = 64
    """Packets at once."""
    lease_ms: int = 15_000
    """After so long without a sign, the worker's packets go to others."""
    drain_seconds: float = 30.0
    """How long running steps may take to end when the worker stops."""
    poll_seconds: float = 2.0
    """How often an idle worker looks without having been told."""
    name: str = ""
    """Shown to people; host and process by default."""


LEASE_AT_ONCE = 200
_GATHER_SECONDS = 0.002
_RETRY_SECONDS = 0.5


def share_of(slots: int) -> int:
    """How many slots of a worker the packets of one organization may take: all but an eighth, which is for those that
    hold none. A packet keeps its slot from step to step, so without that nobody else would begin before it ends."""
    return slots - max(1, slots // 8) if slots > 1 else slots


class Worker:
    """One worker of this process. ``run`` it once."""

    def __init__(
        self,
        *,
        queue: Queue,
        store: Store,
        executor: Executor,
        callback_url: Callable[[UUID, int], str],
        options: WorkerOptions | None = None,
        surroundings: Surroundings = REAL,
    ) -> None:
        self.options = options or WorkerOptions()
        self._new_id = surroundings.new_id
        self.id = self._new_id()
        self.name = self.options.name or f"{socket.gethostname()}:{os.getpid()}"
        self._queue = queue
        self._executor = executor
        self._running: dict[UUID, asyncio.Task[None]] = {}
        self._held: Counter[UUID] = Counter()
        self._share = share_of(self.options.slots)
        self._strangers: set[UUID] = set()
        self._freed = asyncio.Event()
        self._asking = False
        self._draining = False
        self._settler = Settler(queue, self.id)
        self._announcer = Announcer(queue)
        self._reports = Reports(queue, store, self.name, surroundings)
        self._manager = JobManager(
            queue=queue, store=store, executor=executor, settler=self._settler, reports=self._reports,
            callback_url=callback_url, spare=self._spare_for, begin=self._begin, draining=lambda: self._draining,
            changed=self._announcer.changed, surroundings=surroundings,
        )  # fmt: skip

    async def run(self, stop: asyncio.Event, *, ready: asyncio.Event | None = None) -> None:
        """Work until ``stop`` is set, then drain. ``ready`` is set once packets can be taken."""
        await self._executor.start()
        await self._register()
        chores = [
            asyncio.create_task(chore, name=name)
            for name, chore in {
                "settle": self._settler.run(),
                "report": self._reports.run(),
                "announce": self._announcer.run(),
                "heartbeat": self._keep_leases(),
                "listen": self._hear_of_losses(),
            }.items()
        ]
        taking = asyncio.create_task(self._take_packets(), name="take")
        if ready is not None:
            ready.set()
        stopped = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait([stopped, taking, *chores], return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self._drain(taking)
            ended = [stopped, *chores]
            for task in ended:
                task.cancel()
            results = await asyncio.gather(*ended, taking, return_exceptions=True)
            await self._executor.stop()
        for result in results:
            if isinstance(result, Exception):
                raise result

    # Taking

    async def _take_packets(self) -> None:
        """Lease whenever there is room; several at a time, so that a busy worker does not ask for one after one."""
        while True:
            await self._room()
            limit = min(self._spare(), LEASE_AT_ONCE)
            rooms = {organization: self._share - held for organization, held in self._held.items()}
            self._freed.clear()
            self._asking = True
            try:
                leased = await self._queue.lease(self.id, limit, share=self._share, rooms=rooms)
            except QueueUnavailable as error:
                log.warning("taking packets waits for the queue: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
                continue
            finally:
                self._asking = False
            for one in leased:
                self._begin(one)
                # A job that begins, or goes on after a wait, says so before its first step has ended.
                self._announcer.changed(one.packet.job)
            if len(leased) < limit:
                taken = Counter(one.packet.organization for one in leased)
                rooms = dict.fromkeys(taken, self._share) | rooms
                await self._more(any(taken[organization] >= room for organization, room in rooms.items()))

    async def _room(self) -> None:
        while self._spare() <= 0:
            self._freed.clear()
            await self._freed.wait()
        if self._spare() < self.options.slots // 4:
            await asyncio.sleep(_GATHER_SECONDS)

    async def _more(self, some_had_their_share: bool) -> None:
        """Wait until more may be had; also by an organization that had its share and may have some more waiting."""
        if not some_had_their_share:
            await self._queue.wait_ready(self.options.poll_seconds)
            return
        waits = [
            asyncio.create_task(self._queue.wait_ready(self.options.poll_seconds)),
            asyncio.create_task(self._freed.wait()),
        ]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _spare(self) -> int:
        return 0 if self._draining else self.options.slots - len(self._running)

    def _spare_for(self, organization: UUID) -> int:
        """How many packets more of this organization the worker could execute now."""
        return min(self._spare(), self._share - self._held[organization])

    def _begin(self, leased: Leased) -> None:
        packet, organization = leased.packet.id, leased.packet.organization
        task = asyncio.create_task(self._live(leased))
        self._running[packet] = task
        self._held[organization] += 1
        task.add_done_callback(lambda done: self._ended(packet, organization, done))

    async def _live(self, leased: Leased) -> None:
        packet = leased.packet
        try:
            await self._manager.live(leased)
        except asyncio.CancelledError:
            raise
        except Exception:
            # A packet that breaks the machinery must not take the worker along; it is given back, counted as taken, and
            # set aside by the rescuer's limit if it goes on like this.
            log.exception("packet %s of job %s could not be carried", packet.id, packet.job)
            with suppress(QueueUnavailable):
                await self._queue.fault(self.id, packet.id, leased.token)

    def _ended(self, packet: UUID, organization: UUID, task: asyncio.Task[None]) -> None:
        if self._running.get(packet) is task:
            del self._running[packet]
        self._held[organization] -= 1
        if not self._held[organization]:
            del self._held[organization]
        self._freed.set()

    # Keeping

    async def _register(self) -> None:
        while True:
            try:
                await self._queue.register(self.id, self.name, self.options.slots, self.options.lease_ms)
            except QueueUnavailable as error:
                log.warning("registering waits for the queue: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def _keep_leases(self) -> None:
        interval = self.options.lease_ms / 3000
        pause = interval
        while True:
            await asyncio.sleep(pause)
            known = dict(self._running)
            try:
                held = await self._queue.extend(self.id, self.options.lease_ms)
                if held is None:
                    await self._start_over()
                else:
                    self._let_go(known, held)
                    await self._return_strangers(held)
            except QueueUnavailable as error:
                # The lease goes on running out meanwhile, so the next try does not wait for its turn.
                log.warning("the heartbeat waits for the queue: %s", error)
                pause = min(interval, _RETRY_SECONDS)
            else:
                pause = interval

    async def _hear_of_losses(self) -> None:
        while True:
            await self._queue.wait_taken()
            known = dict(self._running)
            try:
                self._let_go(known, await self._queue.held(self.id))
            except QueueUnavailable as error:
                log.warning("the heartbeat will tell what was taken away: %s", error)

    def _let_go(self, known: dict[UUID, asyncio.Task[None]], held: set[UUID]) -> None:
        """Cancel what is no longer ours of what was known before; what is just being settled ends by itself."""
        for packet in known.keys() - held - self._manager.settling:
            # A packet that came back since then, say as its own join, is another task.
            if self._running.get(packet) is known[packet]:
                known[packet].cancel()

    async def _return_strangers(self, held: set[UUID]) -> None:
        """Packets that the database says are ours and nobody here knows, at two heartbeats: an answer got lost."""
        if self._asking:
            # What is just being taken is not known yet.
            return
        strangers = held - set(self._running)
        lost = strangers & self._strangers
        self._strangers = strangers - lost
        if lost:
            log.warning("giving back %s packets that this worker was leased without hearing of it", len(lost))
            await self._queue.release(self.id, list(lost))

    async def _start_over(self) -> None:
        """This worker was believed dead and its packets went to others: drop everything, and come back as a new one."""
        log.warning("the lease of worker %s was lost; starting over", self.id)
        for task in list(self._running.values()):
            task.cancel()
        self.id = self._settler.worker = self._new_id()
        await self._register()

    # Ending

    async def _drain(self, taking: asyncio.Task[None]) -> None:
        """Take no more, let running steps end, give back the rest."""
        self._draining = True
        taking.cancel()
        with suppress(QueueUnavailable):
            await self._queue.retire(self.id, "draining")
        running = list(self._running.values())
        if running:
            log.info("draining: %s packets under way", len(running))
            await asyncio.wait(running, timeout=self.options.drain_seconds)
        rest = dict(self._running)
        for task in rest.values():
            task.cancel()
        if rest:
            await asyncio.wait(rest.values(), timeout=5)
        await self._reports.flush()
        await self._announcer.flush()
        with suppress(QueueUnavailable):
            held = await self._queue.held(self.id)
            if held:
                await self._queue.release(self.id, list(held))
            await self._queue.retire(self.id, "stopped")
