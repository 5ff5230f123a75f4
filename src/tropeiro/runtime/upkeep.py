"""The duties of upkeep: walks along the queue stay short, and its tables small, whatever else the database does."""

from __future__ import annotations

import asyncio
import logging
from collections import deque

from tropeiro.ports.upkeep import Upkeep

log = logging.getLogger(__name__)

FRONT_SECONDS = 1.0
SETTLED_SECONDS = 5.0
"""A packet is expected to be there so long after it was numbered; a later one waits for the next look at all."""
EVERYTHING_SECONDS = 10.0
"""How often those are looked for."""
DEAD_ROWS = 5_000
"""So many dead rows of a table are cleaned up at once. A server that looks by itself every few seconds comes first."""
LOOK_SECONDS = 5.0
RETRY_SECONDS = 30.0


async def move_front(upkeep: Upkeep) -> None:
    """Keep the front of the queue where the first packet is, until cancelled."""
    loop = asyncio.get_running_loop()
    numbered: deque[tuple[float, int]] = deque()
    most, looked = 0, -EVERYTHING_SECONDS
    while True:
        began = loop.time()
        while numbered and numbered[0][0] <= began - SETTLED_SECONDS:
            most = numbered.popleft()[1]
        everything = began - looked >= EVERYTHING_SECONDS
        last = await upkeep.move_front(most, everything=everything)
        looked = began if everything else looked
        numbered.append((loop.time(), last))
        # With very many organizations a look is long; it must not become all that the database does.
        await asyncio.sleep(max(FRONT_SECONDS, 20 * (loop.time() - began)))


async def keep_tables_small(upkeep: Upkeep) -> None:
    """Clean up what swells, until cancelled. On a server of one's own nobody else may look for a minute.

    While an old snapshot is open nothing can be removed; so a table is cleaned up again only when it has twice as many
    dead rows as were left.
    """
    left: dict[str, int] = {}
    while True:
        try:
            for table, dead in (await upkeep.swollen(DEAD_ROWS)).items():
                if dead > 2 * left.get(table, 0):
                    await upkeep.vacuum(table)
                    left[table] = (await upkeep.swollen(0)).get(table, 0)
                    log.debug("%s: %s dead rows, %s left", table, dead, left[table])
        except Exception as error:  # noqa: BLE001 - cleaning up can wait, the duties beside it cannot
            log.warning("the queue's tables are cleaned up later: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            await asyncio.sleep(LOOK_SECONDS)
