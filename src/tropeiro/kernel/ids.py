"""Identifiers: UUID version 7 (RFC 9562), whose first 48 bits are Unix milliseconds, so that ids sort by birth."""

from __future__ import annotations

import os
import time
from uuid import UUID


def uuid7(milliseconds: int | None = None) -> UUID:
    """A new id. ``milliseconds`` sets its time part (Unix time); now when not given."""
    moment = time.time_ns() // 1_000_000 if milliseconds is None else milliseconds
    tail = int.from_bytes(os.urandom(10), "big")
    high = (moment & 0xFFFFFFFFFFFF) << 16 | 0x7000 | (tail >> 62) & 0x0FFF
    low = 0b10 << 62 | tail & 0x3FFF_FFFF_FFFF_FFFF
    return UUID(int=high << 64 | low)
