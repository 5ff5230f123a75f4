"""The promise of the rollups, which dashboards read: what happened is counted, once."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol


class Rollups(Protocol):
    """Counts of jobs, calls and failures by the minute, the hour and the day."""

    async def roll(self, limit: int) -> int:
        """Count up to ``limit`` changes that were not counted yet; how many there were. Raises `QueueUnavailable`."""

    async def forget(self, minutes_hours: int, hours_days: int, days_days: int) -> int:
        """Forget minutes older than so many hours, hours and days older than so many days; how many rows are gone."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Hear of changes for as long as the block lasts."""

    async def wait_changed(self, timeout: float) -> None:
        """Return when something happened, at the latest after ``timeout`` seconds. While `listening`."""
