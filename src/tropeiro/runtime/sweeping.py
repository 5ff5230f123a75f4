"""The duty of sweeping: sessions that have run out, to which the console only ever adds."""

from __future__ import annotations

import asyncio
import logging

from tropeiro.ports.upkeep import Upkeep

log = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
RETRY_SECONDS = 60.0
ROWS = 1_000
"""Deleted by one statement."""
PAUSE_SECONDS = 0.05
"""Between two statements: who logs in comes first."""


async def sweep_sessions(upkeep: Upkeep) -> None:
    """Delete the sessions that have run out, until cancelled."""
    while True:
        try:
            swept = await sweep_once(upkeep)
        except Exception as error:  # noqa: BLE001 - it can wait, the duties beside it cannot
            log.warning("sessions are swept later: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            if swept:
                log.info("swept %s sessions that had run out", swept)
            await asyncio.sleep(EVERY_SECONDS)


async def sweep_once(upkeep: Upkeep) -> int:
    """Delete all that have run out by now, in batches; how many there were."""
    swept = 0
    while gone := await upkeep.sweep_sessions(ROWS):
        swept += gone
        await asyncio.sleep(PAUSE_SECONDS)
    return swept
