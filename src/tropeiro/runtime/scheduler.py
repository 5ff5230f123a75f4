"""The duty of time: packets whose retry, wait or timeout is due wake up."""

from __future__ import annotations

import asyncio

from tropeiro.ports.store import Store

BATCH = 500
LONGEST_NAP_SECONDS = 0.2
"""A packet that begins to wait while the scheduler naps is found after this at the latest."""
SHORTEST_NAP_SECONDS = 0.01
"""What is due but locked by somebody else is not asked for without a pause."""


async def wake_due(store: Store) -> None:
    """Wake what is due, until cancelled."""
    while True:
        woken, next_due = await store.wake_due(BATCH)
        if woken < BATCH:
            nap = LONGEST_NAP_SECONDS if next_due is None else min(next_due, LONGEST_NAP_SECONDS)
            await asyncio.sleep(max(nap, SHORTEST_NAP_SECONDS))
