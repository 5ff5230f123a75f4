"""Rollups in PostgreSQL: `tropeiro.ports.rollups.Rollups`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tropeiro.postgres.link import Ears, Link, heard
from tropeiro.sql import statement

CHANNELS = ("tropeiro_ready", "tropeiro_job")
"""Where starts, and steps and ends, are announced."""


class PostgresRollups:
    """Each call is one transaction; see ``sql/schema/090_rollups.sql``."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._changed = asyncio.Event()

    async def roll(self, limit: int) -> int:
        return int((await self._link.rows(statement("rollups", "roll"), {"limit": limit}))[0]["taken"])

    async def forget(self, minutes_hours: int, hours_days: int, days_days: int) -> int:
        kept = {"minutes": minutes_hours, "hours": hours_days, "days": days_days}
        return int((await self._link.rows(statement("rollups", "forget"), kept))[0]["gone"])

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        # Only who leads needs to hear, so a connection for it is held by nobody else.
        ears = Ears(self._link, {channel: lambda _: self._changed.set() for channel in CHANNELS})
        await ears.start()
        try:
            yield
        finally:
            await ears.stop()

    async def wait_changed(self, timeout: float) -> None:
        await heard(self._changed, timeout)
