"""Leases: who holds a packet, for how long, and what a late word is worth."""

from __future__ import annotations

from carriers import Carrier
from scenes import ALICE, BOB, call, carry_all, decide, job, onward, route, settle, settle_decision

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done

ONE_STEP = route(call("only"))
TWO_STEPS = route(call("first"), call("second", **{"with": {"seen": "{{ steps.first.output }}"}}))


async def test_a_packet_is_leased_to_one_worker_only(carrier: Carrier) -> None:
    one, other = await carrier.worker(), await carrier.worker()
    await carrier.start(*(job(ONE_STEP) for _ in range(10)))
    first, second = await carrier.queue.lease(one, 6), await carrier.queue.lease(other, 6)
    assert (len(first), len(second)) == (6, 4)
    assert not {leased.packet.id for leased in first} & {leased.packet.id for leased in second}


async def test_an_empty_queue_leases_nothing(carrier: Carrier) -> None:
    assert await carrier.queue.lease(await carrier.worker(), 5) == []


async def test_priority_goes_before_age(carrier: Carrier) -> None:
    worker = await carrier.worker()
    old, urgent, young = job(ONE_STEP), job(ONE_STEP, priority=5), job(ONE_STEP)
    await carrier.start(old, urgent, young)
    leased = await carrier.queue.lease(worker, 3)
    assert [one.packet.job for one in leased] == [urgent.id, old.id, young.id]


async def test_organizations_take_turns(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(*(job(ONE_STEP, organization=ALICE) for _ in range(20)))
    await carrier.start(*(job(ONE_STEP, organization=BOB) for _ in range(2)))
    leased = await carrier.queue.lease(worker, 4)
    assert sorted(one.packet.organization for one in leased) == [BOB, BOB, ALICE, ALICE]


async def test_a_packet_travels_whole(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS, {"ação": [1, 2.5, None, {"k": "\u0001 ✓"}]}, mock=True)
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    assert leased.packet.scope.inputs == begun.inputs
    assert leased.packet.scope.mock
    assert leased.packet.route.digest == TWO_STEPS.digest
    (verdict,), (ready,) = await settle(carrier.queue, worker, (leased, Done({"b": 1, "a": [True]})))
    after = onward(leased, verdict, ready)
    assert after is not None
    assert after.packet.outputs["first"].output == {"b": 1, "a": [True]}
    await carrier.queue.release(worker, [after.packet.id])
    (again,) = await carrier.queue.lease(worker, 1)
    assert list(again.packet.outputs["first"].output) == ["b", "a"]
    assert again.packet.entered


async def test_a_worker_that_was_lost_can_settle_nothing(carrier: Carrier) -> None:
    lost, other = await carrier.worker(), await carrier.worker()
    begun = job(ONE_STEP)
    await carrier.start(begun)
    (late,) = await carrier.queue.lease(lost, 1)
    await carrier.lose(lost)
    assert await carrier.rescue() == 1
    (again,) = await carrier.queue.lease(other, 1)
    (verdict,), _ = await settle(carrier.queue, lost, (late, Done("late")))
    assert not verdict.accepted
    assert await carrier.steps(begun.id) == []
    assert again.packet.attempt == 2
    (verdict,), _ = await settle(carrier.queue, other, (again, Done("in time")))
    assert verdict.accepted
    assert await carrier.job(begun.id) == ("succeeded", "in time", None)
    assert await carrier.steps(begun.id) == [("only", 2, "succeeded")]


async def test_the_same_settlement_counts_once(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    made = decide(leased, Done(1))
    first = await settle_decision(carrier.queue, worker, leased, made)
    second = await settle_decision(carrier.queue, worker, leased, made)
    assert (first.accepted, second.accepted) == (True, False)
    assert await carrier.steps(begun.id) == [("first", 1, "succeeded")]


async def test_one_late_settlement_does_not_spoil_the_batch(carrier: Carrier) -> None:
    lost, other = await carrier.worker(), await carrier.worker()
    taken, kept = job(ONE_STEP), job(ONE_STEP)
    await carrier.start(taken)
    (late,) = await carrier.queue.lease(lost, 1)
    await carrier.cancel(taken)
    await carrier.start(kept)
    (good,) = await carrier.queue.lease(lost, 1)
    verdicts, _ = await settle(carrier.queue, lost, (late, Done(1)), (good, Done(2)))
    assert [verdict.accepted for verdict in verdicts] == [False, True]
    assert (await carrier.job(kept.id))[0] == "succeeded"
    assert await carrier.queue.lease(other, 5) == []


async def test_a_worker_hears_what_it_holds_while_its_lease_lasts(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(job(ONE_STEP), job(ONE_STEP))
    leased = await carrier.queue.lease(worker, 5)
    assert await carrier.queue.extend(worker, 60_000) == {one.packet.id for one in leased}
    await carrier.pass_time(120_000)
    await carrier.rescue()
    assert await carrier.queue.extend(worker, 60_000) is None


async def test_a_late_sign_of_life_counts_while_nobody_has_given_the_worker_up(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(job(ONE_STEP))
    (leased,) = await carrier.queue.lease(worker, 1)
    await carrier.pass_time(120_000)
    assert await carrier.queue.extend(worker, 60_000) == {leased.packet.id}
    assert await carrier.rescue() == 0


async def test_extending_in_time_keeps_the_packets(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(job(ONE_STEP))
    (leased,) = await carrier.queue.lease(worker, 1)
    await carrier.pass_time(50_000)
    assert await carrier.queue.extend(worker, 60_000) == {leased.packet.id}
    await carrier.pass_time(50_000)
    assert await carrier.rescue() == 0


async def test_what_is_given_back_is_leased_again_as_the_same_attempt(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(job(ONE_STEP))
    (leased,) = await carrier.queue.lease(worker, 1)
    await carrier.queue.release(worker, [leased.packet.id])
    (again,) = await carrier.queue.lease(worker, 1)
    assert again.packet.attempt == 1
    assert again.token > leased.token


async def test_a_worker_that_registers_again_because_the_answer_was_lost_is_the_same(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.queue.register(worker, "worker", 100, 60_000)
    await carrier.start(job(ONE_STEP))
    assert len(await carrier.queue.lease(worker, 1)) == 1


async def test_a_worker_that_was_given_up_is_not_brought_back_by_registering_late(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.lose(worker)
    await carrier.rescue()
    await carrier.queue.register(worker, "worker", 100, 60_000)
    await carrier.start(job(ONE_STEP))
    assert await carrier.queue.lease(worker, 1) == []
    assert await carrier.queue.extend(worker, 60_000) is None


async def test_nobody_leases_before_being_registered(carrier: Carrier) -> None:
    await carrier.start(job(ONE_STEP))
    assert await carrier.queue.lease(uuid7(), 1) == []


async def test_a_draining_worker_gets_no_more(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(job(ONE_STEP), job(ONE_STEP))
    await carrier.queue.lease(worker, 1)
    await carrier.queue.retire(worker, "draining")
    assert await carrier.queue.lease(worker, 1) == []
    assert len(await carrier.queue.held(worker)) == 1


async def test_a_packet_that_outlives_five_workers_is_set_aside(carrier: Carrier) -> None:
    begun = job(ONE_STEP)
    await carrier.start(begun)
    for attempt in range(1, 6):
        victim = await carrier.worker()
        (leased,) = await carrier.queue.lease(victim, 1)
        assert (leased.packet.attempt, leased.answer) == (attempt, None)
        await carrier.lose(victim)
        await carrier.rescue()
    await carry_all(carrier.queue, await carrier.worker())
    assert await carrier.job(begun.id) == ("failed", None, "quarantined")
    assert await carrier.leftovers() == 0


async def test_a_step_further_clears_the_suspicion(carrier: Carrier) -> None:
    begun = job(TWO_STEPS)
    await carrier.start(begun)
    for _ in range(4):
        victim = await carrier.worker()
        await carrier.queue.lease(victim, 1)
        await carrier.lose(victim)
        await carrier.rescue()
    victim = await carrier.worker()
    (leased,) = await carrier.queue.lease(victim, 1)
    await settle(carrier.queue, victim, (leased, Done(1)))
    await carrier.lose(victim)
    await carrier.rescue()
    (again,) = await carrier.queue.lease(await carrier.worker(), 1)
    assert again.answer is None
