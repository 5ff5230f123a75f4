"""What a worker takes from the world around it: time, chance and new ids. A simulation gives it its own.

The clock is not that of the running loop: uvloop counts whole milliseconds, and spans are told in microseconds.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from uuid import UUID

import msgspec

from tropeiro.kernel.ids import uuid7


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The sources of what a worker cannot compute. With equal ones, and equal answers, it does the same again."""

    clock: Callable[[], float] = time.monotonic
    """Monotonic seconds; only differences count. Must run as the loop's own clock does."""
    chance: Callable[[], float] = random.random
    """Evenly spread over 0 ≤ x < 1. It spreads retries; nothing depends on its being secret."""
    new_id: Callable[[], UUID] = uuid7


REAL = Surroundings()
