"""What the process of a worker does, apart from its command line."""

from __future__ import annotations

import asyncio
import gc
import os
import signal

import uvloop

from tropeiro.config import Config, load
from tropeiro.platform.child import announce_ready, await_start
from tropeiro.platform.logs import set_up_logs
from tropeiro.platform.opening import opened
from tropeiro.wiring import run_worker

GARBAGE_THRESHOLDS = (50_000, 20, 50)
"""Packets and decisions are trees, which counting references frees. Looking for cycles as often as Python does by
itself (every 700 objects) takes a fifth of a busy worker's time."""


def work() -> None:
    """Run one worker until SIGTERM or Ctrl-C, which drain it. A second one ends it at once."""
    await_start()
    with opened(load(os.environ)) as config:
        set_up_logs(debug=config.debug)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_work(config))


async def _work(config: Config) -> None:
    stop, ready = asyncio.Event(), asyncio.Event()
    working = asyncio.create_task(run_worker(config, stop, ready))

    def leave() -> None:
        if stop.is_set():
            working.cancel()
        stop.set()

    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(one, leave)
    announcing = asyncio.create_task(ready.wait())
    await asyncio.wait([working, announcing], return_when=asyncio.FIRST_COMPLETED)
    if ready.is_set():
        # What was imported stays: it need not be looked through again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        announce_ready()
    announcing.cancel()
    await asyncio.wait([working])
    if not working.cancelled():
        working.result()
