"""The services that the benchmarks call: they do nothing, so that what is measured is all ours."""

from __future__ import annotations

import asyncio

from tropeiro.sdk import service


@service
async def step(n: int) -> dict[str, int]:
    """Give the next number. Not declared pure: every call is committed before the next one starts."""
    return {"n": n + 1}


@service
async def sleep(seconds: float) -> dict[str, float]:
    """Wait, as for an answer from outside."""
    await asyncio.sleep(seconds)
    return {"seconds": seconds}
