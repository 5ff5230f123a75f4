"""Accidents that were found by reading, each as the behaviour that now holds."""

from __future__ import annotations

from carriers import Carrier
from scenes import ALICE, BOB, call, carry_all, decide, failure, job, onward, route, settle, settle_decision
from test_acts import TWO_STEPS, begin, start_child

from tropeiro.kernel.outcome import Done, Fail, Wait
from tropeiro.ports.queue import POISON_LIMIT

PATIENT = route(call("only", retry={"attempts": 2, "delay": "5s", "jitter": 0}))


async def test_an_early_callback_does_not_answer_an_approval_that_comes_next(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("first"), {"id": "ask", "approval": {"title": "Go?"}}))
    leased = await begin(carrier, worker, begun)
    assert await carrier.callback(leased.packet.id, leased.token, Done("let me through"))
    await settle(carrier.queue, worker, (leased, Done("answered at once")))
    assert await carrier.queue.lease(worker, 1) == []
    assert (await carrier.job(begun.id))[0] == "waiting"


async def test_an_early_callback_does_not_answer_a_later_call(carrier: Carrier) -> None:
    worker = await carrier.worker()
    leased = await begin(carrier, worker, job(TWO_STEPS))
    assert await carrier.callback(leased.packet.id, leased.token, Done("of the first"))
    (verdict,), (ready,) = await settle(carrier.queue, worker, (leased, Done("answered at once")))
    after = onward(leased, verdict, ready)
    assert after is not None
    await settle(carrier.queue, worker, (after, Wait(timeout_ms=60_000)))
    assert await carrier.queue.lease(worker, 1) == []


async def test_an_early_callback_outlives_a_lost_worker(carrier: Carrier) -> None:
    """The caller was told that it was accepted, so the next try of the same call is answered with it."""
    worker, other = await carrier.worker(), await carrier.worker()
    leased = await begin(carrier, worker, job(TWO_STEPS))
    assert await carrier.callback(leased.packet.id, leased.token, Done("early"))
    await carrier.lose(worker)
    await carrier.rescue()
    (again,) = await carrier.queue.lease(other, 1)
    assert again.answer is None
    await settle(carrier.queue, other, (again, Wait(timeout_ms=60_000)))
    (answered,) = await carrier.queue.lease(other, 1)
    assert answered.answer == Done("early")


async def test_a_try_after_an_early_callback_that_failed_is_executed(carrier: Carrier) -> None:
    worker = await carrier.worker()
    leased = await begin(carrier, worker, job(PATIENT))
    assert await carrier.callback(leased.packet.id, leased.token, failure(retryable=True))
    await settle(carrier.queue, worker, (leased, Wait(timeout_ms=60_000)))
    (answered,) = await carrier.queue.lease(worker, 1)
    assert isinstance(answered.answer, Fail)
    await settle_decision(carrier.queue, worker, answered, decide(answered, None))
    await carrier.pass_time(5_100)
    assert await carrier.wake_due() == 1
    (again,) = await carrier.queue.lease(worker, 1)
    assert (again.packet.attempt, again.answer) == (2, None)


async def test_a_child_job_of_a_paused_job_does_not_start(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    leased = await begin(carrier, worker, begun)
    await carrier.pause(begun)
    child = await start_child(carrier, worker, leased, TWO_STEPS)
    assert await carrier.queue.lease(worker, 5) == []
    assert (await carrier.job(child.id))[0] == "paused"
    assert await carrier.resume(begun) == 2
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "succeeded"


async def test_no_organization_waits_for_the_end_of_anothers_backlog(carrier: Carrier) -> None:
    worker = await carrier.worker()
    for organization in (ALICE, BOB):
        await carrier.start(*(job(TWO_STEPS, organization=organization) for _ in range(40)))
    taken = [one.packet.organization for _ in range(40) for one in await carrier.queue.lease(worker, 1)]
    assert len(taken) == 40
    assert set(taken) == {ALICE, BOB}


async def test_the_time_of_a_workflow_is_the_time_of_its_jobs(carrier: Carrier) -> None:
    worker = await carrier.worker()
    leased = await begin(carrier, worker, job(route(call("only"), timeout="30s")))
    assert leased.packet.deadline_ms is not None
    assert leased.packet.deadline_ms - leased.packet.started_ms == 30_000


async def test_packets_beside_a_poison_packet_are_not_set_aside_with_it(carrier: Carrier) -> None:
    """What was lost several times runs alone among its like, so that in the end only the culprit is lost again."""
    poison = job(TWO_STEPS)
    innocent = [job(TWO_STEPS) for _ in range(6)]
    await carrier.start(poison, *innocent)
    for _ in range(60):
        worker = await carrier.worker()
        held = []
        while leased := await carrier.queue.lease(worker, 10):
            held += leased
        if not held:
            break
        if any(one.packet.job == poison.id and one.answer is None for one in held):
            await carrier.lose(worker)
            await carrier.rescue()
            continue
        for one in held:
            await settle(carrier.queue, worker, (one, Done(1)))
        await carrier.queue.release(worker, list(await carrier.queue.held(worker)))
    assert await carrier.job(poison.id) == ("failed", None, "quarantined")
    assert {(await carrier.job(one.id))[0] for one in innocent} == {"succeeded"}


async def test_only_one_suspect_is_with_a_worker_at_a_time(carrier: Carrier) -> None:
    await carrier.start(job(TWO_STEPS), job(TWO_STEPS))
    for _ in range(POISON_LIMIT - 2):
        victim = await carrier.worker()
        assert len(await carrier.queue.lease(victim, 5)) == 2
        await carrier.lose(victim)
        await carrier.rescue()
    await carrier.start(job(TWO_STEPS))
    worker, other = await carrier.worker(), await carrier.worker()
    first = await carrier.queue.lease(worker, 5)
    assert sorted(one.packet.attempt for one in first) == [1, 4]
    assert await carrier.queue.lease(worker, 5) == []
    assert len(await carrier.queue.lease(other, 5)) == 1
