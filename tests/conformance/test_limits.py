"""Limits on calls: how many may be under way at once, and how many may begin in a period."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest
from carriers import Carrier, PostgresCarrier
from scenes import ALICE, BOB, call, carry_all, decide, failure, job, onward, route, settle, settle_decision

from tropeiro.kernel.call_limits import Limit, LimitKind
from tropeiro.kernel.commands import Advance, Send
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, Wait
from tropeiro.kernel.packet import Route
from tropeiro.kernel.start import Start
from tropeiro.ports.queue import Leased
from tropeiro.queues.memory_limits import Rule

PAY = "acme/bank/pay@2"
ONE = route(call("pay", uses=PAY))
THEN = route(call("first"), call("pay", uses=PAY), call("last"))
KEYED = route(call("send", credential="mailbox"))


def limit(kind: LimitKind = LimitKind.SERVICE, **keys: Any) -> Rule:
    """A rule; for ALICE's calls of the bank unless it says otherwise."""
    subject = {"subject": "acme/bank/pay"} if kind is LimitKind.SERVICE else {}
    about = {name: keys.pop(name) for name in ("organization", "subject", "everyone", "project") if name in keys}
    made = Limit(
        id=uuid7(), kind=kind, timed="calls" in keys, **({"organization": ALICE} | subject | about)
    )  # fmt: skip
    return Rule(limit=made, **keys)


async def come(carrier: Carrier, worker: UUID, count: int = 100) -> list[Leased]:
    """Lease, and bring whoever has not got there to its call. Who may make it now, without going back."""
    begun = []
    for leased in await carrier.queue.lease(worker, count):
        here = leased
        if not leased.packet.entered and leased.answer is None:
            verdict, after = await walk(carrier, worker, leased, decide(leased, None))
            assert after is not None or verdict
            if after is None:
                continue
            here = after
        begun.append(here)
    return begun


async def walk(carrier: Carrier, worker: UUID, leased: Leased, made: Advance) -> tuple[bool, Leased | None]:
    """Settle a decision. Whether it went back to the queue, and the packet as it goes on here."""
    assert isinstance(made.command, Send)
    verdict = await settle_decision(carrier.queue, worker, leased, made)
    assert verdict.accepted
    if verdict.held:
        return True, None
    after = Leased(packet=made.command.packet, token=leased.token + 1, now_ms=verdict.now_ms, since_ms=verdict.now_ms)
    return False, after


async def begun(carrier: Carrier, worker: UUID, count: int = 100) -> list[Leased]:
    """Bring everybody to their call, and lease those that their limits let begin."""
    now = await come(carrier, worker, count)
    return now + await carrier.queue.lease(worker, count)


async def jobs(carrier: Carrier, count: int, carried: Route = ONE, **keys: Any) -> list[Start]:
    made = [job(carried, **keys) for _ in range(count)]
    await carrier.start(*made)
    return made


async def test_no_more_calls_are_under_way_than_a_limit_allows(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=3))
    worker = await carrier.worker()
    await jobs(carrier, 10)
    held = await begun(carrier, worker)
    assert len(held) == 3
    assert await carrier.queue.lease(await carrier.worker(), 10) == []


async def test_what_ends_makes_room_for_the_next(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=2))
    worker = await carrier.worker()
    await jobs(carrier, 5)
    done = 0
    while held := await begun(carrier, worker):
        assert len(held) <= 2
        verdicts, _ = await settle(carrier.queue, worker, *((one, Done(1)) for one in held))
        done += sum(verdict.accepted for verdict in verdicts)
    assert done == 5
    assert await carrier.leftovers() == 0


async def test_a_packet_does_not_go_on_to_a_limited_call_by_itself(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 1, THEN)
    (leased,) = await carrier.queue.lease(worker, 1)
    (verdict,), (ready,) = await settle(carrier.queue, worker, (leased, Done(1)))
    assert verdict.accepted
    assert verdict.held
    assert onward(leased, verdict, ready) is None
    (again,) = await carrier.queue.lease(worker, 1)
    assert len(again.limits) == 1
    (verdict,), _ = await settle(carrier.queue, worker, (again, Done(2)))
    assert verdict.accepted
    assert not verdict.held


async def test_going_on_to_a_call_without_a_limit_makes_room(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 2, THEN)
    for leased in await carrier.queue.lease(worker, 2):
        await settle(carrier.queue, worker, (leased, Done(1)))
    (first,) = await carrier.queue.lease(worker, 5)
    await settle(carrier.queue, worker, (first, Done(2)))
    assert len(await carrier.queue.held(worker)) == 1
    assert len(await carrier.queue.lease(worker, 5)) == 1


async def test_who_waits_for_a_limit_holds_nobody_up(carrier: Carrier) -> None:
    """Also not behind a long row of the same organization, and of older jobs."""
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 60)
    assert len(await begun(carrier, worker)) == 1
    other = route(call("other", uses="acme/bank/balance@1"))
    await jobs(carrier, 2, other)
    assert len(await carrier.queue.lease(worker, 5)) == 2


async def test_each_limit_is_counted_for_itself(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    await carrier.limit(limit(concurrency=2, subject="acme/bank/balance"))
    worker = await carrier.worker()
    await jobs(carrier, 5)
    await jobs(carrier, 5, route(call("other", uses="acme/bank/balance@1")))
    held = await begun(carrier, worker)
    assert sorted(one.packet.route.workflow.steps[0].called for one in held) == ["acme/bank/balance@1"] * 2 + [PAY]


async def test_a_call_under_two_limits_needs_room_in_both(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    await carrier.limit(limit(LimitKind.ORGANIZATION, concurrency=3))
    worker = await carrier.worker()
    await jobs(carrier, 5)
    await jobs(carrier, 5, route(call("other")))
    held = await begun(carrier, worker)
    assert len(held) == 3
    assert sum(one.packet.route.workflow.steps[0].called == PAY for one in held) <= 1


async def test_a_limit_of_an_organization_is_for_all_that_it_calls_and_for_no_other(carrier: Carrier) -> None:
    await carrier.limit(limit(LimitKind.ORGANIZATION, concurrency=2))
    worker = await carrier.worker()
    await jobs(carrier, 4)
    await jobs(carrier, 4, organization=BOB)
    held = await begun(carrier, worker)
    assert sorted(one.packet.organization for one in held) == [BOB] * 4 + [ALICE] * 2


async def test_a_limit_for_anothers_service_counts_only_own_calls(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 3)
    await jobs(carrier, 3, organization=BOB)
    held = await begun(carrier, worker)
    assert sorted(one.packet.organization for one in held) == [BOB] * 3 + [ALICE]


async def test_a_providers_limit_counts_the_calls_of_everybody_who_take_turns(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=4, everyone=True, organization=UUID(int=7)))
    worker = await carrier.worker()
    await jobs(carrier, 20)
    await jobs(carrier, 2, organization=BOB)
    held = await begun(carrier, worker)
    assert sorted(one.packet.organization for one in held) == [BOB] * 2 + [ALICE] * 2


async def test_a_limit_for_a_credential_is_for_the_steps_that_name_it(carrier: Carrier) -> None:
    await carrier.limit(limit(LimitKind.CREDENTIAL, subject="mailbox", concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 3, KEYED)
    await jobs(carrier, 3, route(call("send", credential="other")))
    await jobs(carrier, 3, KEYED, organization=BOB)
    assert len(await begun(carrier, worker)) == 7


async def test_a_limit_for_a_credential_can_be_one_projects(carrier: Carrier) -> None:
    await carrier.limit(limit(LimitKind.CREDENTIAL, subject="mailbox", project=UUID(int=5), concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 2, KEYED)
    assert len(await begun(carrier, worker)) == 2


@pytest.mark.parametrize("version", [1, 2, 3])
async def test_a_limit_for_a_service_holds_for_all_its_versions(carrier: Carrier, version: int) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 2, route(call("pay", uses=f"acme/bank/pay@{version}")))
    assert len(await begun(carrier, worker)) == 1


async def test_priority_and_age_decide_among_those_that_wait(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    first, old, urgent, young = job(ONE), job(ONE), job(ONE, priority=5), job(ONE)
    await carrier.start(first)
    (running,) = await begun(carrier, worker)
    await carrier.start(old, urgent, young)
    assert await begun(carrier, worker) == []
    order = []
    for _ in range(3):
        await settle(carrier.queue, worker, (running, Done(1)))
        (running,) = await carrier.queue.lease(worker, 5)
        order.append(running.packet.job)
    assert order == [urgent.id, old.id, young.id]


async def test_a_rate_lets_as_many_begin_as_were_saved_up_and_then_one_after_the_other(carrier: Carrier) -> None:
    await carrier.limit(limit(calls=2, period_ms=60_000, burst=3))
    worker = await carrier.worker()
    await jobs(carrier, 10)
    assert len(await begun(carrier, worker)) == 3
    assert await carrier.queue.lease(worker, 10) == []
    await carrier.pass_time(30_000)
    assert len(await carrier.queue.lease(worker, 10)) == 1
    await carrier.pass_time(60_000)
    assert len(await carrier.queue.lease(worker, 10)) == 2
    await carrier.pass_time(3_600_000)
    assert len(await carrier.queue.lease(worker, 10)) == 3


async def test_what_ends_gives_no_token_back(carrier: Carrier) -> None:
    await carrier.limit(limit(calls=1, period_ms=60_000, burst=1))
    worker = await carrier.worker()
    await jobs(carrier, 2)
    (one,) = await begun(carrier, worker)
    await settle(carrier.queue, worker, (one, Done(1)))
    assert await carrier.queue.lease(worker, 5) == []


async def test_waiting_for_packets_ends_when_a_rate_lets_the_next_begin(carrier: Carrier) -> None:
    await carrier.limit(limit(calls=10, period_ms=1_000, burst=1))
    worker = await carrier.worker()
    await jobs(carrier, 2)
    assert len(await begun(carrier, worker)) == 1
    await carrier.queue.wait_ready(0)
    async with asyncio.timeout(5):
        await carrier.queue.wait_ready(60)


async def test_a_try_that_is_put_off_makes_room_and_waits_again(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    retried = route(call("pay", uses=PAY, retry={"attempts": 2, "delay": "1s", "jitter": 0}))
    await jobs(carrier, 2, retried)
    (one,) = await begun(carrier, worker)
    await settle(carrier.queue, worker, (one, failure(retryable=True)))
    (other,) = await carrier.queue.lease(worker, 5)
    assert other.packet.job != one.packet.job
    await carrier.pass_time(2_000)
    await carrier.wake_due()
    (back,) = await carrier.queue.lease(worker, 5)
    assert carrier.queue.limits_of(back.packet) != back.limits
    assert await walk(carrier, worker, back, Advance((), Send(back.packet))) == (True, None)
    assert await carrier.queue.lease(worker, 5) == []
    await settle(carrier.queue, worker, (other, Done(1)))
    (again,) = await carrier.queue.lease(worker, 5)
    assert again.packet.attempt == 2


async def test_a_call_that_waits_for_its_callback_is_under_way(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 2)
    (one,) = await begun(carrier, worker)
    await settle(carrier.queue, worker, (one, Wait(60_000)))
    assert await carrier.queue.lease(worker, 5) == []
    assert await carrier.callback(one.packet.id, one.token, Done("answered"))
    answered, other = sorted(await carrier.queue.lease(worker, 5), key=lambda leased: leased.answer is None)
    assert answered.answer == Done("answered")
    assert (answered.limits, len(other.limits)) == ((), 1)


async def test_what_a_lost_worker_had_counts_until_it_is_taken_back_and_waits_again(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    lost, other = await carrier.worker(), await carrier.worker()
    await jobs(carrier, 2)
    assert len(await begun(carrier, lost)) == 1
    assert await carrier.queue.lease(other, 5) == []
    await carrier.lose(lost)
    await carrier.rescue()
    (next_one,) = await carrier.queue.lease(other, 5)
    assert len(next_one.limits) == 1
    assert await carrier.queue.lease(other, 5) == []


async def test_what_is_cancelled_makes_room(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    await jobs(carrier, 2)
    (one,) = await begun(carrier, worker)
    cancelled = job(ONE)
    await carrier.cancel(Start(
        id=one.packet.job, organization=ALICE, project=None, name="", route=cancelled.route, inputs={}))  # fmt: skip
    assert len(await carrier.queue.lease(worker, 5)) == 1


async def test_a_paused_packet_does_not_begin_although_there_is_room(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    worker = await carrier.worker()
    first, second = await jobs(carrier, 2)
    (one,) = await begun(carrier, worker)
    waiting = second if one.packet.job == first.id else first
    await carrier.pause(waiting)
    await settle(carrier.queue, worker, (one, Done(1)))
    assert await carrier.queue.lease(worker, 5) == []
    await carrier.resume(waiting)
    assert len(await carrier.queue.lease(worker, 5)) == 1


async def test_a_raised_limit_lets_those_begin_that_wait(carrier: Carrier) -> None:
    rule = limit(concurrency=1)
    await carrier.limit(rule)
    worker = await carrier.worker()
    await jobs(carrier, 5)
    assert len(await begun(carrier, worker)) == 1
    await carrier.limit(Rule(limit=rule.limit, concurrency=3))
    assert len(await carrier.queue.lease(worker, 5)) == 2


async def test_a_limit_lowered_below_what_is_under_way_lets_nobody_begin_until_enough_have_ended(
    carrier: Carrier,
) -> None:
    rule = limit(concurrency=3)
    await carrier.limit(rule)
    worker = await carrier.worker()
    await jobs(carrier, 5)
    held = await begun(carrier, worker)
    await carrier.limit(Rule(limit=rule.limit, concurrency=1))
    for one, then in zip(held, (0, 0, 1), strict=True):
        await settle(carrier.queue, worker, (one, Done(1)))
        assert len(await carrier.queue.lease(worker, 5)) == then


async def test_a_removed_limit_lets_all_begin_that_wait(carrier: Carrier) -> None:
    rule = limit(concurrency=1)
    await carrier.limit(rule)
    worker = await carrier.worker()
    await jobs(carrier, 5)
    assert len(await begun(carrier, worker)) == 1
    await carrier.unlimit(rule.limit.id)
    assert len(await carrier.queue.lease(worker, 5)) == 4


async def test_a_new_limit_is_for_those_that_wait_already(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await jobs(carrier, 4)
    rule = limit(concurrency=1)
    await carrier.limit(rule)
    assert len(await begun(carrier, worker)) == 1


async def test_one_more_limit_is_known_of_those_that_were_let_begin_by_others(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=2))
    worker = await carrier.worker()
    await jobs(carrier, 4)
    assert await come(carrier, worker) == []
    await carrier.limit(limit(LimitKind.ORGANIZATION, concurrency=1))
    held = await carrier.queue.lease(worker, 5)
    assert len(held) == 2
    for one in held:
        assert not set(carrier.queue.limits_of(one.packet)) <= set(one.limits)
        assert await walk(carrier, worker, one, Advance((), Send(one.packet))) == (True, None)


async def test_jobs_come_to_their_ends_under_every_limit_at_once(carrier: Carrier) -> None:
    await carrier.limit(limit(concurrency=1))
    await carrier.limit(limit(LimitKind.ORGANIZATION, concurrency=2))
    await carrier.limit(limit(LimitKind.CREDENTIAL, subject="mailbox", concurrency=1))
    each = route(
        {
            "id": "each", "foreach": "{{ [1, 2, 3, 4] }}",
            "steps": [call("pay", uses=PAY), call("m", credential="mailbox")],
        },
        call("again", uses=PAY),
    )  # fmt: skip
    made = await jobs(carrier, 3, each)
    await carry_all(carrier.queue, await carrier.worker())
    assert {(await carrier.job(one.id))[0] for one in made} == {"succeeded"}
    assert await carrier.leftovers() == 0


@pytest.mark.parametrize("carrier", ["postgres"], indirect=True)
async def test_workers_that_ask_at_the_same_time_stay_below_the_limit_together(carrier: PostgresCarrier) -> None:
    await carrier.limit(limit(concurrency=7))
    await carrier.limit(limit(LimitKind.ORGANIZATION, concurrency=9))
    workers = [await carrier.worker() for _ in range(6)]
    await jobs(carrier, 120)
    assert await come(carrier, workers[0], 200) == []
    under_way, most, done = 0, 0, 0

    async def work(worker: UUID) -> None:
        nonlocal under_way, most, done
        while done < 120:
            held = await carrier.queue.lease(worker, 5)
            under_way += len(held)
            most = max(most, under_way)
            await asyncio.sleep(0)
            for one in held:
                # Before the queue can know that it ended, so that this count is never too low for the limit.
                under_way -= 1
                done += 1
                await settle(carrier.queue, worker, (one, Done(1)))

    await asyncio.gather(*(work(worker) for worker in workers))
    assert done == 120
    assert 4 <= most <= 7
