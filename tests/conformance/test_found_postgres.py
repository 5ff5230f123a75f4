"""Accidents of the PostgreSQL queue that were found by reading, each as the behaviour that now holds."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from carriers import PostgresCarrier
from msgspec.structs import replace
from scenes import ALICE, BOB, call, carry_all, decide, failure, job, onward, route, settle
from test_acts import TWO_STEPS, begin, start_child

from tropeiro.kernel import commands
from tropeiro.kernel.errors import NotCarriable
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, Fail, Wait
from tropeiro.kernel.start import start_row
from tropeiro.ports.queue import Leased, QueueUnavailable, Settlement, Span
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.postgres import PostgresStore

pytestmark = pytest.mark.parametrize("carrier", ["postgres"], indirect=True)

LARGE = "x" * 200_000
RETRIED = route({"id": "each", "foreach": "{{ inputs.items }}", "steps": [call("do", retry={"attempts": 2})]})
EACH = route({"id": "each", "foreach": "{{ inputs.items }}", "steps": [call("do")]})


def remove_blobs(folder: Path) -> None:
    for file in [file for file in folder.rglob("*") if file.is_file()]:
        file.unlink()


async def with_large_output(carrier: PostgresCarrier, worker: UUID) -> Leased:
    """A packet at its second step that names a large output of its first."""
    second = call("second", **{"with": {"seen": "{{ steps.first.output }}"}})
    leased = await begin(carrier, worker, job(route(call("first"), second)))
    (verdict,), (ready,) = await settle(carrier.queue, worker, (leased, Done(LARGE)))
    after = onward(leased, verdict, ready)
    assert after is not None
    return after


async def test_a_packet_whose_large_value_is_gone_fails_alone(carrier: PostgresCarrier, tmp_path: Path) -> None:
    worker = await carrier.worker()
    broken = await with_large_output(carrier, worker)
    await carrier.queue.release(worker, [broken.packet.id])
    remove_blobs(tmp_path)
    await carrier.start(job(TWO_STEPS))
    fresh = PostgresQueue(carrier.link, FsspecBlobs(tmp_path.as_uri()))
    leased = {one.packet.id: one for one in await fresh.lease(worker, 5)}
    assert len(leased) == 2
    answer = leased[broken.packet.id].answer
    assert isinstance(answer, Fail)
    assert answer.error.code == "not_found"


async def test_a_packet_whose_steps_cannot_be_read_is_put_off_alone(carrier: PostgresCarrier, tmp_path: Path) -> None:
    worker = await carrier.worker()
    broken, good = job(TWO_STEPS), job(route(call("other")))
    await carrier.start(broken, good)
    await carrier.link.rows("UPDATE tropeiro_packet SET route_digest = 'gone' WHERE job_id = %(id)s", {"id": broken.id})
    fresh = PostgresQueue(carrier.link, FsspecBlobs(tmp_path.as_uri()))
    assert [one.packet.job for one in await fresh.lease(worker, 5)] == [good.id]
    assert len(await fresh.held(worker)) == 1


async def test_what_the_branches_brought_may_be_too_much_to_merge(
    carrier: PostgresCarrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tropeiro.queues.postgres.MAX_JOIN_BYTES", 150_000)
    worker = await carrier.worker()
    begun = job(EACH, {"items": [1, 2]})
    leased = await begin(carrier, worker, begun)
    await settle(carrier.queue, worker, (leased, None))
    for branch in await carrier.queue.lease(worker, 2):
        await settle(carrier.queue, worker, (branch, Done("y" * 100_000)))
    await carry_all(carrier.queue, worker)
    assert await carrier.job(begun.id) == ("failed", None, "packet_too_large")
    assert await carrier.leftovers() == 0


async def test_history_of_a_week_stays_while_a_job_of_it_is_under_way(carrier: PostgresCarrier) -> None:
    old = replace(job(TWO_STEPS), id=uuid7(1_600_000_000_000))
    await carrier.link.rows(
        "SELECT tropeiro_ensure_partitions(to_timestamp(1600000000), to_timestamp(1600000000) + interval '1 week')"
    )
    await carrier.start(old)
    store = PostgresStore(carrier.link, [])
    gone = await store.drop_partitions(30)
    assert "tropeiro_job_20200907" not in gone
    assert "tropeiro_job_20200914" in gone
    assert (await carrier.job(old.id))[0] == "queued"
    await carrier.cancel(old)
    assert "tropeiro_job_20200907" in await store.drop_partitions(30)


async def test_a_week_gets_its_partition_although_jobs_of_it_exist(carrier: PostgresCarrier) -> None:
    """A clock that is wrong puts a job where no partition is yet."""
    early = replace(job(TWO_STEPS), id=uuid7(2_000_000_000_000))
    worker = await carrier.worker()
    await carrier.start(early)
    made = await carrier.link.rows(
        "SELECT tropeiro_ensure_partitions(to_timestamp(2000000000), to_timestamp(2000000000)) AS n"
    )
    assert made[0]["n"] == 4
    await carry_all(carrier.queue, worker)
    assert (await carrier.job(early.id))[0] == "succeeded"
    where = await carrier.link.rows(
        "SELECT tableoid::regclass::text AS t FROM tropeiro_job WHERE id = %(id)s", {"id": early.id}
    )
    assert where[0]["t"] == "tropeiro_job_20330516"


async def test_nobody_but_who_was_told_may_call_what_runs_with_the_owners_rights(carrier: PostgresCarrier) -> None:
    rows = await carrier.link.rows(
        "SELECT p.proname FROM pg_proc p WHERE p.proname LIKE 'tropeiro%%' AND p.prosecdef"
        " AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0)"
    )
    assert rows == []


async def test_a_tenant_starts_and_stops_nothing_of_another(carrier: PostgresCarrier) -> None:
    theirs = job(TWO_STEPS, organization=BOB)
    await carrier.start(theirs)
    row = msgspec.json.encode([start_row(job(TWO_STEPS, organization=BOB))[0]]).decode()
    acts: list[tuple[str, dict[str, Any]]] = [
        ("SELECT tropeiro_start(%(jobs)s)", {"jobs": row}),
        ("SELECT tropeiro_cancel(%(org)s, %(job)s)", {"org": BOB, "job": theirs.id}),
        ("SELECT tropeiro_pause(%(org)s, %(job)s)", {"org": BOB, "job": theirs.id}),
        ("SELECT tropeiro_resume(%(org)s, %(job)s)", {"org": BOB, "job": theirs.id}),
        ("SELECT tropeiro_approve(%(org)s, %(job)s, 'x', '{}')", {"org": BOB, "job": theirs.id}),
    ]
    for sql, params in acts:
        async with carrier.link.connection() as connection, connection.transaction(force_rollback=True):
            await connection.execute(
                "SELECT set_config('role', 'tropeiro_tenant', true), set_config('tropeiro.organization', %s, true)",
                (str(ALICE),),
            )
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                await connection.execute(sql, params)


async def test_a_batch_locks_its_packets_in_the_order_of_their_ids(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    """A pause locks all packets of a job in that order; a batch of several kinds must not cross it."""
    worker = await carrier.worker()
    leased = await begin(carrier, worker, job(RETRIED, {"items": [1, 2]}))
    await settle(carrier.queue, worker, (leased, None))
    branches = sorted(await carrier.queue.lease(worker, 2), key=lambda one: one.packet.id)
    batch = []
    # Waits are written after retries, so the lower packet's turn comes later.
    for one, outcome in zip(branches, (Wait(timeout_ms=60_000), failure(retryable=True)), strict=True):
        made = decide(one, outcome)
        spans = (Span(0.0, 0.0),) * len(made.records)
        batch.append(await carrier.queue.make_ready(Settlement(leased=one, advance=made, spans=spans)))
    assert [type(ready.settlement.advance.command) for ready in batch] == [commands.Wait, commands.Send]
    async with await psycopg.AsyncConnection.connect(engine_database) as holder:
        await holder.execute("SELECT 1 FROM tropeiro_packet WHERE id = %s FOR UPDATE", (branches[0].packet.id,))
        settling = asyncio.create_task(carrier.queue.settle(worker, batch))
        async with asyncio.timeout(20):
            while True:
                found = await holder.execute(
                    "SELECT 1 FROM pg_locks l JOIN pg_stat_activity a USING (pid)"
                    " WHERE NOT l.granted AND a.datname = current_database()"
                )
                if await found.fetchone():
                    break
        free = await holder.execute(
            "SELECT id FROM tropeiro_packet WHERE id = %s FOR UPDATE SKIP LOCKED", (branches[1].packet.id,)
        )
        assert len(await free.fetchall()) == 1
        await holder.rollback()
        assert all(verdict.accepted for verdict in await settling)


async def test_cancelled_items_of_a_second_try_stand_in_the_history_of_that_try(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    again = {"attempts": 3, "delay": "1s", "jitter": 0}
    begun = job(route({"id": "each", "foreach": "{{ [1, 2] }}", "retry": again, "steps": [call("do")]}))
    await carrier.start(begun)
    for _ in range(2):
        (parent,) = await carrier.queue.lease(worker, 5)
        await settle(carrier.queue, worker, (parent, None))
        bad, _beside = await carrier.queue.lease(worker, 5)
        await settle(carrier.queue, worker, (bad, failure(retryable=True)))
        (merging,) = await carrier.queue.lease(worker, 5)
        await settle(carrier.queue, worker, (merging, None))
        await carrier.pass_time(60_000)
        await carrier.wake_due()
    (parent,) = await carrier.queue.lease(worker, 5)
    await settle(carrier.queue, worker, (parent, None))
    await carrier.cancel(begun)
    rows = await carrier.link.rows(
        "SELECT path, round, attempt, state FROM tropeiro_step WHERE job_id = %(id)s ORDER BY path, round, attempt",
        {"id": begun.id},
    )
    seen = [(row["path"], row["round"], row["attempt"], row["state"]) for row in rows]
    assert [one for one in seen if one[0] == "each"] == [
        ("each", 0, 1, "failed"), ("each", 0, 2, "failed"), ("each", 0, 3, "cancelled"),
    ]  # fmt: skip
    assert {one[1:] for one in seen if one[0] == "each[1].do"} == {(n, 1, "cancelled") for n in range(3)}


async def test_the_root_of_a_child_of_a_child_is_the_first_job(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("report")))
    child = await start_child(carrier, worker, await begin(carrier, worker, begun), route(call("inner")))
    (inside,) = await carrier.queue.lease(worker, 5)
    grandchild = await start_child(carrier, worker, inside, TWO_STEPS)
    rows = await carrier.link.rows("SELECT id, root_job_id FROM tropeiro_job")
    assert {row["id"]: row["root_job_id"] for row in rows} == dict.fromkeys(
        (begun.id, child.id, grandchild.id), begun.id
    )


async def test_a_statement_that_is_too_much_for_postgresql_is_not_asked_for_again(carrier: PostgresCarrier) -> None:
    with pytest.raises(psycopg.errors.StatementTooComplex):
        await carrier.link.rows("SELECT repeat('[', 100000)::json")


async def test_a_lost_connection_is_told_to_who_stands_by_for_a_duty(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    link = Link(engine_database, application="standing by")
    await link.open()
    store = PostgresStore(link, [])

    async def lead() -> None:
        async with store.leadership("scene"):
            raise AssertionError("nobody else may lead")

    try:
        async with store.leadership("scene"):
            waiting = asyncio.create_task(lead())
            async with asyncio.timeout(20):
                while True:
                    ended = await link.rows(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'standing by' AND query LIKE '%%advisory%%' AND state = 'idle'"
                        " AND pid NOT IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted)"
                    )
                    if ended:
                        break
                    await asyncio.sleep(0.01)
            with pytest.raises(QueueUnavailable):
                async with asyncio.timeout(20):
                    await waiting
    finally:
        await link.close()


async def test_a_leader_that_stands_still_leads_no_longer(carrier: PostgresCarrier) -> None:
    silent, next_one = PostgresStore(carrier.link, [], silent_leader_ms=300), PostgresStore(carrier.link, [])
    async with silent.leadership("scene") as still, asyncio.timeout(20), next_one.leadership("scene"):
        with pytest.raises(QueueUnavailable):
            await still()


async def test_a_silent_server_is_hung_up_on_and_asked_again(carrier: PostgresCarrier, engine_database: str) -> None:
    link = Link(engine_database, silent_seconds=0.3)
    await link.open()
    try:
        for _ in range(2):
            with pytest.raises(QueueUnavailable):
                await link.rows("SELECT pg_sleep(60)")
        async with asyncio.timeout(10):
            assert await link.rows("SELECT 1 AS one") == [{"one": 1}]
    finally:
        await link.close()


async def test_a_question_that_cannot_be_stored_fails_its_step(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    begun = job(route(call("first"), {"id": "ask", "approval": {"title": "{{ steps.first.output }}"}}))
    leased = await begin(carrier, worker, begun)
    with pytest.raises(NotCarriable):
        await settle(carrier.queue, worker, (leased, Done("a\0b")))
    with pytest.raises(NotCarriable):
        await settle(carrier.queue, worker, (leased, Done("\ud800")))
