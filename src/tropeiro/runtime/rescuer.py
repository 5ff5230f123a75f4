"""The duty of rescue: packets of a worker that died, hung or lost the network go to others."""

from __future__ import annotations

import asyncio
import logging

from tropeiro.ports.queue import POISON_LIMIT
from tropeiro.ports.store import Store

log = logging.getLogger(__name__)


async def rescue(store: Store, *, lease_seconds: float) -> None:
    """Look for workers whose lease ended, until cancelled.

    Who takes over waits for one lease first: when it was the database that was away, every lease has ended, and the
    workers need that long to say that they live.
    """
    every_seconds = min(1.0, lease_seconds / 3)
    await asyncio.sleep(lease_seconds)
    while True:
        for one in await store.rescue(POISON_LIMIT):
            log.warning("worker %s is lost; %s packets rescued, %s set aside", one.worker, one.packets, one.poisoned)
        await asyncio.sleep(every_seconds)
