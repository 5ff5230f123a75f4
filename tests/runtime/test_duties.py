"""The duties go on whatever happens to them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import pytest
from workshop import until

from tropeiro.ports.blobs import Blobs
from tropeiro.ports.queue import QueueUnavailable
from tropeiro.ports.rollups import Rollups
from tropeiro.ports.schedules import Fired, Schedules
from tropeiro.ports.store import Rescued, Retention, Store
from tropeiro.runtime import duties, retention, rollups, schedules
from tropeiro.runtime.duties import run_duties
from tropeiro.runtime.rollups import Kept


class Office:
    """A store, and schedules, of which each duty can be made to fail."""

    def __init__(self) -> None:
        self.fail: dict[str, list[Exception]] = {}
        self.done: list[str] = []

    def _do(self, what: str) -> None:
        self.done.append(what)
        if failures := self.fail.get(what):
            raise failures.pop()

    @asynccontextmanager
    async def leadership(self, duty: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
        self._do("lead")

        async def still() -> None:
            self._do("still")

        yield still

    async def wake_due(self, limit: int) -> tuple[int, float | None]:
        self._do("wake")
        return 0, 0.0

    async def rescue(self, limit: int) -> list[Rescued]:
        self._do("rescue")
        return []

    async def ensure_partitions(self) -> int:
        self._do("ensure")
        return 0

    async def drop_partitions(self, days: int) -> list[str]:
        self._do("drop")
        return []

    async def retentions(self, days: int) -> list[Retention]:
        self._do("retentions")
        return []

    async def forget_workers(self) -> None:
        self._do("forget")

    async def fire(self, limit: int) -> Fired:
        self._do("fire")
        return Fired(0, 0, 0.0)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        yield

    async def wait_changed(self, timeout: float) -> None:
        await asyncio.sleep(timeout)

    async def keep(self, days: int) -> list[str]:
        self._do("keep")
        return []

    async def roll(self, limit: int) -> int:
        self._do("roll")
        return limit if self.done.count("roll") < 3 else 0

    async def forget(self, minutes_hours: int, hours_days: int, days_days: int) -> int:
        self._do("forget counts")
        return 0


def run(office: Office, *, lease_ms: int) -> asyncio.Task[None]:
    """Begin the duties."""
    duties_ = run_duties(
        cast(Store, office), cast(Blobs, None), lease_ms=lease_ms, retention_days=90,
        schedules=cast(Schedules, office), rollups=cast(Rollups, office),
    )  # fmt: skip
    return asyncio.create_task(duties_)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "_RETRY_SECONDS", 0.001)
    monkeypatch.setattr(duties, "_STILL_SECONDS", 0.005)
    monkeypatch.setattr(retention, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(schedules, "KEEP_RETRY_SECONDS", 0.001)
    monkeypatch.setattr(schedules, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(rollups, "RETRY_SECONDS", 0.001)
    monkeypatch.setattr(rollups, "FORGET_RETRY_SECONDS", 0.001)
    monkeypatch.setattr(rollups, "GATHER_SECONDS", 0.01)
    monkeypatch.setattr(rollups, "LONGEST_NAP_SECONDS", 0.02)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("what", ["lead", "still", "wake", "rescue"])
@pytest.mark.parametrize("error", [QueueUnavailable("away"), ZeroDivisionError("a mistake")])
async def test_a_duty_that_failed_is_taken_up_again(what: str, error: Exception) -> None:
    office = Office()
    office.fail[what] = [error]
    task = run(office, lease_ms=30)
    await until(lambda: office.done.count("lead") >= 2 and office.done.count("rescue") >= 2)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


@pytest.mark.usefixtures("quick")
async def test_history_that_cannot_be_kept_holds_up_no_other_duty() -> None:
    office = Office()
    office.fail["ensure"] = [ValueError("locked") for _ in range(3)]
    office.fail["keep"] = [ValueError("locked") for _ in range(3)]
    task = run(office, lease_ms=30)
    await until(lambda: "forget" in office.done and office.done.count("keep") > 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert office.done.count("lead") == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [QueueUnavailable("away"), ZeroDivisionError("a mistake")])
async def test_schedules_that_cannot_be_fired_hold_up_no_other_duty(error: Exception) -> None:
    office = Office()
    office.fail["fire"] = [error] * 3
    task = run(office, lease_ms=3000)
    await until(lambda: office.done.count("fire") > 4)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert office.done.count("lead") == 1


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("error", [QueueUnavailable("away"), ZeroDivisionError("a mistake")])
async def test_what_cannot_be_counted_holds_up_no_other_duty(error: Exception) -> None:
    office = Office()
    office.fail["roll"] = [error] * 3
    office.fail["forget counts"] = [error] * 3
    task = run(office, lease_ms=3000)
    await until(lambda: office.done.count("roll") > 4 and office.done.count("forget counts") > 3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert office.done.count("lead") == 1


@pytest.mark.usefixtures("quick")
async def test_counting_goes_on_at_once_while_there_is_more_and_rests_when_there_is_nothing() -> None:
    office = Office()
    task = run(office, lease_ms=3000)
    await until(lambda: office.done.count("roll") >= 3)
    rolled = [what for what in office.done if what == "roll"]
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert office.done.count("roll") - len(rolled) <= 9


def test_a_finer_grain_is_not_kept_for_longer_than_a_coarser_one() -> None:
    assert Kept(minutes_hours=2, hours_days=1, days_days=1)
    for wrong in ({"minutes_hours": 1}, {"minutes_hours": 25, "hours_days": 1}, {"hours_days": 100, "days_days": 99}):
        with pytest.raises(ValueError, match="no longer than hours"):
            Kept(**wrong)


@pytest.mark.usefixtures("quick")
async def test_what_is_due_but_locked_is_not_asked_for_without_a_pause() -> None:
    office = Office()
    task = run(office, lease_ms=3000)
    await asyncio.sleep(0.2)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert office.done.count("wake") <= 25
    assert office.done.count("fire") <= 25


class LastWord(Office):
    """An office that is told to stop at the very moment when its leadership is lost."""

    task: asyncio.Task[None]

    def _do(self, what: str) -> None:
        if what == "still":
            self.task.cancel()
            raise QueueUnavailable("away")
        super()._do(what)


@pytest.mark.usefixtures("quick")
async def test_the_word_to_stop_is_heard_also_when_a_duty_fails_at_that_moment() -> None:
    office = LastWord()
    office.task = run(office, lease_ms=30)
    async with asyncio.timeout(5):
        assert isinstance((await asyncio.gather(office.task, return_exceptions=True))[0], asyncio.CancelledError)
