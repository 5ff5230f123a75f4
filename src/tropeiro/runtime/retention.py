"""The duty of history: room for the weeks to come, and nothing kept longer than was asked for."""

from __future__ import annotations

import asyncio
import logging

from tropeiro.ports.blobs import Blobs
from tropeiro.ports.store import Store

log = logging.getLogger(__name__)

EVERY_SECONDS = 3600.0
RETRY_SECONDS = 60.0


async def keep_history(store: Store, blobs: Blobs, days: int) -> None:
    """Make partitions ahead and drop those past ``days``, with the blobs of their weeks; until cancelled."""
    while True:
        try:
            await _once(store, blobs, days)
        except Exception as error:  # noqa: BLE001 - history can wait, the duties beside it cannot
            log.warning("history is seen to later: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            await asyncio.sleep(EVERY_SECONDS)


async def _once(store: Store, blobs: Blobs, days: int) -> None:
    await store.ensure_partitions()
    for partition in await store.drop_partitions(days):
        log.info("forgot %s", partition)
        await blobs.delete_prefix(partition.rsplit("_", 1)[1])
    await store.forget_workers()
