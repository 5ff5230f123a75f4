"""History that an organization keeps for a shorter time than everybody is gone when it said, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from carriers import PostgresCarrier
from msgspec.structs import replace
from scenes import call, carry_all, job, route

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.wire import week_of
from tropeiro.runtime import forgetting
from tropeiro.runtime.forgetting import forget_once
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.stores.postgres import PostgresStore

pytestmark = pytest.mark.asyncio

DAYS = 90
TWO_STEPS = route(call("one"), call("two"))


class House:
    """A carrier's database with a store and blobs, and jobs of any age in it."""

    def __init__(self, carrier: PostgresCarrier, folder: Path) -> None:
        self.carrier, self.store = carrier, PostgresStore(carrier.link, [])
        self.blobs = FsspecBlobs(folder.as_uri())
        self.organization = uuid7()

    async def old_job(self, days: float, *, ended_days: float | None = None, organization: UUID | None = None) -> Any:
        """A job with two steps and a line, that began and was over so many days ago."""
        born = datetime.now(UTC) - timedelta(days=days)
        await self.rows("SELECT tropeiro_ensure_partitions(%(at)s, %(at)s)", at=born)
        begun = replace(job(TWO_STEPS), id=uuid7(int(born.timestamp() * 1000)))
        begun = replace(begun, organization=organization or self.organization)
        worker = await self.carrier.worker()
        await self.carrier.start(begun)
        await carry_all(self.carrier.queue, worker)
        ended = datetime.now(UTC) - timedelta(days=days if ended_days is None else ended_days)
        await self.rows("UPDATE tropeiro_job SET finished_at = %(at)s WHERE id = %(id)s", at=ended, id=begun.id)
        await self.line(begun, days)
        return begun

    async def line(self, begun: Any, days: float) -> None:
        await self.rows(
            "INSERT INTO tropeiro_log (job_id, organization_id, at, level, message)"
            " VALUES (%(job)s, %(organization)s, now() - %(days)s * interval '1 day', 20, 'x')",
            job=begun.id, organization=begun.organization, days=days,
        )  # fmt: skip

    async def keep(self, organization: UUID, jobs: int | None, lines: int | None = None) -> None:
        await self.rows(
            "INSERT INTO tropeiro_retention (organization_id, job_days, log_days) VALUES (%(id)s, %(jobs)s, %(lines)s)"
            " ON CONFLICT (organization_id) DO UPDATE SET job_days = excluded.job_days, log_days = excluded.log_days",
            id=organization, jobs=jobs, lines=lines,
        )  # fmt: skip

    async def forget(self) -> None:
        await forget_once(self.store, self.blobs, DAYS)

    async def left(self, begun: Any) -> tuple[int, int, int]:
        """How many rows of a job there are: itself, its steps, its lines."""
        (row,) = await self.rows(
            "SELECT (SELECT count(*) FROM tropeiro_job WHERE id = %(id)s) AS jobs,"
            " (SELECT count(*) FROM tropeiro_step WHERE job_id = %(id)s) AS steps,"
            " (SELECT count(*) FROM tropeiro_log WHERE job_id = %(id)s) AS lines",
            id=begun.id,
        )
        return row["jobs"], row["steps"], row["lines"]

    async def rows(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        return await self.carrier.link.rows(sql, params)


@pytest.fixture
def house(carrier: PostgresCarrier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(forgetting, "PAUSE_SECONDS", 0)
    if not isinstance(carrier, PostgresCarrier):
        pytest.skip("history is PostgreSQL's")
    return House(carrier, tmp_path)


async def test_what_is_older_goes_whole_and_what_is_younger_stays(house: House) -> None:
    old, young = await house.old_job(8), await house.old_job(6)
    await house.keep(old.organization, 7)
    await house.forget()
    assert await house.left(old) == (0, 0, 0)
    assert await house.left(young) == (1, 2, 1)


async def test_another_organization_keeps_what_it_has(house: House) -> None:
    own, other = await house.old_job(30), await house.old_job(30, organization=uuid7())
    await house.keep(own.organization, 7)
    await house.forget()
    assert await house.left(own) == (0, 0, 0)
    assert await house.left(other) == (1, 2, 1)


async def test_lines_may_go_sooner_than_their_job(house: House) -> None:
    one = await house.old_job(8)
    await house.line(one, 2)
    await house.keep(one.organization, 30, 7)
    await house.forget()
    assert await house.left(one) == (1, 2, 1)


async def test_a_job_is_kept_for_its_days_after_its_end(house: House) -> None:
    long = await house.old_job(40, ended_days=3)
    under_way = await house.old_job(40)
    await house.rows("UPDATE tropeiro_job SET finished_at = NULL, state = 'running' WHERE id = %(id)s", id=under_way.id)
    await house.keep(long.organization, 7)
    await house.forget()
    assert (await house.left(long))[:2] == (1, 2)
    assert (await house.left(under_way))[:2] == (1, 2)


async def test_it_goes_in_batches_however_much_there_is(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgetting, "ROWS", 3)
    jobs = [await house.old_job(8 + number / 100) for number in range(5)]
    for _ in range(4):
        await house.line(jobs[0], 8)
    await house.keep(jobs[0].organization, 7)
    await house.forget()
    assert [await house.left(one) for one in jobs] == [(0, 0, 0)] * 5


async def test_nobody_asks_for_more_than_the_operator_keeps(house: House) -> None:
    one = await house.old_job(80)
    await house.keep(one.organization, 365)
    assert one.organization not in [kept.organization for kept in await house.store.retentions(DAYS)]
    await house.forget()
    assert (await house.left(one))[0] == 1


async def test_large_values_go_with_the_last_job_of_their_week(house: House) -> None:
    old, young = await house.old_job(30), await house.old_job(3)
    names = [f"{week_of(one.id)}/{one.organization}/x" for one in (old, young)]
    for name in names:
        await house.blobs.put(name, b"large")
    foreign = f"{week_of(old.id)}/{uuid7()}/x"
    await house.blobs.put(foreign, b"large")
    await house.keep(old.organization, 7)
    await house.forget()
    kept = [house.blobs._files.exists(house.blobs._path(name)) for name in (*names, foreign)]
    assert kept == [False, True, True]
    (row,) = await house.rows(
        "SELECT blobs_to, forgotten_at FROM tropeiro_retention WHERE organization_id = %(id)s", id=old.organization
    )
    assert row["blobs_to"] > datetime.now(UTC).date() - timedelta(days=30)
    assert row["forgotten_at"] is not None


async def test_weeks_that_nobody_needs_any_more_are_dropped_whole(house: House) -> None:
    own, other = await house.old_job(60), await house.old_job(45, organization=uuid7())
    await house.keep(own.organization, 7)
    await house.forget()
    (row,) = await house.rows(
        "SELECT to_regclass(%(gone)s) IS NULL AS gone, to_regclass(%(kept)s) IS NOT NULL AS kept",
        gone=f"tropeiro_log_{week_of(own.id)}", kept=f"tropeiro_log_{week_of(other.id)}",
    )  # fmt: skip
    assert (row["gone"], row["kept"]) == (True, True)
