"""What billing stands on: one record for each settled step that called a service and succeeded, and no other."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from carriers import Carrier
from msgspec.structs import replace
from scenes import carry_all, failure, job, onward, route, settle

from tropeiro.kernel.outcome import Done
from tropeiro.ports.queue import Leased

PRICED, BUILT_IN = UUID(int=7), UUID(int=8)


def priced(step_id: str, **keys: Any) -> dict[str, Any]:
    """A call of somebody's service."""
    return {"id": step_id, "uses": "acme/books/find@1", "service": str(PRICED), **keys}


def built_in(step_id: str) -> dict[str, Any]:
    """A call of a service that is part of Tropeiro."""
    return {"id": step_id, "uses": "house/core/set@1", "service": str(BUILT_IN)}


async def test_each_call_that_succeeded_leaves_one_record(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(priced("one"), {"id": "all", "steps": [priced("two")]}))
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    assert await carrier.usage(begun.id) == [("all.two", 0, PRICED), ("one", 0, PRICED)]


async def test_every_item_counts(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "each", "foreach": "{{ inputs.items }}", "steps": [priced("find")]}), {"items": [1, 2]})
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    assert await carrier.usage(begun.id) == [("each[0].find", 0, PRICED), ("each[1].find", 0, PRICED)]


async def test_what_is_built_in_costs_nothing(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(built_in("set")))
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", None, None)
    assert await carrier.usage(begun.id) == []


async def test_what_failed_costs_nothing_and_its_repetition_once(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(priced("find", retry={"attempts": 2, "delay": "1s"})))
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    await settle(carrier.queue, worker, (leased, failure(retryable=True)))
    assert await carrier.usage(begun.id) == []
    await carrier.pass_time(60_000)
    await carrier.wake_due()
    await carry_all(carrier.queue, worker)
    assert await carrier.usage(begun.id) == [("find", 0, PRICED)]


async def test_a_mock_costs_nothing(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(priced("find", mock={"found": 1})), mock=True)
    await carrier.start(begun)
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "succeeded"
    assert await carrier.usage(begun.id) == []


async def test_a_settlement_that_is_refused_leaves_no_record(carrier: Carrier) -> None:
    worker = await carrier.worker()
    begun = job(route(priced("one"), priced("two")))
    await carrier.start(begun)
    (leased,) = await carrier.queue.lease(worker, 1)
    verdicts, batch = await settle(carrier.queue, worker, (leased, Done(1)))
    (again,), _ = await settle(carrier.queue, worker, (leased, Done(1)))
    assert not again.accepted
    assert await carrier.usage(begun.id) == [("one", 0, PRICED)]
    current: Leased | None = onward(leased, verdicts[0], batch[0])
    assert current is not None
    (late,), _ = await settle(carrier.queue, worker, (replace(current, token=current.token - 1), Done(2)))
    assert not late.accepted
    assert await carrier.usage(begun.id) == [("one", 0, PRICED)]
