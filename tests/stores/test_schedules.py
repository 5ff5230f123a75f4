"""Triggers that are due start their jobs, once, whoever else is at it and whatever went wrong before."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
import scheduler_process
from trigger_rows import DOCUMENT, Yard, make_yard

from tropeiro.kernel.firing import MOST_FAILURES
from tropeiro.ports.queue import QueueUnavailable
from tropeiro.runtime.schedules import BATCH, fire_due
from tropeiro.sql import statement

HOUR = timedelta(hours=1)


@pytest.fixture
def yard(database_url: str, tmp_path: Path) -> Yard:
    return make_yard(database_url, tmp_path)


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> None:
    """Until it is so; other processes tell nobody but the database."""
    deadline = time.monotonic() + seconds
    while not reached():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.02)


async def fire(yard: Yard, limit: int = BATCH) -> int:
    """One round of one scheduler; how many jobs it started."""
    async with yard.scheduler() as schedules:
        return (await schedules.fire(limit)).jobs


async def test_three_schedulers_give_two_thousand_schedules_of_one_minute_one_run_each(yard: Yard) -> None:
    yard.many(2_000)
    async with yard.scheduler() as one, yard.scheduler() as two, yard.scheduler() as three:
        tasks = [asyncio.create_task(fire_due(scheduler)) for scheduler in (one, two, three)]
        async with asyncio.timeout(60):
            while yard.rows("SELECT 1 FROM tropeiro_trigger WHERE next_at <= now() LIMIT 1"):
                await asyncio.sleep(0.05)
        # Everybody looks once more: nothing may come of it.
        again = await asyncio.gather(one.fire(BATCH), two.fire(BATCH), three.fire(BATCH))
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert sum(fired.jobs for fired in again) == 0
    counts = yard.rows(
        "SELECT count(*) AS jobs, count(DISTINCT trigger_id) AS triggers, count(DISTINCT f.job_id) AS firings"
        " FROM tropeiro_job j JOIN tropeiro_firing f USING (trigger_id)"
    )[0]
    assert counts == {"jobs": 2_000, "triggers": 2_000, "firings": 2_000}
    assert yard.rows("SELECT count(*) AS n FROM tropeiro_packet WHERE state = 'ready'")[0]["n"] == 2_000
    assert yard.rows("SELECT count(*) AS n FROM tropeiro_route")[0]["n"] == 1


def test_three_processes_of_which_one_is_killed_give_each_schedule_one_run(yard: Yard, tmp_path: Path) -> None:
    command = [sys.executable, scheduler_process.__file__, yard.url, f"file://{tmp_path}"]
    processes = [subprocess.Popen(command) for _ in range(3)]
    try:
        # They are all there before anything is due, so that they fight for the same moment.
        waiting = "SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE 'LISTEN tropeiro_trigger%%'"
        wait_until(lambda: yard.rows(waiting)[0]["n"] == 3)
        yard.many(2_000)
        yard.rows(statement("triggers", "changed"))
        wait_until(lambda: bool(yard.rows("SELECT 1 FROM tropeiro_firing LIMIT 1")))
        processes[0].kill()
        wait_until(lambda: not yard.rows("SELECT 1 FROM tropeiro_trigger WHERE next_at <= now() LIMIT 1"))
    finally:
        for process in processes:
            process.kill()
            process.wait()
    counts = "SELECT count(*) AS jobs, count(DISTINCT trigger_id) AS triggers FROM tropeiro_job"
    assert yard.rows(counts)[0] == {"jobs": 2_000, "triggers": 2_000}
    assert yard.rows("SELECT count(*) AS n FROM tropeiro_firing WHERE outcome = 'started'")[0]["n"] == 2_000


async def test_the_word_to_stop_is_heard_also_when_it_comes_with_news(yard: Yard) -> None:
    async with yard.scheduler() as schedules:

        async def wait_for_ever() -> None:
            while True:
                await schedules.wait_changed(60)

        waiting = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0.01)
        schedules._changed.set()
        # The news have arrived, and whoever waits has not gone on yet.
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting], timeout=1)
        assert waiting.cancelled()


async def test_two_schedulers_that_claim_at_the_same_time_claim_different_triggers(yard: Yard) -> None:
    yard.many(40)
    claim = statement("triggers", "claim_due")
    async with (
        await psycopg.AsyncConnection.connect(yard.url) as one,
        await psycopg.AsyncConnection.connect(yard.url) as two,
    ):
        first = await (await one.execute(claim, {"limit": 25})).fetchall()
        second = await (await two.execute(claim, {"limit": 25})).fetchall()
    assert (len(first), len(second)) == (25, 15)
    assert not {row[0] for row in first} & {row[0] for row in second}


async def test_a_scheduler_that_dies_between_claim_and_commit_leaves_everything_to_the_next(yard: Yard) -> None:
    trigger = yard.trigger()
    async with yard.scheduler() as schedules:
        killed = asyncio.Event()
        settle = schedules._settle

        async def settle_and_die(connection: Any, rows: Any) -> int:
            await settle(connection, rows)
            yard.rows("SELECT pg_terminate_backend(%(pid)s)", pid=connection.info.backend_pid)
            killed.set()
            return 1

        schedules._settle = settle_and_die  # type: ignore[method-assign]
        with pytest.raises(QueueUnavailable):
            await schedules.fire(BATCH)
        assert killed.is_set()
    assert (yard.jobs(), yard.firings(trigger)) == ([], [])
    assert await fire(yard) == 1
    assert await fire(yard) == 0
    assert len(yard.jobs(trigger)) == 1


async def test_a_trigger_that_changed_since_it_was_claimed_undoes_the_round(yard: Yard) -> None:
    trigger = yard.trigger()
    row = {"id": str(trigger), "was_at": "2001-01-01T00:00:00Z", "next_at": None, "failures": 0, "running": []}
    firing = {"trigger_id": str(trigger), "scheduled_for": "2026-01-01T00:00:00Z", "outcome": "started", "missed": 0,
              "organization_id": str(yard.organization)}  # fmt: skip
    with pytest.raises(psycopg.errors.SerializationFailure):
        yard.rows("SELECT tropeiro_fire(%(t)s, %(f)s, '[]', '[]')", t=json.dumps([row]), f=json.dumps([firing]))
    assert yard.firings(trigger) == []


async def test_a_moment_that_was_dealt_with_starts_nothing_again(yard: Yard) -> None:
    trigger = yard.trigger()
    before = yard.of(trigger)["next_at"]
    assert await fire(yard) == 1
    yard.finish_jobs()
    # Somebody puts the trigger back to where it was.
    yard.rows("UPDATE tropeiro_trigger SET next_at = %(at)s WHERE id = %(id)s", at=before, id=trigger)
    other = yard.trigger()
    assert await fire(yard) == 1
    assert len(yard.jobs(trigger)) == 1
    assert len(yard.jobs(other)) == 1
    assert yard.of(trigger)["next_at"] == before + HOUR


async def test_a_job_of_a_schedule_is_like_one_started_by_hand_and_names_its_trigger(yard: Yard) -> None:
    trigger = yard.trigger(inputs='{"days": 3}')
    await fire(yard)
    (job,) = yard.jobs(trigger)
    assert (job["name"], job["trigger"], job["state"], job["inputs"]) == ("w@1", "schedule", "queued", {"days": 3})
    assert (job["organization_id"], job["started_by_id"], job["trace"]) == (yard.organization, None, "")
    (firing,) = yard.firings(trigger)
    assert (firing["outcome"], firing["job_id"], firing["missed"]) == ("started", job["id"], 0)
    assert yard.of(trigger)["last_job_id"] == job["id"]


async def test_the_newest_version_is_started_unless_one_is_named(yard: Yard) -> None:
    newest, pinned = yard.trigger(), yard.trigger(version=1)
    yard.save(DOCUMENT, 2)
    await fire(yard)
    assert [job["name"] for trigger in (newest, pinned) for job in yard.jobs(trigger)] == ["w@2", "w@1"]


async def test_nothing_fires_before_its_moment_and_the_sleeper_is_told_how_long(yard: Yard) -> None:
    yard.trigger(next_at=yard.now() + timedelta(seconds=90))
    async with yard.scheduler() as schedules:
        fired = await schedules.fire(BATCH)
    assert (fired.triggers, fired.jobs) == (0, 0)
    assert fired.next_seconds == pytest.approx(90, abs=5)


async def test_a_sleeping_scheduler_is_woken_by_a_change(yard: Yard) -> None:
    async with yard.scheduler() as schedules, schedules.listening():
        await schedules.wait_changed(10)
        waiting = asyncio.create_task(schedules.wait_changed(60))
        yard.rows(statement("triggers", "changed"))
        await asyncio.wait_for(waiting, 10)


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("claim_due", "tropeiro_trigger_due"),
        ("claim_waiting", "tropeiro_trigger_waiting"),
        ("claim_ahead", "tropeiro_trigger_ahead"),
        ("next_due", "tropeiro_trigger_due"),
    ],
)
async def test_what_is_due_is_found_by_index_however_many_triggers_there_are(yard: Yard, name: str, index: str) -> None:
    yard.many(5_000, due=timedelta(days=-1))
    yard.rows("ANALYZE tropeiro_trigger")
    lines = yard.rows("EXPLAIN (COSTS OFF) " + statement("triggers", name), limit=BATCH)
    text = "\n".join(line["QUERY PLAN"] for line in lines)
    assert index in text, text
    assert "Seq Scan on tropeiro_trigger" not in text, text


# After a downtime


async def test_after_a_downtime_the_latest_missed_run_is_made_up_for_once(yard: Yard) -> None:
    trigger = yard.trigger(due=timedelta(hours=5, minutes=10))
    assert await fire(yard) == 1
    (firing,) = yard.firings(trigger)
    assert firing["missed"] == 5
    assert timedelta(0) < yard.now() - firing["scheduled_for"] < HOUR
    assert timedelta(0) < yard.of(trigger)["next_at"] - yard.now() < HOUR


async def test_what_was_missed_longer_ago_than_the_grace_period_is_recorded_and_not_run(yard: Yard) -> None:
    day = 86_400_000
    trigger = yard.trigger(due=timedelta(hours=30), every_ms=2 * day, grace_ms=day)
    assert await fire(yard) == 0
    (firing,) = yard.firings(trigger)
    assert (firing["outcome"], firing["error"]["code"]) == ("missed", "missed")
    assert yard.of(trigger)["next_at"] > yard.now()


async def test_without_catching_up_only_what_is_on_time_runs(yard: Yard) -> None:
    late = yard.trigger(due=timedelta(minutes=5), catch_up="none")
    prompt = yard.trigger(due=timedelta(seconds=20), catch_up="none")
    await fire(yard)
    assert (yard.outcomes(late), yard.outcomes(prompt)) == (["missed"], ["started"])


async def test_all_missed_runs_are_made_up_for_when_that_is_wanted(yard: Yard) -> None:
    trigger = yard.trigger(due=timedelta(hours=5, minutes=10), catch_up="all", overlap="allow")
    assert await fire(yard) == 6
    assert [firing["missed"] for firing in yard.firings(trigger)] == [0] * 6


# Overlap


async def test_a_run_that_would_overlap_is_skipped_and_says_so(yard: Yard) -> None:
    trigger = yard.trigger()
    await fire(yard)
    yard.rows("UPDATE tropeiro_trigger SET next_at = now() WHERE id = %(id)s", id=trigger)
    assert await fire(yard) == 0
    skipped = yard.firings(trigger)[-1]
    assert (skipped["outcome"], skipped["error"]["code"]) == ("skipped", "overlap")
    assert skipped["error"]["details"] == {"job": str(yard.jobs(trigger)[0]["id"])}
    yard.finish_jobs()
    yard.rows("UPDATE tropeiro_trigger SET next_at = now() WHERE id = %(id)s", id=trigger)
    assert await fire(yard) == 1


async def test_runs_that_queue_start_one_after_the_other_in_their_order(yard: Yard) -> None:
    trigger = yard.trigger(due=timedelta(hours=2, minutes=1), overlap="queue", catch_up="all")
    assert await fire(yard) == 1
    assert yard.outcomes(trigger) == ["started", "waiting", "waiting"]
    assert await fire(yard) == 0
    for number in (2, 3):
        yard.finish_jobs()
        assert await fire(yard) == 1
        assert yard.outcomes(trigger) == ["started"] * number + ["waiting"] * (3 - number)
    yard.finish_jobs()
    assert await fire(yard) == 0
    assert yard.of(trigger)["waiting"] == 0


async def test_runs_that_may_overlap_do(yard: Yard) -> None:
    trigger = yard.trigger(overlap="allow")
    await fire(yard)
    yard.rows("UPDATE tropeiro_trigger SET next_at = now() WHERE id = %(id)s", id=trigger)
    assert await fire(yard) == 1


# Failing


@pytest.mark.parametrize(
    ("broken", "code"),
    [
        ("UPDATE tropeiro_workflow SET removed_at = now() WHERE id = %(workflow)s", "not_found"),
        ("UPDATE tropeiro_trigger SET version = 9", "not_found"),
        ('UPDATE tropeiro_trigger SET inputs = \'{"days": "x"}\'', "schema_mismatch"),
    ],
)
async def test_what_cannot_be_started_is_recorded_and_in_the_end_pauses_the_trigger(
    yard: Yard, broken: str, code: str
) -> None:
    trigger, healthy = yard.trigger(), yard.trigger(workflow_id=_other_workflow(yard))
    yard.rows(broken + (" WHERE id = %(trigger)s" if "trigger SET" in broken else ""), workflow=yard.workflow,
              trigger=trigger)  # fmt: skip
    assert await fire(yard) == 1
    for failures in range(1, MOST_FAILURES):
        assert (yard.of(trigger)["failures"], yard.of(trigger)["enabled"]) == (failures, True)
        yard.rows("UPDATE tropeiro_trigger SET next_at = clock_timestamp() WHERE id = %(id)s", id=trigger)
        await fire(yard)
    row = yard.of(trigger)
    assert (row["enabled"], row["next_at"], row["paused"]["code"]) == (False, None, code)
    assert yard.outcomes(trigger) == ["failed"] * MOST_FAILURES
    assert yard.firings(trigger)[0]["error"]["code"] == code
    assert yard.jobs(trigger) == []
    assert yard.outcomes(healthy) == ["started"]


@pytest.mark.parametrize(
    ("broken", "code", "outcomes"),
    [
        ("zone = 'Nowhere/AtAll', cron = '0 7 * * *', every_ms = 0", "defect", []),
        ("cron = 'nonsense', every_ms = 0", "defect", []),
        ('inputs = \'{"text": "\\u0000"}\'', "not_carriable", ["failed"]),
    ],
)
async def test_a_trigger_that_breaks_the_machinery_holds_up_nobody(
    yard: Yard, broken: str, code: str, outcomes: list[str]
) -> None:
    trigger = yard.trigger(failures=MOST_FAILURES - 1)
    yard.rows(f"UPDATE tropeiro_trigger SET {broken} WHERE id = %(id)s", id=trigger)
    others = [yard.trigger() for _ in range(3)]
    assert await fire(yard) == 3
    assert [yard.outcomes(other) for other in others] == [["started"]] * 3
    row = yard.of(trigger)
    assert (row["enabled"], row["next_at"], row["paused"]["code"]) == (False, None, code)
    assert yard.outcomes(trigger) == outcomes


async def test_a_success_forgets_the_failures_before_it(yard: Yard) -> None:
    trigger = yard.trigger(failures=MOST_FAILURES - 1)
    await fire(yard)
    assert yard.of(trigger)["failures"] == 0


# Clocks


async def test_a_clock_that_went_ahead_and_came_back_costs_no_run_and_doubles_none(yard: Yard) -> None:
    trigger = yard.trigger(every_ms=60_000, anchor_at=yard.now().replace(second=0, microsecond=0), overlap="allow")
    # As a clock a day ahead left it: fired for a moment of tomorrow, and due after that.
    ahead = yard.now().replace(second=0, microsecond=0) + timedelta(days=1)
    yard.rows(
        "UPDATE tropeiro_trigger SET last_at = %(at)s, next_at = %(next)s WHERE id = %(id)s",
        at=ahead, next=ahead + timedelta(minutes=1), id=trigger,
    )  # fmt: skip
    yard.rows(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome)"
        " VALUES (%(id)s, %(at)s, %(organization)s, 'started')",
        id=trigger, at=ahead, organization=yard.organization,
    )  # fmt: skip
    assert await fire(yard) == 0
    row = yard.of(trigger)
    assert timedelta(0) < row["next_at"] - yard.now() <= timedelta(minutes=1)
    assert row["last_at"] <= yard.now()
    assert (await fire(yard), yard.of(trigger)["next_at"]) == (0, row["next_at"])


# History


async def test_firings_go_by_the_week(yard: Yard) -> None:
    old = yard.now() - timedelta(days=60)
    yard.rows(
        "INSERT INTO tropeiro_firing (trigger_id, scheduled_for, organization_id, outcome) VALUES (%(id)s, %(at)s,"
        " %(id)s, 'missed')",
        id=uuid4(), at=old,
    )  # fmt: skip
    assert yard.rows("SELECT tropeiro_ensure_firing_partitions(%(at)s, %(at)s) AS n", at=old)[0]["n"] == 1
    assert yard.rows("SELECT count(*) AS n FROM tropeiro_firing_other")[0]["n"] == 0
    async with yard.scheduler() as schedules:
        assert await schedules.keep(90) == []
        assert len(await schedules.keep(30)) == 1
    assert yard.rows("SELECT count(*) AS n FROM tropeiro_firing")[0]["n"] == 0


def _other_workflow(yard: Yard) -> UUID:
    other = Yard(yard.url, yard.blobs, yard.organization, uuid4())
    yard.rows(
        "INSERT INTO tropeiro_workflow (id, organization_id, name, description, automation, created_at)"
        " VALUES (%(id)s, %(organization)s, %(name)s, '', false, now())",
        id=other.workflow, organization=yard.organization, name=f"w-{other.workflow}",
    )  # fmt: skip
    other.save(DOCUMENT, 1)
    return other.workflow
