"""The duty of counting: what happened is added to the rollups that dashboards read, and old grains are forgotten."""

from __future__ import annotations

import asyncio
import logging

import msgspec

from tropeiro.ports.rollups import Rollups

log = logging.getLogger(__name__)

BATCH = 20_000
GATHER_SECONDS = 1.0
"""What happens within this is counted together: as old as this is the newest number of a dashboard."""
LONGEST_NAP_SECONDS = 10.0
"""Nobody may have said that something happened, so it is looked after this at the latest."""
RETRY_SECONDS = 1.0
FORGET_SECONDS = 3600.0
FORGET_RETRY_SECONDS = 60.0


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """How long each grain is kept. Raises `ValueError` when a finer one would outlive a coarser one."""

    minutes_hours: int = 48
    hours_days: int = 460
    """A quarter, and the same quarter a year before, in the days of any time zone."""
    days_days: int = 1830

    def __post_init__(self) -> None:
        if not 2 <= self.minutes_hours <= 24 * self.hours_days <= 24 * self.days_days:
            raise ValueError(
                f"Minutes are kept 2 hours at least, no longer than hours, and those no longer than days: {self}"
            )


async def roll_up(rollups: Rollups) -> None:
    """Count what happened, until cancelled."""
    async with rollups.listening():
        while True:
            try:
                counted = await rollups.roll(BATCH)
            except Exception as error:  # noqa: BLE001 - counting can wait, the duties beside it cannot
                log.warning("what happened is counted in a moment: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if counted < BATCH:
                await rollups.wait_changed(LONGEST_NAP_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)


async def forget_rollups(rollups: Rollups, kept: Kept) -> None:
    """Forget what is older than it is kept for, until cancelled."""
    while True:
        try:
            if gone := await rollups.forget(kept.minutes_hours, kept.hours_days, kept.days_days):
                log.debug("forgot %s counts", gone)
        except Exception as error:  # noqa: BLE001 - history can wait, the duties beside it cannot
            log.warning("old counts are forgotten later: %s", error)
            await asyncio.sleep(FORGET_RETRY_SECONDS)
        else:
            await asyncio.sleep(FORGET_SECONDS)
