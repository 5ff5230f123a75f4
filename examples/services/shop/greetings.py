"""The smallest services there are."""

from __future__ import annotations

from tropeiro.sdk import service


@service
async def greet(name: str, polite: bool = True) -> str:
    """One greeting for one person."""
    return f"Good morning, {name}" if polite else f"Hi {name}"
