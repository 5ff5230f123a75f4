"""A packet that is settled alone takes a shorter way through PostgreSQL: to the same rows, and past the same fence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from carriers import PostgresCarrier
from msgspec.structs import replace
from scenes import failure, job, route, settle

from tropeiro.kernel.outcome import Done, Outcome, Retry
from tropeiro.kernel.start import Start
from tropeiro.ports.queue import Leased

pytestmark = pytest.mark.parametrize("carrier", ["postgres"], indirect=True)

PRICED = {"uses": "acme/books/find@1", "service": str(UUID(int=7))}
TWO = route({"id": "one", **PRICED}, {"id": "two", **PRICED})
FREE = route({"id": "one", "uses": "house/core/set@1", "service": str(UUID(int=8))}, {"id": "two", **PRICED})

# What differs from one packet to the next whoever writes it is left out: ids, and moments.
ROWS = (
    "SELECT to_jsonb(p) - '{id,job_id,seq,since,started_at}'::text[] AS row"
    " FROM tropeiro_packet p WHERE job_id = %(job)s",
    "SELECT to_jsonb(s) - '{job_id,started_at,finished_at}'::text[] AS row,"
    " extract(epoch FROM finished_at - started_at)::float AS took FROM tropeiro_step s WHERE job_id = %(job)s",
    "SELECT to_jsonb(t) - '{job_id,at}'::text[] AS row FROM tropeiro_tally t WHERE job_id = %(job)s ORDER BY kind",
    "SELECT to_jsonb(u) - '{job_id,at}'::text[] AS row FROM tropeiro_usage u WHERE job_id = %(job)s",
)


async def rows(carrier: PostgresCarrier, begun: Start) -> list[Any]:
    """All that is written of a job."""
    return [await carrier.link.rows(sql, {"job": begun.id}) for sql in ROWS]


async def leased(carrier: PostgresCarrier, worker: UUID, *begun: Start) -> list[Leased]:
    """The packets of the jobs, in their order."""
    await carrier.start(*begun)
    of_jobs = {one.packet.job: one for one in await carrier.queue.lease(worker, len(begun))}
    return [of_jobs[one.id] for one in begun]


@pytest.mark.parametrize(
    ("carried", "outcome"),
    [(TWO, Done({"n": 1})), (TWO, Done(None)), (TWO, Done("x" * 200_000)), (FREE, Done([1, "é"]))],
)
async def test_it_leaves_the_rows_that_it_leaves_in_company(
    carrier: PostgresCarrier, carried: Any, outcome: Done
) -> None:
    worker = await carrier.worker()
    begun = [job(carried) for _ in range(3)]
    alone, *company = await leased(carrier, worker, *begun)
    (verdict,), (ready,) = await settle(carrier.queue, worker, (alone, outcome))
    assert ready.parts.plain
    assert verdict.accepted
    assert not verdict.held
    await settle(carrier.queue, worker, *((one, outcome) for one in company))
    expected = await rows(carrier, begun[1])
    assert await rows(carrier, begun[0]) == expected
    assert all(expected[:3])


async def test_a_held_packet_is_given_back(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = [job(TWO) for _ in range(3)]
    alone, *company = await leased(carrier, worker, *begun)
    for one in begun:
        await carrier.pause(one)
    (verdict,), _ = await settle(carrier.queue, worker, (alone, Done(1)))
    others, _ = await settle(carrier.queue, worker, *((one, Done(1)) for one in company))
    assert (verdict.accepted, verdict.held) == (True, True)
    assert [(one.accepted, one.held) for one in others] == [(True, True)] * 2
    assert await rows(carrier, begun[0]) == await rows(carrier, begun[1])


async def test_who_no_longer_holds_it_is_refused_and_nothing_is_written(carrier: PostgresCarrier) -> None:
    worker, another = await carrier.worker(), await carrier.worker()
    begun = job(TWO)
    (one,) = await leased(carrier, worker, begun)
    before = await rows(carrier, begun)
    (late,), _ = await settle(carrier.queue, worker, (replace(one, token=one.token + 1), Done(1)))
    (foreign,), _ = await settle(carrier.queue, another, (one, Done(1)))
    assert not late.accepted
    assert not foreign.accepted
    assert await rows(carrier, begun) == before


@pytest.mark.parametrize("outcome", [failure(), Retry(failure().error, 1_000)])
async def test_what_is_not_plain_takes_the_long_way(carrier: PostgresCarrier, outcome: Outcome) -> None:
    worker = await carrier.worker()
    (one,) = await leased(carrier, worker, job(TWO))
    (verdict,), (ready,) = await settle(carrier.queue, worker, (one, outcome))
    assert not ready.parts.plain
    assert verdict.accepted
