"""Everybody locks packets in the order of their ids, so that settling and what people do never block each other."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psycopg
from carriers import PostgresCarrier
from psycopg.rows import dict_row
from scenes import call, decide, job, route

from tropeiro.kernel.outcome import Done
from tropeiro.kernel.start import Start
from tropeiro.ports.queue import Settlement, Span
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.sql import statement
from tropeiro.stores.blobs import FsspecBlobs

EACH = route({"id": "each", "foreach": "{{ inputs.items }}", "concurrency": 8, "steps": [call("do")]}, call("end"))


async def test_settling_waits_for_a_parent_before_it_touches_the_branches(engine_database: str, tmp_path: Path) -> None:
    """A lock on the parent alone holds up a settlement of its branches entirely: the branch rows stay free."""
    link = Link(engine_database)
    await link.open()
    queue = PostgresQueue(link, FsspecBlobs(tmp_path.as_uri()))
    carrier = PostgresCarrier(link, queue)
    worker = await carrier.worker()
    begun = job(EACH, {"items": [1, 2]})
    await carrier.start(begun)
    (parent,) = await queue.lease(worker, 1)
    made = decide(parent, None)
    await queue.settle(worker, [await queue.make_ready(Settlement(leased=parent, advance=made, spans=()))])
    branches = await queue.lease(worker, 2)
    batch = []
    for leased in branches:
        made = decide(leased, Done(1))
        spans = (Span(0.0, 0.0),) * len(made.records)
        batch.append(await queue.make_ready(Settlement(leased=leased, advance=made, spans=spans)))
    async with await psycopg.AsyncConnection.connect(engine_database, row_factory=dict_row) as holder:
        await holder.execute("SELECT 1 FROM tropeiro_packet WHERE id = %s FOR UPDATE", (parent.packet.id,))
        settling = asyncio.create_task(queue.settle(worker, batch))
        await until_somebody_waits(holder)
        free = await holder.execute(
            "SELECT id FROM tropeiro_packet WHERE join_id = %s FOR UPDATE SKIP LOCKED", (parent.packet.id,)
        )
        assert len(await free.fetchall()) == 2
        await holder.rollback()
        verdicts = await settling
    assert all(verdict.accepted for verdict in verdicts)
    await link.close()


async def test_acts_and_settlements_at_the_same_time_end_without_a_deadlock(
    engine_database: str, tmp_path: Path
) -> None:
    link = Link(engine_database, size=12)
    await link.open()
    before = await deadlocks(link)
    queue = PostgresQueue(link, FsspecBlobs(tmp_path.as_uri()))
    carrier = PostgresCarrier(link, queue)
    jobs = [job(EACH, {"items": list(range(20))}) for _ in range(12)]
    await carrier.start(*jobs)
    over = asyncio.Event()

    async def work() -> None:
        queue = PostgresQueue(link, FsspecBlobs(tmp_path.as_uri()))
        worker = await PostgresCarrier(link, queue).worker()
        while not over.is_set():
            leased = await queue.lease(worker, 7)
            batch = []
            for one in leased:
                made = decide(one, Done(one.packet.item))
                spans = (Span(0.0, 0.0),) * len(made.records)
                batch.append(await queue.make_ready(Settlement(leased=one, advance=made, spans=spans)))
            if batch:
                await queue.settle(worker, batch)
                await queue.release(worker, list(await queue.held(worker)))
        await queue.stop()

    async def meddle(mine: list[Start]) -> None:
        for begun in mine:
            for _ in range(5):
                await carrier.pause(begun)
                await carrier.resume(begun)
            await carrier.cancel(begun)

    workers = [asyncio.create_task(work()) for _ in range(4)]
    await asyncio.gather(meddle(jobs[:4]), meddle(jobs[4:8]), meddle(jobs[8:]))
    over.set()
    await asyncio.gather(*workers)
    assert await deadlocks(link) == before
    states = {(await carrier.job(begun.id))[0] for begun in jobs}
    assert states <= {"cancelled", "succeeded"}
    await link.close()


async def until_somebody_waits(connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
    """Until another session of this database waits for a lock."""
    async with asyncio.timeout(20):
        while True:
            found = await connection.execute(
                "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                " WHERE NOT l.granted AND a.datname = current_database()"
            )
            if await found.fetchone():
                return


async def deadlocks(link: Link) -> int:
    """How many deadlocks PostgreSQL has resolved in this database."""
    await link.rows("SELECT pg_stat_force_next_flush()")
    rows = await link.rows("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return int(rows[0]["deadlocks"])


def test_the_statement_that_settles_is_one_round_trip() -> None:
    assert statement("queue", "settle").count(";") == 0
