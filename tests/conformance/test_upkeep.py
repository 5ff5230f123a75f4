"""The queue stays fast to walk and small, whatever else goes on in the database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from carriers import PostgresCarrier
from scenes import call, job, route, settle
from test_acts import TWO_STEPS

from tropeiro.kernel.outcome import Done, Wait
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.runtime import upkeep as duty
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.upkeep import PostgresUpkeep

ONE_STEP = route(call("one"))
PAST_ALL = 2**40
READ = (
    "SELECT sum(pg_stat_get_xact_tuples_returned(indexrelid))::bigint AS n FROM pg_index"
    " WHERE indrelid = 'tropeiro_packet'::regclass"
)


@pytest.fixture
async def carrier(engine_database: str, tmp_path: Path) -> AsyncIterator[PostgresCarrier]:
    """A queue that is empty, with its front at the beginning."""
    link = Link(engine_database)
    await link.open()
    await link.rows("TRUNCATE tropeiro_packet, tropeiro_join, tropeiro_arrival, tropeiro_worker, tropeiro_job")
    await link.rows("SELECT setval('tropeiro_packet_front', 1)")
    queue = PostgresQueue(link, FsspecBlobs(tmp_path.as_uri()))
    yield PostgresCarrier(link, queue)
    await queue.stop()
    await link.close()


async def front(carrier: PostgresCarrier) -> int:
    return int((await carrier.link.rows("SELECT last_value FROM tropeiro_packet_front"))[0]["last_value"])


async def seqs(carrier: PostgresCarrier) -> list[int]:
    return [row["seq"] for row in await carrier.link.rows("SELECT seq FROM tropeiro_packet ORDER BY seq")]


async def test_the_front_is_the_first_packet_that_is_ready(carrier: PostgresCarrier) -> None:
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    await carrier.start(*(job(ONE_STEP) for _ in range(5)))
    first, *_, last = await seqs(carrier)
    assert await upkeep.move_front(PAST_ALL, everything=False) == last
    assert await front(carrier) == first
    await carrier.queue.lease(worker, 2)
    await upkeep.move_front(PAST_ALL, everything=False)
    assert await front(carrier) == first + 2
    assert len(await carrier.queue.lease(worker, 5)) == 3


async def test_the_front_does_not_pass_what_was_numbered_lately(carrier: PostgresCarrier) -> None:
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    await carrier.start(job(ONE_STEP))
    (numbered,) = await seqs(carrier)
    await carrier.queue.lease(worker, 1)
    await upkeep.move_front(numbered, everything=False)
    assert await front(carrier) == numbered


async def test_a_packet_whose_transaction_took_too_long_is_found_by_the_look_at_everything(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    await carrier.start(job(ONE_STEP))
    (early,) = await seqs(carrier)
    async with await psycopg.AsyncConnection.connect(engine_database) as slow:
        await slow.execute("UPDATE tropeiro_packet SET hold = true")
        await slow.commit()
        await slow.execute("UPDATE tropeiro_packet SET hold = false")
        await upkeep.move_front(early + 100, everything=True)
        await slow.commit()
    assert await carrier.queue.lease(worker, 1) == []
    await upkeep.move_front(early + 100, everything=False)
    assert await carrier.queue.lease(worker, 1) == []
    await upkeep.move_front(early + 100, everything=True)
    assert len(await carrier.queue.lease(worker, 1)) == 1


async def test_a_job_that_is_resumed_stands_behind_the_front(carrier: PostgresCarrier) -> None:
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    begun = job(ONE_STEP)
    await carrier.start(begun)
    await carrier.pause(begun)
    await carrier.start(job(ONE_STEP))
    assert len(await carrier.queue.lease(worker, 5)) == 1
    assert await upkeep.move_front(PAST_ALL, everything=True) < await front(carrier)
    await carrier.resume(begun)
    assert [one.packet.job for one in await carrier.queue.lease(worker, 5)] == [begun.id]


async def test_an_answer_that_came_early_brings_its_packet_behind_the_front(carrier: PostgresCarrier) -> None:
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    await carrier.start(job(TWO_STEPS))
    (leased,) = await carrier.queue.lease(worker, 1)
    assert await carrier.callback(leased.packet.id, leased.token, Done({"n": 1}))
    assert await upkeep.move_front(PAST_ALL, everything=True) < await front(carrier)
    await settle(carrier.queue, worker, (leased, Wait(timeout_ms=60_000)))
    assert len(await carrier.queue.lease(worker, 1)) == 1


async def test_a_lease_passes_nothing_that_was_taken_while_an_old_snapshot_is_open(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    """Entries of an index that it has to read: with the front where it should be, and where it was."""
    worker, upkeep = await carrier.worker(), PostgresUpkeep(carrier.link)
    async with await psycopg.AsyncConnection.connect(engine_database) as somebody:
        await somebody.execute("SELECT pg_current_xact_id(), count(*) FROM tropeiro_packet")
        for _ in range(4):
            await carrier.start(*(job(ONE_STEP) for _ in range(500)))
            await carrier.link.rows("DELETE FROM tropeiro_packet")
        await carrier.start(*(job(ONE_STEP) for _ in range(10)))
        passed = await entries_read(carrier, worker)
        await upkeep.move_front(PAST_ALL, everything=True)
        direct = await entries_read(carrier, worker)
    assert passed > 2_000
    assert direct < 300


async def entries_read(carrier: PostgresCarrier, worker: Any) -> int:
    """How many entries of its indexes a lease of five packets reads; it is undone."""
    async with carrier.link.connection() as connection, connection.transaction(force_rollback=True):
        before = await (await connection.execute(READ)).fetchone()
        leased = await connection.execute(
            "SELECT * FROM tropeiro_lease(%s, 5, 1000000, %s, 9, '{}', '{}')", [worker, worker]
        )
        assert len(await leased.fetchall()) == 5
        after = await (await connection.execute(READ)).fetchone()
        assert before
        assert after
        return int(after["n"] - before["n"])


async def test_a_table_that_swells_is_cleaned_up(carrier: PostgresCarrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duty, "DEAD_ROWS", 400)
    monkeypatch.setattr(duty, "LOOK_SECONDS", 0.1)
    await carrier.link.rows("ALTER TABLE tropeiro_packet SET (autovacuum_enabled = false)")
    before = (await vacuums(carrier))["n"]
    await carrier.start(*(job(ONE_STEP) for _ in range(500)))
    await carrier.link.rows("DELETE FROM tropeiro_packet")
    cleaning = asyncio.create_task(duty.keep_tables_small(PostgresUpkeep(carrier.link)))
    async with asyncio.timeout(60):
        while (seen := await vacuums(carrier))["n"] == before:
            await asyncio.sleep(0.1)
    cleaning.cancel()
    with suppress(asyncio.CancelledError):
        await cleaning
    await carrier.link.rows("ALTER TABLE tropeiro_packet RESET (autovacuum_enabled)")
    assert seen["dead"] < 400


async def vacuums(carrier: PostgresCarrier) -> dict[str, Any]:
    """How often the packets' table was cleaned up by hand, and how many of its rows are dead."""
    return (
        await carrier.link.rows(
            "SELECT vacuum_count AS n, n_dead_tup AS dead FROM pg_stat_user_tables WHERE relname = 'tropeiro_packet'"
        )
    )[0]
