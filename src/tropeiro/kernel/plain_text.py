"""Texts of which people see everything: no control characters, and none that steer the direction of reading."""

from __future__ import annotations

import unicodedata

_BIDIRECTIONAL = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Characters that reorder what is shown after them, and so can make a text look like another (UAX #9)."""


def unseen(text: str, *, lines: bool = False) -> int | None:
    """Where the first character stands that nobody sees but that changes what is seen; ``None`` when there is none.

    Line breaks and tabs are such unless ``lines``. Marks that join letters, as some scripts need them, are not.
    """
    if text.isprintable():
        return None
    for place, character in enumerate(text):
        control = unicodedata.category(character) == "Cc" and not (lines and character in "\n\r\t")
        if control or character in _BIDIRECTIONAL:
            return place
    return None


def code_point(character: str) -> str:
    """A character as Unicode names it: ``U+202E``."""
    return f"U+{ord(character):04X}"
