"""The duties of the platform, done by whichever worker process leads: waking, rescuing, starting what is scheduled,
counting for dashboards, keeping history in bounds."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from tropeiro.ports.blobs import Blobs
from tropeiro.ports.queue import QueueUnavailable
from tropeiro.ports.rollups import Rollups
from tropeiro.ports.schedules import Schedules
from tropeiro.ports.store import Store
from tropeiro.ports.upkeep import Upkeep
from tropeiro.runtime.forgetting import forget_history
from tropeiro.runtime.rescuer import rescue
from tropeiro.runtime.retention import keep_history
from tropeiro.runtime.rollups import Kept, forget_rollups, roll_up
from tropeiro.runtime.scheduler import wake_due
from tropeiro.runtime.schedules import fire_due, keep_firings
from tropeiro.runtime.sweeping import sweep_sessions
from tropeiro.runtime.upkeep import keep_tables_small, move_front

log = logging.getLogger(__name__)

_RETRY_SECONDS = 1.0
_STILL_SECONDS = 2.0


async def run_duties(
    store: Store,
    blobs: Blobs,
    *,
    lease_ms: int,
    retention_days: int,
    schedules: Schedules | None = None,
    rollups: Rollups | None = None,
    kept: Kept | None = None,
    upkeep: Upkeep | None = None,
) -> None:
    """Do the duties while leading, stand by otherwise; until cancelled. What goes wrong is taken up again.

    ``schedules``, ``rollups`` and ``upkeep`` are left out where nothing starts by itself, nothing is counted and no
    table grows, as in a simulation of the queue. ``kept`` is how long counts are.
    """
    while True:
        try:
            async with store.leadership("duties") as still:
                log.debug("leading the duties")
                duties = [
                    _while_leading(still),
                    wake_due(store),
                    rescue(store, lease_seconds=lease_ms / 1000),
                    keep_history(store, blobs, retention_days),
                    forget_history(store, blobs, retention_days),
                ]
                if schedules is not None:
                    duties += [fire_due(schedules), keep_firings(schedules, retention_days)]
                if rollups is not None:
                    duties += [roll_up(rollups), forget_rollups(rollups, kept or Kept())]
                if upkeep is not None:
                    duties += [move_front(upkeep), keep_tables_small(upkeep), sweep_sessions(upkeep)]
                await _until_one_fails(duties)
        except QueueUnavailable as error:
            log.warning("the duties wait for the database: %s", error)
        except Exception:
            log.exception("a duty failed; all are taken up again")
        await asyncio.sleep(_RETRY_SECONDS)


async def _until_one_fails(duties: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Do all of them at once. Raises what the first that failed raised, once all have ended.

    A ``TaskGroup`` would lose the word to stop when it comes together with a failure, and the worker would never end.
    """
    tasks = [asyncio.create_task(duty) for duty in duties]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        failed = [task for task in tasks if task.done()]
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in failed:
        task.result()


async def _while_leading(still: Callable[[], Awaitable[None]]) -> None:
    while True:
        await asyncio.sleep(_STILL_SECONDS)
        await still()
