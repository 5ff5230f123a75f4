"""Splits and joins: what is let go when, and what decides."""

from __future__ import annotations

from carriers import Carrier
from scenes import call, carry_all, failure, job, onward, route, settle

from tropeiro.kernel.outcome import Done
from tropeiro.ports.queue import Leased


def each(items: str = "{{ inputs.items }}", **keys: object) -> dict[str, object]:
    return {"id": "each", "foreach": items, "steps": [call("do")], **keys}


def both(join: str) -> dict[str, object]:
    return {"id": "both", "join": join, "branches": {"left": [call("l")], "right": [call("r")]}}


async def split(carrier: Carrier, worker: object, begun: object, take: int = 0) -> list[Leased]:
    """Start a job whose first step splits, and lease the branches that are ready."""
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    (verdict,), _ = await settle(carrier.queue, worker, (leased, None), take=take)
    assert verdict.accepted
    return await carrier.queue.lease(worker, 100)


async def test_outputs_stand_in_item_order_whatever_order_they_finished_in(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(each()), {"items": [30, 10, 20]})
    branches = await split(carrier, worker, begun)
    for leased in reversed(branches):
        await settle(carrier.queue, worker, (leased, Done(leased.packet.item)))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", [30, 10, 20], None)
    assert await carrier.leftovers() == 0


async def test_no_more_items_are_under_way_than_concurrency_allows(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(each(concurrency=3)), {"items": list(range(10))})
    under_way = await split(carrier, worker, begun)
    seen = []
    while under_way:
        assert len(under_way) <= 3
        leased = under_way.pop(0)
        seen.append(leased.packet.index)
        await settle(carrier.queue, worker, (leased, Done(leased.packet.item)))
        under_way += [one for one in await carrier.queue.lease(worker, 100) if one.packet.join]
        if len(seen) == 10:
            break
    assert seen == list(range(10))


async def test_branches_can_be_leased_with_the_split(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(each()), {"items": [1, 2, 3]})
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    (verdict,), (ready,) = await settle(carrier.queue, worker, (leased, None), take=2)
    assert verdict.accepted
    assert [one.packet.index for one in ready.taken] == [0, 1]
    assert await carrier.queue.held(worker) == {one.packet.id for one in ready.taken}
    verdicts, _ = await settle(carrier.queue, worker, *((one, Done(one.packet.item)) for one in ready.taken))
    assert all(verdict.accepted for verdict in verdicts)
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", [1, 2, 3], None)


async def test_the_first_failure_ends_all_and_drops_the_rest(carrier: Carrier) -> None:
    worker, other = await carrier.worker(), await carrier.worker()
    begun = job(route(both("all")))
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    await settle(carrier.queue, worker, (leased, None))
    (bad,) = await carrier.queue.lease(worker, 1)
    (slow,) = await carrier.queue.lease(other, 1)
    await settle(carrier.queue, worker, (bad, failure()))
    (verdict,), _ = await settle(carrier.queue, other, (slow, Done(1)))
    assert not verdict.accepted
    assert await carrier.queue.held(other) == set()
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "boom")
    assert ("both.right.r", 1, "cancelled") in await carrier.steps(begun.id)
    assert await carrier.leftovers() == 0


async def test_any_takes_the_first_that_succeeded(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(both("any")))
    left, right = await split(carrier, worker, begun)
    await settle(carrier.queue, worker, (left, failure()))
    await settle(carrier.queue, worker, (right, Done("r")))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", {"right": "r"}, None)


async def test_any_takes_the_earlier_branch_when_both_succeed_in_one_batch(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(both("any")))
    left, right = await split(carrier, worker, begun)
    await settle(carrier.queue, worker, (right, Done("r")), (left, Done("l")))
    await carry_all(carrier.queue, worker)
    state, output, _ = await carrier.job(begun.id)
    assert state == "succeeded"
    assert len(output) == 1


async def test_any_fails_when_all_failed(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(both("any")))
    left, right = await split(carrier, worker, begun)
    await settle(carrier.queue, worker, (right, failure("late")), (left, failure("early")))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "all_branches_failed")


async def test_settled_never_fails(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(both("settled")))
    left, right = await split(carrier, worker, begun)
    await settle(carrier.queue, worker, (left, failure()), (right, Done(2)))
    await carry_all(carrier.queue, worker)
    state, output, _ = await carrier.job(begun.id)
    assert state == "succeeded"
    assert output["left"]["error"]["code"] == "boom"
    assert output["right"] == {"output": 2, "error": None}


async def test_splits_nest_to_any_depth(carrier: Carrier) -> None:
    worker = await carrier.worker()
    inner = {"id": "inner", "foreach": "{{ [item, item * 10] }}", "steps": [call("leaf")]}
    par = {"id": "par", "branches": {"a": [inner], "b": [call("one")]}}
    begun = job(route({"id": "outer", "foreach": "{{ [1, 2] }}", "steps": [par]}))
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    state, output, _ = await carrier.job(begun.id)
    assert state == "succeeded"
    assert [one["a"] for one in output] == [[1, 10], [2, 20]]
    assert await carrier.leftovers() == 0


async def test_a_failure_far_inside_drops_everything_beside_it(carrier: Carrier) -> None:
    worker = await carrier.worker()
    inner = {"id": "inner", "foreach": "{{ [1, 2, 3] }}", "steps": [call("leaf")]}
    begun = job(route({"id": "par", "branches": {"deep": [inner], "bad": [call("bad")]}}))
    deep, bad = await split(carrier, worker, begun)
    await settle(carrier.queue, worker, (deep, None))
    leaves = await carrier.queue.lease(worker, 2)
    await settle(carrier.queue, worker, (bad, failure()))
    verdicts, _ = await settle(carrier.queue, worker, *((leaf, Done(1)) for leaf in leaves))
    assert not any(verdict.accepted for verdict in verdicts)
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "failed"
    assert await carrier.leftovers() == 0


async def test_a_packet_that_joined_may_split_again_at_once(carrier: Carrier) -> None:
    worker = await carrier.worker()
    second = {"id": "again", "foreach": "{{ steps.each.output }}", "steps": [call("two")]}
    begun = job(route(each(), second), {"items": [1, 2]})
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", [1, 2], None)
    assert await carrier.leftovers() == 0


async def test_a_worker_lost_while_merging_loses_no_arrival(carrier: Carrier) -> None:
    worker, other = await carrier.worker(), await carrier.worker()
    begun = job(route(each()), {"items": ["a", "b"]})
    for leased in await split(carrier, worker, begun):
        await settle(carrier.queue, worker, (leased, Done(leased.packet.item)))
    (merging,) = await carrier.queue.lease(worker, 1)
    assert merging.joined
    await carrier.lose(worker)
    await carrier.rescue()
    await carry_all(carrier.queue, other)
    assert await carrier.job(begun.id) == ("succeeded", ["a", "b"], None)


async def test_a_group_that_is_out_of_time_drops_its_items(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(each(timeout="10s")), {"items": [1, 2]})
    branches = await split(carrier, worker, begun)
    assert await carrier.wake_due() == 0
    await carrier.pass_time(11_000)
    assert await carrier.wake_due() == 1
    (verdict,), _ = await settle(carrier.queue, worker, (branches[0], Done(1)))
    assert not verdict.accepted
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "timeout")
    assert await carrier.leftovers() == 0


async def test_items_go_on_to_their_next_step_at_the_same_worker(carrier: Carrier) -> None:
    worker = await carrier.worker()
    two = {"id": "each", "foreach": "{{ inputs.items }}", "steps": [call("one"), call("two")]}
    begun = job(route(two), {"items": [5]})
    (leased,) = await split(carrier, worker, begun)
    verdicts, batch = await settle(carrier.queue, worker, (leased, Done(1)))
    after = onward(leased, verdicts[0], batch[0])
    assert after is not None
    assert await carrier.queue.lease(worker, 5) == []
    (verdict,), _ = await settle(carrier.queue, worker, (after, Done(2)))
    assert verdict.accepted
