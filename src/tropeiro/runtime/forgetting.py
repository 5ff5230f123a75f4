"""The duty of forgetting: what an organization does not want to keep as long as the operator keeps it for all.

Weeks are dropped whole by `runtime.retention`. What goes sooner is deleted in batches of rows, far from where work is
done: history that old is neither written to nor, mostly, read. Nobody waits for it, and it waits for nobody.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import date, timedelta

from tropeiro.ports.blobs import Blobs
from tropeiro.ports.store import Retention, Store

log = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
RETRY_SECONDS = 60.0
ROWS = 10_000
"""Deleted by one statement."""
PAUSE_SECONDS = 0.05
"""Between two statements: workers come first."""
_WEEK = timedelta(days=7)


async def forget_history(store: Store, blobs: Blobs, days: int) -> None:
    """Keep the history of organizations as short as they want it, where that is under ``days``; until cancelled."""
    while True:
        try:
            await forget_once(store, blobs, days)
        except Exception as error:  # noqa: BLE001 - it can wait, the duties beside it cannot
            log.warning("history is forgotten later: %s", error)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            await asyncio.sleep(EVERY_SECONDS)


async def forget_once(store: Store, blobs: Blobs, days: int) -> None:
    """Forget all that is to be forgotten now."""
    wanted = await store.retentions(days)
    for one in wanted:
        lines = jobs = 0
        while gone := await store.forget_lines(one.organization, one.logs_before, ROWS):
            lines += gone
            await asyncio.sleep(PAUSE_SECONDS)
        while gone := await store.forget_jobs(one.organization, one.jobs_before, ROWS):
            jobs += gone
            await asyncio.sleep(PAUSE_SECONDS)
        if lines or jobs:
            log.info("forgot %s lines and %s rows of jobs of organization %s", lines, jobs, one.organization)
        await store.note_forgotten(one.organization, await _forget_blobs(store, blobs, one))
    if wanted:
        for partition in await store.drop_empty_partitions():
            log.info("dropped %s, which is empty", partition)


async def _forget_blobs(store: Store, blobs: Blobs, one: Retention) -> date:
    """Forget large values of weeks of which no job is left; the Monday before which all of them are gone.

    They go by week, because jobs of one week share what is equal. Nobody can reach them once their jobs are gone.
    """
    gone_to, in_order = one.blobs_to, True
    for monday, empty in await store.empty_weeks(one.organization, one.blobs_to, one.jobs_before):
        if empty:
            await blobs.delete_prefix(f"{monday:%Y%m%d}/{one.organization}")
        in_order = in_order and empty
        if in_order:
            gone_to = monday + _WEEK
    return gone_to
