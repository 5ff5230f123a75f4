"""Services of the chaos: some that do nothing, and some that kill, gorge and flood whoever runs them."""

from __future__ import annotations

import asyncio
import os
import time

from tropeiro.sdk import service


@service
async def step(n: int) -> dict[str, int]:
    """Give the next number."""
    return {"n": n + 1}


@service
async def nap(ms: int) -> dict[str, int]:
    """Take a while."""
    await asyncio.sleep(ms / 1000)
    return {"ms": ms}


@service
async def clock() -> dict[str, float]:
    """What the worker believes to be the time."""
    return {"time": time.time()}


@service
async def kill_worker() -> None:
    """End the worker's process on the spot."""
    os._exit(9)


@service
def kill_process() -> None:
    """End the service's own process on the spot."""
    os._exit(9)


@service
def gorge() -> int:
    """Take memory until there is none."""
    taken = []
    while True:
        taken.append(bytearray(64 * 2**20))


@service
def flood(megabytes: int) -> str:
    """Answer far too much."""
    return "x" * (megabytes * 2**20)
