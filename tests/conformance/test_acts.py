"""What people do to jobs, what time does, and what child jobs bring."""

from __future__ import annotations

from carriers import Carrier
from msgspec.structs import replace
from scenes import call, carry_all, decide, failure, job, onward, route, settle, settle_decision

from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Advance, Call
from tropeiro.kernel.outcome import Done, Fail, Wait
from tropeiro.kernel.step_errors import rejected
from tropeiro.ports.queue import Leased

TWO_STEPS = route(call("first"), call("second"))


async def begin(carrier: Carrier, worker: object, begun: object) -> Leased:
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    return leased


async def test_a_job_that_was_paused_before_it_started_is_queued_again(carrier: Carrier) -> None:
    begun = job(TWO_STEPS)
    await carrier.start(begun)
    await carrier.pause(begun)
    await carrier.resume(begun)
    assert (await carrier.job(begun.id))[0] == "queued"


async def test_a_cancelled_job_stays_cancelled(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    leased = await begin(carrier, worker, begun)
    assert await carrier.cancel(begun) == 1
    (verdict,), _ = await settle(carrier.queue, worker, (leased, Done(1)))
    assert not verdict.accepted
    assert await carrier.job(begun.id) == ("cancelled", None, None)
    assert await carrier.steps(begun.id) == [("first", 1, "cancelled")]
    assert await carrier.cancel(begun) == 0
    assert await carrier.leftovers() == 0


async def test_cancelling_drops_splits_at_any_depth(carrier: Carrier) -> None:
    worker = await carrier.worker()
    inner = {"id": "inner", "foreach": "{{ [1, 2] }}", "concurrency": 1, "steps": [call("leaf")]}
    begun = job(route({"id": "outer", "foreach": "{{ [1, 2] }}", "steps": [inner]}))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    for branch in await carrier.queue.lease(worker, 10):
        await settle(carrier.queue, worker, (branch, None))
    assert await carrier.cancel(begun) == 1
    assert await carrier.queue.lease(worker, 10) == []
    assert await carrier.leftovers() == 0


async def test_a_paused_job_keeps_the_running_steps_result_and_starts_no_other(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    leased = await begin(carrier, worker, begun)
    assert await carrier.pause(begun) == 1
    (verdict,), _ = await settle(carrier.queue, worker, (leased, Done(1)))
    assert (verdict.accepted, verdict.held) == (True, True)
    assert await carrier.queue.lease(worker, 1) == []
    assert (await carrier.job(begun.id))[0] == "paused"
    assert await carrier.resume(begun) == 1
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "succeeded"
    assert await carrier.steps(begun.id) == [("first", 1, "succeeded"), ("second", 1, "succeeded")]


async def test_a_job_paused_before_it_began_waits(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    await carrier.start(begun)
    await carrier.pause(begun)
    assert await carrier.queue.lease(worker, 1) == []
    await carrier.resume(begun)
    assert len(await carrier.queue.lease(worker, 1)) == 1


async def test_a_split_of_a_paused_job_leases_no_branch(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "each", "foreach": "{{ [1, 2] }}", "steps": [call("do")]}))
    leased = await begin(carrier, worker, begun)
    await carrier.pause(begun)
    (verdict,), _ = await settle(carrier.queue, worker, (leased, None), take=2)
    assert (verdict.accepted, verdict.held) == (True, True)
    assert await carrier.queue.held(worker) == set()
    assert await carrier.queue.lease(worker, 5) == []
    await carrier.resume(begun)
    assert len(await carrier.queue.lease(worker, 5)) == 2


async def test_a_retry_comes_after_its_delay_and_not_before(carrier: Carrier) -> None:
    worker = await carrier.worker()
    patient = call("only", retry={"attempts": 2, "delay": "5s", "jitter": 0})
    begun = job(route(patient))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, failure(retryable=True)))
    assert await carrier.wake_due() == 0
    assert await carrier.queue.lease(worker, 1) == []
    await carrier.pass_time(5_100)
    assert await carrier.wake_due() == 1
    (again,) = await carrier.queue.lease(worker, 1)
    assert (again.packet.attempt, again.answer) == (2, None)
    await settle(carrier.queue, worker, (again, Done("second try")))
    assert await carrier.job(begun.id) == ("succeeded", "second try", None)
    assert await carrier.steps(begun.id) == [("only", 1, "failed"), ("only", 2, "succeeded")]


async def test_a_wait_ends_when_its_time_has_come(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "nap", "wait": "1m"}, call("after")))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    assert (await carrier.job(begun.id))[0] == "waiting"
    await carrier.pass_time(61_000)
    assert await carrier.wake_due() == 1
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "succeeded"


async def test_an_approval_gives_what_was_filled_in(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "ask", "approval": {"title": "Go?"}}))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    assert not await carrier.approve(begun, "other", Done({"ok": True}))
    assert await carrier.approve(begun, "ask", Done({"ok": True}))
    assert not await carrier.approve(begun, "ask", Done({"ok": False}))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", {"ok": True}, None)


async def test_an_approval_that_is_rejected_fails_its_step_for_good(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(
        route(
            {
                "id": "twice",
                "retry": {"attempts": 3, "delay": "1ms"},
                "steps": [{"id": "ask", "approval": {"title": "Go?"}}],
            }
        )
    )
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    assert await carrier.approve(begun, "twice.ask", Fail(rejected("boss@example.org", "Too dear")))
    assert not await carrier.approve(begun, "twice.ask", Done(True))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "rejected")
    assert await carrier.steps(begun.id) == [("twice", 1, "failed"), ("twice.ask", 1, "failed")]


async def test_what_the_workflow_says_for_a_failure_happens_after_a_rejection(carrier: Carrier) -> None:
    worker = await carrier.worker()
    document = {"id": "ask", "approval": {"title": "Go?"}, "on_error": "continue"}
    begun = job(route(document, {"id": "then", "wait": "1ms", "output": "{{ steps.ask.error.code }}"}))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    assert await carrier.approve(begun, "ask", Fail(rejected("boss@example.org")))
    await carry_all(carrier.queue, worker)
    await carrier.pass_time(1_000)
    await carrier.wake_due()
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", "rejected", None)


async def test_an_approval_that_nobody_gives_times_out(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "ask", "approval": {"title": "Go?", "timeout": "1h"}}))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    await carrier.pass_time(3_601_000)
    await carrier.wake_due()
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "timeout")


async def test_a_callback_answers_the_call_that_waits_for_it(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, Wait(timeout_ms=60_000)))
    assert not await carrier.callback(leased.packet.id, leased.token + 1, Done("forged"))
    assert await carrier.callback(leased.packet.id, leased.token, Done("called back"))
    assert not await carrier.callback(leased.packet.id, leased.token, Done("twice"))
    (answered,) = await carrier.queue.lease(worker, 1)
    assert answered.answer == Done("called back")


async def test_a_callback_that_is_quicker_than_its_worker_is_kept(carrier: Carrier) -> None:
    worker = await carrier.worker()
    leased = await begin(carrier, worker, job(TWO_STEPS))
    assert await carrier.callback(leased.packet.id, leased.token, Done("early"))
    await settle(carrier.queue, worker, (leased, Wait(timeout_ms=60_000)))
    (answered,) = await carrier.queue.lease(worker, 1)
    assert answered.answer == Done("early")


async def test_a_callback_that_never_comes_times_out(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, Wait(timeout_ms=60_000)))
    await carrier.pass_time(61_000)
    assert await carrier.wake_due() == 1
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "timeout")


async def start_child(carrier: Carrier, worker: object, leased: Leased, steps: object) -> object:
    """Let the packet call an automation."""
    came = advance(leased.packet, None, now_ms=leased.now_ms).command
    child = job(steps, parent_job=leased.packet.job, parent_packet=leased.packet.id)
    made = Advance(records=(), command=Call(packet=came.packet, start=child, due_ms=leased.now_ms + 60_000))
    verdict = await settle_decision(carrier.queue, worker, leased, made)
    assert verdict.accepted
    return child


async def test_an_automation_is_one_step_to_its_caller(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    child = await start_child(carrier, worker, await begin(carrier, worker, begun), TWO_STEPS)
    (inside,) = await carrier.queue.lease(worker, 5)
    assert inside.packet.job == child.id
    verdicts, batch = await settle(carrier.queue, worker, (inside, Done(1)))
    after = onward(inside, verdicts[0], batch[0])
    assert after is not None
    await settle(carrier.queue, worker, (replace(after, caller=inside.caller), Done({"rows": 2})))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(child.id) == ("succeeded", {"rows": 2}, None)
    assert await carrier.job(begun.id) == ("succeeded", {"rows": 2}, None)
    assert await carrier.steps(begun.id) == [("report", 1, "succeeded")]
    assert await carrier.leftovers() == 0


async def test_a_failed_automation_fails_its_step(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    await start_child(carrier, worker, await begin(carrier, worker, begun), TWO_STEPS)
    (inside,) = await carrier.queue.lease(worker, 5)
    await settle(carrier.queue, worker, (inside, failure("inside")))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "inside")


async def test_cancelling_a_job_cancels_its_children(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    child = await start_child(carrier, worker, await begin(carrier, worker, begun), TWO_STEPS)
    assert await carrier.cancel(begun) == 2
    assert (await carrier.job(child.id))[0] == "cancelled"
    assert await carrier.leftovers() == 0


async def test_cancelling_a_child_fails_the_step_that_called_it(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    child = await start_child(carrier, worker, await begin(carrier, worker, begun), TWO_STEPS)
    assert await carrier.cancel(child) == 1
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "cancelled")


async def test_a_caller_out_of_time_cancels_the_child(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    child = await start_child(carrier, worker, await begin(carrier, worker, begun), TWO_STEPS)
    await carrier.pass_time(61_000)
    assert await carrier.wake_due() == 1
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(child.id))[0] == "cancelled"
    assert await carrier.job(begun.id) == ("failed", None, "timeout")
    assert await carrier.leftovers() == 0


async def test_a_branch_that_loses_takes_its_child_job_along(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "race", "join": "any", "branches": {"a": [call("auto")], "b": [call("quick")]}}))
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    slow, quick = await carrier.queue.lease(worker, 2)
    child = await start_child(carrier, worker, slow, TWO_STEPS)
    await settle(carrier.queue, worker, (quick, Done("won")))
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(child.id))[0] == "cancelled"
    assert await carrier.job(begun.id) == ("succeeded", {"b": "won"}, None)
    assert await carrier.leftovers() == 0


async def test_a_packet_that_breaks_the_machinery_is_set_aside_in_the_end(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(TWO_STEPS)
    await carrier.start(begun)
    for _ in range(5):
        (leased,) = await carrier.queue.lease(worker, 1)
        await carrier.queue.fault(worker, leased.packet.id, leased.token)
        await carrier.pass_time(10_000)
        await carrier.wake_due()
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "quarantined")


async def test_a_job_out_of_time_is_timed_out(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "nap", "wait": "1h"}), timeout_ms=30_000)
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    await carrier.pass_time(31_000)
    assert await carrier.wake_due() == 1
    (late,) = await carrier.queue.lease(worker, 1)
    assert isinstance(late.answer, Fail)
    await settle_decision(carrier.queue, worker, late, decide(late, None))
    assert await carrier.job(begun.id) == ("timed_out", None, "timeout")
