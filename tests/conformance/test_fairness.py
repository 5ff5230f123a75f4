"""Fairness: what one organization has waiting, or running, does not keep another's packets from being taken."""

from __future__ import annotations

from uuid import UUID

from carriers import Carrier
from scenes import ALICE, BOB, call, job, route

ONE_STEP = route(call("only"))


async def test_who_has_the_longer_backlog_gets_no_more_turns(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(*(job(ONE_STEP, organization=ALICE) for _ in range(90)))
    await carrier.start(*(job(ONE_STEP, organization=BOB) for _ in range(10)))
    served = [one.packet.organization for _ in range(20) for one in await carrier.queue.lease(worker, 1)]
    assert served.count(BOB) == 10


async def test_all_that_is_asked_for_is_given_although_most_organizations_have_little(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(*(job(ONE_STEP, organization=ALICE) for _ in range(80)))
    for n in range(15):
        await carrier.start(job(ONE_STEP, organization=UUID(int=n + 1)))
    leased = await carrier.queue.lease(worker, 60)
    assert len(leased) == 60
    assert sum(one.packet.organization == ALICE for one in leased) == 45


async def test_more_organizations_than_can_be_served_at_once_are_served_one_after_the_other(carrier: Carrier) -> None:
    worker = await carrier.worker()
    organizations = [UUID(int=n + 1) for n in range(12)]
    for organization in organizations:
        await carrier.start(*(job(ONE_STEP, organization=organization) for _ in range(3)))
    served = [one.packet.organization for _ in range(6) for one in await carrier.queue.lease(worker, 2)]
    assert sorted(served) == organizations


async def test_an_organization_gets_no_more_than_its_share_and_the_rest_is_for_others(carrier: Carrier) -> None:
    worker = await carrier.worker()
    await carrier.start(*(job(ONE_STEP, organization=ALICE) for _ in range(20)))
    first = await carrier.queue.lease(worker, 8, share=7)
    assert len(first) == 7
    assert await carrier.queue.lease(worker, 1, share=7, rooms={ALICE: 0}) == []
    await carrier.start(job(ONE_STEP, organization=BOB))
    (reserved,) = await carrier.queue.lease(worker, 1, share=7, rooms={ALICE: 0})
    assert reserved.packet.organization == BOB
    assert len(await carrier.queue.lease(worker, 8, share=7, rooms={ALICE: 2})) == 2
