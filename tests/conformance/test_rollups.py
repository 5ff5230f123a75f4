"""The rollups count what happened exactly once, whatever happens to who counts."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from carriers import PostgresCarrier, postgres_carrier
from psycopg.rows import dict_row
from scenes import ALICE, BOB, call, carry_all, failure, job, route, settle

from tropeiro.kernel.start import start_row
from tropeiro.sql import statement

NOW, EVERYTHING = datetime.now(UTC), 100_000
ROLLUPS = ("tropeiro_rollup", "tropeiro_rollup_call", "tropeiro_rollup_failure", "tropeiro_rollup_newest")
PROJECT, VERSION = UUID(int=5), UUID(int=6)


@pytest.fixture
async def carrier(engine_database: str, tmp_path: Path) -> AsyncIterator[PostgresCarrier]:
    async with postgres_carrier(engine_database, tmp_path) as made:
        await made.link.rows("TRUNCATE tropeiro_tally, tropeiro_usage, " + ", ".join(ROLLUPS))
        yield made


async def roll(carrier: PostgresCarrier, limit: int = EVERYTHING) -> int:
    return int((await carrier.link.rows(statement("rollups", "roll"), {"limit": limit}))[0]["taken"])


async def recount(carrier: PostgresCarrier, organization: UUID | None = None) -> None:
    bounds = {"from": NOW - timedelta(days=1), "to": NOW + timedelta(days=1), "organization": organization}
    await carrier.link.rows(statement("rollups", "recount"), bounds)


async def rollups(carrier: PostgresCarrier) -> dict[str, list[dict[str, Any]]]:
    """Every row of every rollup, in one order."""
    return {table: await carrier.link.rows(f"SELECT * FROM {table} r ORDER BY r::text") for table in ROLLUPS}


async def total(carrier: PostgresCarrier, what: str, grain: str = "hour", organization: UUID = ALICE) -> int:
    rows = await carrier.link.rows(
        f"SELECT coalesce(sum({what}), 0) AS n FROM tropeiro_rollup"
        " WHERE level = 'organization' AND grain = %(grain)s AND organization_id = %(organization)s",
        {"grain": grain, "organization": organization},
    )
    return int(rows[0]["n"])


async def some_jobs(carrier: PostgresCarrier) -> None:
    """Jobs of two organizations that succeed, fail, are retried and cancelled, and one that is under way."""
    worker = await carrier.worker()
    billed = call("a", uses="acme/books/find@2", service=str(UUID(int=9)))
    of_a_project = {"project": PROJECT, "workflow_version": VERSION, "trigger": "schedule"}
    await carrier.start(
        *(job(route(billed, call("b", uses="house/core/set@1")), **of_a_project) for _ in range(3)),
        *(job(route(call("c")), organization=BOB) for _ in range(2)),
    )
    await carry_all(carrier.queue, worker)
    failing = job(route(call("d", retry={"attempts": 2, "delay": "1s"})))
    await carrier.start(failing)
    for _ in range(2):
        (leased,) = await carrier.queue.lease(worker, 1)
        await settle(carrier.queue, worker, (leased, failure("HTTP 503 of 12", retryable=True)))
        await carrier.pass_time(60_000)
        await carrier.wake_due()
    assert (await carrier.job(failing.id))[0] == "failed"
    stopped = job(route(call("e")))
    await carrier.start(stopped, job(route(call("f"))))
    await carrier.cancel(stopped)


async def test_what_happened_is_counted_at_every_grain(carrier: PostgresCarrier) -> None:
    await some_jobs(carrier)
    assert await roll(carrier) > 0
    for grain in ("minute", "hour", "day"):
        found = {
            what: await total(carrier, what, grain)
            for what in ("started", "succeeded", "failed", "timed_out", "cancelled", "steps", "retries")
        }
        assert found == {
            "started": 6, "succeeded": 3, "failed": 1, "timed_out": 0, "cancelled": 1, "steps": 8, "retries": 1,
        }  # fmt: skip
        assert await total(carrier, "started", grain, BOB) == 2
    assert await roll(carrier) == 0


async def test_every_level_adds_up_to_the_same(carrier: PostgresCarrier) -> None:
    await some_jobs(carrier)
    await roll(carrier)
    rows = await carrier.link.rows(
        "SELECT level, sum(started) AS started, sum(succeeded) AS succeeded, sum(steps) AS steps, sum(us) AS us,"
        " (SELECT sum(n) FROM tropeiro_rollup h, unnest(h.counts) n WHERE h.level = r.level) AS bars"
        " FROM tropeiro_rollup r GROUP BY level"
    )
    assert {row.pop("level") for row in rows} == {"organization", "trigger", "project", "project_trigger", "version"}
    assert all(row == rows[0] for row in rows)
    # The jobs may lie on both sides of a midnight.
    (version,) = await carrier.link.rows(
        "SELECT project_id, name, trigger, sum(started)::int AS started FROM tropeiro_rollup"
        " WHERE level = 'version' AND grain = 'day' AND workflow_version_id = %(version)s GROUP BY 1, 2, 3",
        {"version": VERSION},
    )
    assert version == {"project_id": PROJECT, "name": "scene", "trigger": "schedule", "started": 3}


async def test_calls_are_counted_by_service_and_outcome(carrier: PostgresCarrier) -> None:
    await some_jobs(carrier)
    await roll(carrier)
    rows = await carrier.link.rows(
        "SELECT service, version, state, code, calls, retries, billed FROM tropeiro_rollup_call"
        " WHERE grain = 'hour' AND organization_id = %(alice)s ORDER BY service, state",
        {"alice": ALICE},
    )
    assert [tuple(row.values()) for row in rows] == [
        ("acme/books/find", "2", "succeeded", "", 3, 0, 3),
        ("core/set", "1", "failed", "HTTP 503 of 12", 2, 1, 0),
        ("house/core/set", "1", "succeeded", "", 3, 0, 0),
    ]


async def test_failures_that_differ_in_a_number_are_one_group_and_the_newest_is_the_example(
    carrier: PostgresCarrier,
) -> None:
    worker = await carrier.worker()
    jobs = [job(route(call("a"))) for _ in range(3)]
    for n, one in enumerate(jobs):
        await carrier.start(one)
        (leased,) = await carrier.queue.lease(worker, 1)
        await settle(carrier.queue, worker, (leased, failure(f"order {n}")))
        await carrier.link.rows(
            "UPDATE tropeiro_job SET error = json_build_object('code', 'boom', 'message', %(message)s::text)"
            " WHERE id = %(id)s",
            {"message": f"Order {n}00 of 'shop {n}' is not there.", "id": one.id},
        )
        if n == 1:
            await roll(carrier)
    await roll(carrier)
    (group,) = await carrier.link.rows("SELECT code, message, failures, last_job_id FROM tropeiro_rollup_failure")
    assert group == {
        "code": "boom", "message": "Order 200 of 'shop 2' is not there.", "failures": 3, "last_job_id": jobs[2].id,
    }  # fmt: skip


async def test_rolling_in_any_pieces_gives_what_a_recount_of_the_jobs_gives(carrier: PostgresCarrier) -> None:
    for _ in range(3):
        await some_jobs(carrier)
        while await roll(carrier, random.randint(1, 7)):
            pass
    rolled = await rollups(carrier)
    await recount(carrier)
    assert await rollups(carrier) == rolled
    await recount(carrier)
    assert await rollups(carrier) == rolled


async def test_a_roller_that_is_killed_at_any_step_neither_loses_nor_repeats(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    """One connection counts a piece and dies before, or after, its commit; the next one goes on."""
    await some_jobs(carrier)
    for die in (True, False, True, True, False):
        await some_jobs(carrier)
        connection = await psycopg.AsyncConnection.connect(engine_database, row_factory=dict_row)
        await connection.execute(statement("rollups", "roll"), {"limit": 9})
        if not die:
            await connection.commit()
        pid = connection.info.backend_pid
        await carrier.link.rows("SELECT pg_terminate_backend(%(pid)s, 5000)", {"pid": pid})
        await connection.close()
    while await roll(carrier, 11):
        pass
    rolled = await rollups(carrier)
    await recount(carrier)
    assert await rollups(carrier) == rolled
    assert await total(carrier, "started") == 36


async def test_the_twenty_newest_outcomes_of_each_version_are_kept(carrier: PostgresCarrier) -> None:
    worker = await carrier.worker()
    jobs = [job(route(call("a")), workflow_version=VERSION) for _ in range(23)]
    for one in jobs:
        await carrier.start(one)
        await carry_all(carrier.queue, worker)
        await roll(carrier, 2)
    await roll(carrier)
    rows = await carrier.link.rows(
        "SELECT o.job_id, o.state FROM tropeiro_rollup_newest r, unnest(r.outcomes) WITH ORDINALITY"
        " AS o(job_id, state, us, at, place) WHERE r.workflow_version_id = %(version)s ORDER BY o.place",
        {"version": VERSION},
    )
    assert [row["job_id"] for row in rows] == [one.id for one in reversed(jobs[3:])]
    assert {row["state"] for row in rows} == {"succeeded"}


async def test_a_transaction_that_commits_late_is_not_missed(carrier: PostgresCarrier, engine_database: str) -> None:
    late = await psycopg.AsyncConnection.connect(engine_database)
    begun = job(route(call("a")))
    rows = msgspec.json.encode([start_row(begun)[0]]).decode()
    await late.execute(statement("store", "start"), {"jobs": rows})
    await some_jobs(carrier)
    await roll(carrier)
    assert await total(carrier, "started") == 6
    await late.commit()
    await late.close()
    assert await roll(carrier) == 1
    assert await total(carrier, "started") == 7


async def test_two_who_roll_and_one_who_recounts_at_the_same_time_count_once(carrier: PostgresCarrier) -> None:
    async def rolling() -> None:
        for _ in range(25):
            await roll(carrier, 3)

    async def recounting() -> None:
        for _ in range(6):
            await recount(carrier, ALICE)

    async def happening() -> None:
        for _ in range(4):
            await some_jobs(carrier)

    await asyncio.gather(rolling(), rolling(), recounting(), happening())
    await roll(carrier)
    rolled = await rollups(carrier)
    assert await total(carrier, "started") == 24
    await recount(carrier)
    assert await rollups(carrier) == rolled


async def test_the_history_of_one_organization_is_recounted_without_touching_another(carrier: PostgresCarrier) -> None:
    await some_jobs(carrier)
    await roll(carrier)
    await carrier.link.rows("DELETE FROM tropeiro_job WHERE organization_id = %(alice)s", {"alice": ALICE})
    await recount(carrier, ALICE)
    assert (await total(carrier, "started"), await total(carrier, "started", organization=BOB)) == (0, 2)


async def test_days_whose_history_is_gone_are_not_counted_again(carrier: PostgresCarrier) -> None:
    bounds = {"from": NOW - timedelta(days=500), "to": NOW, "organization": None}
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="history is kept from"):
        await carrier.link.rows(statement("rollups", "recount"), bounds)


async def test_each_grain_is_forgotten_at_its_own_age(carrier: PostgresCarrier) -> None:
    await carrier.link.rows(
        "INSERT INTO tropeiro_rollup (grain, at, organization_id, level)"
        " SELECT g, now() - age * interval '1 hour', %(alice)s, 'organization'"
        " FROM unnest('{minute,hour,day}'::text[]) g, unnest('{1,72,2400}'::int[]) age",
        {"alice": ALICE},
    )
    (row,) = await carrier.link.rows(statement("rollups", "forget"), {"minutes": 48, "hours": 30, "days": 3000})
    assert row["gone"] == 3
    rows = await carrier.link.rows("SELECT grain, count(*) AS n FROM tropeiro_rollup GROUP BY grain")
    assert {row["grain"]: row["n"] for row in rows} == {"minute": 1, "hour": 2, "day": 3}


async def test_every_duration_is_told_within_a_twentieth(carrier: PostgresCarrier) -> None:
    (row,) = await carrier.link.rows(
        "SELECT max(abs(tropeiro_bucket_us(tropeiro_bucket(us)) - us) / us) AS error"
        " FROM (SELECT (10 ^ (random() * 12))::bigint + 20 AS us FROM generate_series(1, 20000)) t"
    )
    assert row["error"] < 0.0477


async def test_adding_histograms_up_adds_their_counts(carrier: PostgresCarrier) -> None:
    (row,) = await carrier.link.rows("SELECT * FROM tropeiro_merge('{1,5}', '{2,3}', '{0,5}', '{1,4}')")
    assert row == {"buckets": [0, 1, 5], "counts": [1, 2, 7]}


async def test_a_tenant_reads_its_own_counts_alone_and_changes_none(
    carrier: PostgresCarrier, engine_database: str
) -> None:
    await some_jobs(carrier)
    await roll(carrier)
    with psycopg.connect(engine_database) as connection:
        connection.execute("SET ROLE tropeiro_tenant")
        connection.execute("SELECT set_config('tropeiro.organization', %s, false)", [str(BOB)])
        for table in ROLLUPS:
            found = connection.execute(f"SELECT DISTINCT organization_id FROM {table}").fetchall()
            assert found in ([(BOB,)], []), table
        connection.commit()
        for forbidden in (
            "DELETE FROM tropeiro_rollup",
            "SELECT * FROM tropeiro_tally",
            "SELECT * FROM tropeiro_rollup_hour",
            "SELECT tropeiro_roll(1)",
            f"SELECT tropeiro_recount('{BOB}', now(), now())",
        ):
            connection.execute("SET ROLE tropeiro_tenant")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden)
            connection.rollback()
