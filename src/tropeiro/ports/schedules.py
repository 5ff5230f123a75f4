"""The promise of schedules: triggers that are due start their jobs, each moment once, whoever else asks."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec


class Fired(msgspec.Struct, frozen=True):
    """What one round did."""

    triggers: int
    """How many were dealt with."""
    jobs: int
    """How many jobs that started."""
    next_seconds: float | None
    """Until the next is due; ``None`` when none is."""


class Schedules(Protocol):
    """Triggers with a schedule. Every round is one transaction: a job is started exactly when its firing is written."""

    async def fire(self, limit: int) -> Fired:
        """Deal with up to ``limit`` triggers that are due. Raises `QueueUnavailable`."""

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Hear of changes for as long as the block lasts."""

    async def wait_changed(self, timeout: float) -> None:
        """Return when a trigger was changed, at the latest after ``timeout`` seconds. While `listening`."""

    async def keep(self, days: int) -> list[str]:
        """Make room for the firings to come and forget those older than ``days``; the partitions that are gone."""
