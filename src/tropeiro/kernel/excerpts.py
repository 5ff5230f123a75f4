"""A large JSON value cut to what fits on a screen, its shape kept: so many elements, so long texts."""

from __future__ import annotations

from typing import Any

MOST_VALUES = 3_000
"""Values in all."""
MOST_ELEMENTS = 100
"""Elements of one list."""
MOST_KEYS = 500
"""Keys of one object."""
LONGEST_TEXT = 4_000
"""Characters of one text."""
DEEPEST = 40


def excerpt(value: Any) -> tuple[Any, bool]:
    """The value, cut where it is too large, and whether it was."""
    cutter = _Cutter()
    return cutter.cut(value, 0), cutter.did


class _Cutter:
    def __init__(self) -> None:
        self.left = MOST_VALUES
        self.did = False

    def cut(self, value: Any, depth: int) -> Any:
        self.left -= 1
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            self.did = True
            return value[:LONGEST_TEXT] + "…"
        if not isinstance(value, (dict, list)) or not value:
            return value
        if depth >= DEEPEST:
            self.did = True
            return [] if isinstance(value, list) else {}
        if isinstance(value, list):
            kept: list[Any] = []
            for item in value[:MOST_ELEMENTS]:
                if self.left <= 0:
                    break
                kept.append(self.cut(item, depth + 1))
            self.did = self.did or len(kept) < len(value)
            return kept
        named: dict[str, Any] = {}
        for name, item in value.items():
            if self.left <= 0 or len(named) >= MOST_KEYS:
                break
            named[name] = self.cut(item, depth + 1)
        self.did = self.did or len(named) < len(value)
        return named
