"""Queue and store under any order of events: Hypothesis makes them up, and what is promised must hold after each."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from carriers import Carrier, MemoryCarrier, PostgresCarrier
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from scenes import call, carry_all, failure, job, onward, route, settle

from tropeiro.kernel.outcome import Done, Outcome
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import FINAL_JOB_STATES
from tropeiro.ports.queue import Leased
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.stores.blobs import FsspecBlobs

RETRY = {"attempts": 3, "delay": "1s", "jitter": 0}
ROUTES = (
    route(call("a"), call("b", retry=RETRY), call("c", on_error="continue")),
    route(
        {"id": "each", "foreach": "{{ [1, 2, 3, 4] }}", "concurrency": 2, "steps": [call("x"), call("y", retry=RETRY)]}
    ),
    route({"id": "par", "join": "any", "branches": {"l": [call("p")], "r": [{"id": "w", "wait": "3s"}, call("q")]}}),
    route(
        {
            "id": "out", "foreach": "{{ [1, 2] }}", "timeout": "20s", "on_error": [call("mend")],
            "steps": [{"id": "two", "branches": {"l": [call("m")], "r": [call("n")]}}],
        }
    ),
    route({"id": "ask", "approval": {"title": "?", "timeout": "9s"}, "on_error": "continue"}, call("z")),
)  # fmt: skip
FINAL = {state.value for state in FINAL_JOB_STATES}
OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.integers().map(Done), st.just(failure(retryable=True)), st.just(failure())
)


class QueueMachine(RuleBasedStateMachine):
    """Workers, people and time, all at once."""

    make: Any

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.jobs: list[Start] = []
        self.workers: list[UUID] = []
        self.lost: set[UUID] = set()
        self.held: list[tuple[UUID, Leased]] = []
        self.ended: dict[UUID, str] = {}
        self.paused: set[UUID] = set()

    def do(self, doing: Any) -> Any:
        return self.loop.run_until_complete(doing)

    @initialize()
    def begin(self) -> None:
        self.carrier: Carrier = self.do(self.make(self))
        self.hire()
        for which in ROUTES[:3]:
            self.start(which, 0)

    @rule()
    def hire(self) -> None:
        self.workers.append(self.do(self.carrier.worker()))

    @rule(which=st.sampled_from(ROUTES), priority=st.integers(0, 2))
    def start(self, which: Any, priority: int) -> None:
        begun = job(which, priority=priority)
        self.do(self.carrier.start(begun))
        self.jobs.append(begun)

    @rule(data=st.data(), limit=st.integers(1, 4))
    def lease(self, data: st.DataObject, limit: int) -> None:
        worker = data.draw(st.sampled_from(self.workers))
        self.lease_for(worker, limit)

    def lease_for(self, worker: UUID, limit: int) -> None:
        leased = self.do(self.carrier.queue.lease(worker, limit))
        assert not leased or worker not in self.lost, "a lost worker was given packets"
        taken = {one.packet.id for holder, one in self.held if holder not in self.lost}
        # Ids are random; what Hypothesis draws by place must stand in the same place when it tries again.
        births = [begun.id for begun in self.jobs]
        for one in sorted(leased, key=lambda one: (births.index(one.packet.job), one.packet.step, one.packet.branch)):
            assert one.packet.job not in self.paused, "a packet of a paused job was given out"
            assert one.packet.id not in taken, "a packet was given to two workers"
            self.held.append((worker, one))

    @precondition(lambda self: self.held)
    @rule(data=st.data(), outcome=OUTCOMES)
    def settle(self, data: st.DataObject, outcome: Outcome) -> None:
        index = data.draw(st.integers(0, len(self.held) - 1))
        worker, leased = self.held.pop(index)
        (verdict,), (ready,) = self.do(settle(self.carrier.queue, worker, (leased, outcome), take=2))
        if worker in self.lost or leased.packet.job in self.ended:
            assert not verdict.accepted, "a late settlement was accepted"
        if not verdict.accepted or verdict.held:
            return
        after = onward(leased, verdict, ready)
        self.held += [(worker, one) for one in ([after] if after is not None else []) + list(ready.taken)]

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def come_back_too_late(self, data: st.DataObject) -> None:
        """The worker of a packet stalls past its lease, another takes the packet, and then the first one answers."""
        worker, late = data.draw(st.sampled_from(self.held))
        self.do(self.carrier.lose(worker))
        self.do(self.carrier.rescue())
        self.lost.add(worker)
        self.hire()
        self.lease_for(self.workers[-1], 50)
        (verdict,), _ = self.do(settle(self.carrier.queue, worker, (late, Done("too late"))))
        assert not verdict.accepted, "a worker that had been given up settled a packet"

    @precondition(lambda self: self.held)
    @rule(data=st.data(), outcome=OUTCOMES)
    def say_it_twice(self, data: st.DataObject, outcome: Outcome) -> None:
        """The answer to a settlement was lost on the way, so the worker sends it again."""
        worker, leased = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        # What the first sending gave is in nobody's hands now; the lease of its worker will end.
        self.do(settle(self.carrier.queue, worker, (leased, outcome)))
        (verdict,), _ = self.do(settle(self.carrier.queue, worker, (leased, outcome)))
        assert not verdict.accepted, "a settlement counted twice"

    @precondition(lambda self: len(set(self.workers) - self.lost) > 1)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        worker = data.draw(st.sampled_from([one for one in self.workers if one not in self.lost]))
        self.do(self.carrier.lose(worker))
        self.do(self.carrier.rescue())
        self.lost.add(worker)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        worker, leased = self.held.pop(data.draw(st.integers(0, len(self.held) - 1)))
        self.do(self.carrier.queue.release(worker, [leased.packet.id]))

    @rule(seconds=st.integers(1, 15))
    def pass_time(self, seconds: int) -> None:
        self.do(self.carrier.pass_time(seconds * 1000))
        for worker in [one for one in self.workers if one not in self.lost]:
            # Time passes for all; those that live have given signs of life meanwhile.
            if self.do(self.carrier.queue.extend(worker, 60_000)) is None:
                self.do(self.carrier.rescue())
                self.lost.add(worker)
        self.do(self.carrier.wake_due())
        if not set(self.workers) - self.lost:
            self.hire()

    @precondition(lambda self: self.jobs)
    @rule(data=st.data(), act=st.sampled_from(["cancel", "pause", "resume", "approve"]))
    def act(self, data: st.DataObject, act: str) -> None:
        begun = data.draw(st.sampled_from(self.jobs))
        match act:
            case "cancel":
                self.do(self.carrier.cancel(begun))
                self.paused.discard(begun.id)
            case "pause":
                if self.do(self.carrier.pause(begun)):
                    self.paused.add(begun.id)
            case "resume":
                self.do(self.carrier.resume(begun))
                self.paused.discard(begun.id)
            case "approve":
                self.do(self.carrier.approve(begun, "ask", Done({"fine": True})))

    @invariant()
    def what_is_over_stays_so(self) -> None:
        for begun in self.jobs:
            state = self.do(self.carrier.job(begun.id))[0]
            if begun.id in self.ended:
                assert state == self.ended[begun.id]
            elif state in FINAL:
                self.ended[begun.id] = state
                self.paused.discard(begun.id)

    @invariant()
    def no_step_succeeds_twice(self) -> None:
        for begun in self.jobs:
            done = [path for path, _, state in self.do(self.carrier.steps(begun.id)) if state == "succeeded"]
            assert len(done) == len(set(done)), done

    def teardown(self) -> None:
        try:
            if self.workers:
                self.do(self._bring_home())
        finally:
            self.do(self.close())
            self.loop.close()

    async def _bring_home(self) -> None:
        """Whatever happened, everything that was accepted comes to its end and leaves nothing behind."""
        for worker in set(self.workers) - self.lost:
            await self.carrier.lose(worker)
        await self.carrier.rescue()
        for begun in self.jobs:
            await self.carrier.resume(begun)
        last = await self.carrier.worker()
        for _ in range(30):
            await carry_all(self.carrier.queue, last)
            await self.carrier.pass_time(30_000)
            await self.carrier.queue.extend(last, 60_000)
            await self.carrier.wake_due()
            if await self.carrier.leftovers() == 0:
                break
        assert await self.carrier.leftovers() == 0
        assert {(await self.carrier.job(begun.id))[0] for begun in self.jobs} <= FINAL

    async def close(self) -> None:
        """Whatever the carrier needs to be closed."""


def test_the_memory_queue_keeps_its_promises_in_any_order_of_events() -> None:
    async def make(machine: QueueMachine) -> Carrier:
        return MemoryCarrier()

    kind = type("MemoryMachine", (QueueMachine,), {"make": staticmethod(make)})
    run_state_machine_as_test(kind, settings=settings(max_examples=150, stateful_step_count=40, deadline=None))


@pytest.mark.timeout(300)
def test_the_postgres_queue_keeps_its_promises_in_any_order_of_events(engine_database: str) -> None:
    async def make(machine: Any) -> Carrier:
        machine.link = Link(engine_database, size=1)
        await machine.link.open()
        await machine.link.rows(
            "TRUNCATE tropeiro_packet, tropeiro_join, tropeiro_arrival, tropeiro_worker, tropeiro_job, tropeiro_step"
        )
        blobs = FsspecBlobs(Path(tempfile.gettempdir()).as_uri())
        return PostgresCarrier(machine.link, PostgresQueue(machine.link, blobs))

    async def close(machine: Any) -> None:
        if hasattr(machine, "link"):
            await machine.link.close()

    kind = type("PostgresMachine", (QueueMachine,), {"make": staticmethod(make), "close": close})
    run_state_machine_as_test(
        kind,
        settings=settings(
            max_examples=15, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
