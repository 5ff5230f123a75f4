"""The duty of schedules: triggers that are due start their jobs."""

from __future__ import annotations

import asyncio
import logging

from tropeiro.ports.schedules import Schedules

log = logging.getLogger(__name__)

BATCH = 500
LONGEST_NAP_SECONDS = 10.0
"""Whatever was foreseen, the database's clock is asked again after this."""
SHORTEST_NAP_SECONDS = 0.01
"""What is due but locked by somebody else is not asked for without a pause."""
RETRY_SECONDS = 1.0
KEEP_SECONDS = 3600.0
KEEP_RETRY_SECONDS = 60.0


async def fire_due(schedules: Schedules) -> None:
    """Fire what is due, until cancelled."""
    async with schedules.listening():
        while True:
            try:
                fired = await schedules.fire(BATCH)
            except Exception as error:  # noqa: BLE001 - the rescue beside it must not begin anew because of this
                log.warning("schedules are seen to in a moment: %s", error)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if fired.jobs:
                log.debug("%s triggers started %s jobs", fired.triggers, fired.jobs)
            if fired.triggers < BATCH:
                due = LONGEST_NAP_SECONDS if fired.next_seconds is None else fired.next_seconds
                await schedules.wait_changed(max(min(due, LONGEST_NAP_SECONDS), SHORTEST_NAP_SECONDS))


async def keep_firings(schedules: Schedules, days: int) -> None:
    """Make room for firings and forget those past ``days``, until cancelled."""
    while True:
        try:
            for partition in await schedules.keep(days):
                log.info("forgot %s", partition)
        except Exception as error:  # noqa: BLE001 - history can wait, the duties beside it cannot
            log.warning("the history of triggers is seen to later: %s", error)
            await asyncio.sleep(KEEP_RETRY_SECONDS)
        else:
            await asyncio.sleep(KEEP_SECONDS)
