"""Searching in names."""

from __future__ import annotations

import re

LONGEST = 100


def contains(text: str) -> str:
    """The pattern for ILIKE of what contains ``text`` as it is, its first hundred characters; everything for none."""
    words = " ".join(text.replace("\0", "").split())[:LONGEST]
    escaped = re.sub(r"([\\%_])", r"\\\1", words)
    return f"%{escaped}%"
