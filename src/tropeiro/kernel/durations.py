"""Durations as people write them in documents: ``250ms``, ``30s``, ``10m``, ``2h``, ``1d``, ``1h30m``."""

from __future__ import annotations

import re

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.wording import says

UNITS: dict[str, int] = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
"""Milliseconds of each unit, the largest first."""

MAX_DURATION_MS = 365 * UNITS["d"]

PATTERN = r"(?=[0-9])(?:[0-9]{1,11}d)?(?:[0-9]{1,11}h)?(?:[0-9]{1,11}m(?!s))?(?:[0-9]{1,11}s)?(?:[0-9]{1,11}ms)?"
"""Regular expression of a duration, without anchors; units stand from large to small, each at most once."""

_WHOLE = re.compile(PATTERN)
_PART = re.compile(r"([0-9]+)(ms|[dhms])")


def parse_duration(text: str) -> int:
    """Milliseconds of a duration such as ``30s`` or ``1h30m``; at most 365 days. Raises `InvalidInput`."""
    if len(text) > 100 or not _WHOLE.fullmatch(text):
        raise InvalidInput(
            says("`{text}` is not a duration.", text=text[:40]),
            hint=says("Write whole numbers with a unit, the largest first: 250ms, 30s, 10m, 2h, 1d, 1h30m."),
        )
    total = sum(int(amount) * UNITS[unit] for amount, unit in _PART.findall(text))
    if total > MAX_DURATION_MS:
        raise InvalidInput(
            says("`{text}` is longer than 365 days.", text=text), hint=says("The longest duration is 365d.")
        )
    return total


def format_duration(milliseconds: int) -> str:
    """The shortest text that `parse_duration` reads back as the same number; ``0s`` for zero."""
    parts = []
    rest = milliseconds
    for unit, size in UNITS.items():
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"
