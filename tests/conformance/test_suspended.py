"""An organization that is suspended, as the queue in PostgreSQL knows it: its packets stand still wherever they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from carriers import PostgresCarrier, postgres_carrier
from scenes import ALICE, BOB, call, carry_all, job, route, settle
from test_acts import TWO_STEPS, begin, start_child

from tropeiro.kernel.outcome import Done


@pytest.fixture
async def carrier(engine_database: str, tmp_path: Path) -> AsyncIterator[PostgresCarrier]:
    async with postgres_carrier(engine_database, tmp_path) as made:
        yield made
        await made.link.rows("DELETE FROM tropeiro_suspension")


async def suspend(carrier: PostgresCarrier) -> None:
    await carrier.link.rows(
        "INSERT INTO tropeiro_suspension (organization_id, reason, suspended_by) VALUES (%(o)s, 'Why', 'op')",
        {"o": ALICE},
    )
    await carrier.link.rows("SELECT tropeiro_hold_organization(%(o)s)", {"o": ALICE})


async def release(carrier: PostgresCarrier) -> None:
    await carrier.link.rows("DELETE FROM tropeiro_suspension")
    await carrier.link.rows("SELECT tropeiro_release_organization(%(o)s)", {"o": ALICE})


async def test_a_step_under_way_ends_and_no_other_starts_until_it_goes_on(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun, other = job(TWO_STEPS), job(TWO_STEPS, organization=BOB)
    leased = await begin(carrier, worker, begun)
    await suspend(carrier)
    (verdict,), _ = await settle(carrier.queue, worker, (leased, Done(1)))
    assert (verdict.accepted, verdict.held) == (True, True)
    await carrier.start(other)
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(other.id))[0] == "succeeded"
    assert (await carrier.job(begun.id))[0] == "running"
    assert await carrier.steps(begun.id) == [("first", 1, "succeeded")]
    await release(carrier)
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(begun.id))[0] == "succeeded"


async def test_a_child_job_that_is_called_meanwhile_stands_still_without_being_paused(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    leased = await begin(carrier, worker, begun)
    await suspend(carrier)
    child = await start_child(carrier, worker, leased, TWO_STEPS)
    assert await carrier.queue.lease(worker, 5) == []
    assert (await carrier.job(child.id))[0] == "queued"
    await release(carrier)
    (inside,) = await carrier.queue.lease(worker, 5)
    assert inside.packet.job == child.id


async def test_the_child_of_a_paused_job_is_paused_with_it(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    leased = await begin(carrier, worker, begun)
    await carrier.pause(begun)
    child = await start_child(carrier, worker, leased, TWO_STEPS)
    assert (await carrier.job(child.id))[0] == "paused"
    await carrier.resume(begun)
    assert (await carrier.job(child.id))[0] == "queued"
    (inside,) = await carrier.queue.lease(worker, 5)
    assert inside.packet.job == child.id


async def test_a_split_of_a_suspended_job_leases_no_branch(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = job(route({"id": "each", "foreach": "{{ [1, 2] }}", "steps": [call("leaf")]}))
    leased = await begin(carrier, worker, begun)
    await suspend(carrier)
    await settle(carrier.queue, worker, (leased, None), take=2)
    assert await carrier.queue.lease(worker, 5) == []
    await release(carrier)
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("succeeded", [1, 2], None)
