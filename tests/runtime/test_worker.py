"""A worker: what it takes, keeps, loses and gives back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from workshop import HOUSE, WatchedQueue, Workshop, routed, step, until

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, Outcome
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import JobState
from tropeiro.ports.executor import Call, Reporter
from tropeiro.ports.queue import QueueUnavailable
from tropeiro.runtime.worker import share_of


class Gate:
    """A service that waits until it is let through, and tells what became of its calls."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.begun = 0
        self.cancelled = 0

    async def __call__(self, call: Call, report: Reporter) -> Outcome:
        self.begun += 1
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Done("through")


async def test_a_job_is_carried_to_its_end() -> None:
    shop = Workshop()
    echo = shop.service("echo")
    job = shop.start(
        step("a", echo, **{"with": {"n": "{{ inputs.n }}"}}),
        step("b", echo, **{"with": {"twice": "{{ steps.a.output.n * 2 }}"}}),
        inputs={"n": 21},
    )
    async with shop.working():
        ended = await shop.end_of(job)
    assert (ended.state, ended.output) == (JobState.SUCCEEDED, {"twice": 42})
    assert shop.history(job) == [("a", 1, "succeeded"), ("b", 1, "succeeded")]


async def test_draining_lets_the_running_step_end_and_begins_no_other() -> None:
    shop, gate = Workshop(), Gate()
    job = shop.start(step("a", shop.service("gate", gate)), step("b", shop.service("echo")))
    async with shop.working():
        await until(lambda: gate.begun == 1)
        asyncio.get_running_loop().call_later(0.05, gate.open.set)
    assert shop.history(job) == [("a", 1, "succeeded")]
    (left,) = shop.queue.entries.values()
    assert (left.state, left.worker) == ("ready", None)
    assert gate.cancelled == 0
    async with shop.working():
        assert (await shop.end_of(job)).state is JobState.SUCCEEDED


async def test_draining_gives_back_what_does_not_end_in_time_as_the_same_attempt() -> None:
    shop, gate = Workshop(), Gate()
    job = shop.start(step("a", shop.service("gate", gate)))
    async with shop.working(drain_seconds=0.05):
        await until(lambda: gate.begun == 1)
    assert gate.cancelled == 1
    (left,) = shop.queue.entries.values()
    assert (left.state, left.taken, left.packet.attempt) == ("ready", 0, 1)
    gate.open.set()
    async with shop.working():
        await shop.end_of(job)
    assert shop.history(job) == [("a", 1, "succeeded")]


async def test_a_stopped_worker_is_known_to_have_stopped() -> None:
    shop = Workshop()
    async with shop.working() as worker:
        assert shop.queue.workers[worker.id].state == "up"
    assert shop.queue.workers[worker.id].state == "stopped"


async def test_a_worker_that_lost_its_lease_starts_over_as_another() -> None:
    shop, gate = Workshop(), Gate()
    job = shop.start(step("a", shop.service("gate", gate)))
    async with shop.working(lease_ms=150) as worker:
        await until(lambda: gate.begun == 1)
        before = worker.id
        shop.queue.workers[before].until_ms = 0
        shop.queue.rescue()
        await until(lambda: worker.id != before)
        await until(lambda: gate.begun == 2 and gate.cancelled == 1)
        gate.open.set()
        assert (await shop.end_of(job)).state is JobState.SUCCEEDED
    assert shop.history(job) == [("a", 2, "succeeded")]


async def test_the_running_call_of_a_cancelled_job_is_cancelled() -> None:
    shop, gate = Workshop(), Gate()
    job = shop.start(step("a", shop.service("gate", gate)))
    async with shop.working():
        await until(lambda: gate.begun == 1)
        shop.queue.cancel(job)
        await until(lambda: gate.cancelled == 1)
    assert (await shop.end_of(job)).state is JobState.CANCELLED
    assert shop.queue.entries == {}


async def test_the_calls_of_branches_that_lost_are_cancelled() -> None:
    shop, gate = Workshop(), Gate()
    race = {
        "id": "race", "join": "any",
        "branches": {"slow": [step("s", shop.service("gate", gate))], "quick": [step("q", shop.service("echo"))]},
    }  # fmt: skip
    job = shop.start(race)
    async with shop.working():
        ended = await shop.end_of(job)
        await until(lambda: gate.cancelled == gate.begun)
    assert ended.output == {"quick": {}}


async def test_splits_at_the_same_time_do_not_take_more_branches_than_there_is_room() -> None:
    shop, gate = Workshop(), Gate()
    slow = shop.service("gate", gate)
    each = {"id": "each", "foreach": "{{ [1,2,3,4,5,6,7,8,9,10] }}", "steps": [step("do", slow)]}
    jobs = [shop.start(each) for _ in range(6)]
    async with shop.working(slots=8):
        await until(lambda: gate.begun >= share_of(8))
        await asyncio.sleep(0.05)
        assert shop.executor.most <= share_of(8)
        gate.open.set()
        for job in jobs:
            assert (await shop.end_of(job)).state is JobState.SUCCEEDED


class ForgetfulQueue(WatchedQueue):
    """Its answer to the first lease gets lost, and so does the first word that packets are given back."""

    def __init__(self) -> None:
        super().__init__()
        self.lost = self.refused = 0

    async def lease(self, worker: UUID, limit: int, **more: Any) -> list[object]:  # type: ignore[override]
        leased = await super().lease(worker, limit, **more)
        if leased and not self.lost:
            self.lost += 1
            raise QueueUnavailable("the answer got lost")
        return list(leased)

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        if not self.refused:
            self.refused += 1
            raise QueueUnavailable("away")
        await super().release(worker, packets)


async def test_a_packet_whose_lease_nobody_heard_of_is_given_back_and_executed() -> None:
    queue = ForgetfulQueue()
    shop = Workshop(queue)
    job = shop.start(step("a", shop.service("echo")))
    async with shop.working(lease_ms=120):
        assert (await shop.end_of(job)).state is JobState.SUCCEEDED
    assert (queue.lost, queue.refused) == (1, 1)


class SlowQueue(WatchedQueue):
    """A lease whose answer takes longer than several heartbeats: large values are being fetched."""

    def __init__(self) -> None:
        super().__init__()
        self.released = 0

    async def lease(self, worker: UUID, limit: int, **more: Any) -> list[object]:  # type: ignore[override]
        leased = await super().lease(worker, limit, **more)
        if leased:
            await asyncio.sleep(0.4)
        return list(leased)

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        self.released += 1
        await super().release(worker, packets)


async def test_packets_that_are_just_being_fetched_are_not_given_back() -> None:
    queue = SlowQueue()
    shop = Workshop(queue)
    job = shop.start(step("a", shop.service("echo")))
    async with shop.working(lease_ms=150):
        await shop.end_of(job)
    assert queue.released == 0
    assert len(shop.executor.calls) == 1


async def test_a_packet_that_the_worker_cannot_carry_is_set_aside_and_harms_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shop = Workshop()
    echo = shop.service("echo")
    make_ready = shop.queue.make_ready

    async def broken(settlement: object) -> object:
        if settlement.leased.packet.workflow_name == "broken":  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return await make_ready(settlement)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.queue, "make_ready", broken)
    route = routed(step("a", echo))
    bad = Start(id=uuid7(), organization=HOUSE, project=HOUSE, name="broken", route=route, inputs={})
    shop.queue.start(bad)
    good = shop.start(step("a", echo))
    async with shop.working():
        assert (await shop.end_of(good)).state is JobState.SUCCEEDED
        await until(lambda: any(entry.state == "delayed" for entry in shop.queue.entries.values()))
