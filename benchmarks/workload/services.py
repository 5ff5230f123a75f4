"""The service that the benchmarks call: it does nothing, so that what is measured is all ours."""

from __future__ import annotations

from tropeiro.sdk import service


@service
async def step(n: int) -> dict[str, int]:
    """Give the next number. Not declared pure: every call is committed before the next one starts."""
    return {"n": n + 1}
