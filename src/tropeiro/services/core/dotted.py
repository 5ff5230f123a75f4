"""Dotted paths into plain JSON: ``customer.addresses.0.city``."""

from __future__ import annotations

from typing import Any, Final


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Final = _Missing()
"""What stands at a path that leads nowhere."""


def read(value: Any, path: str) -> Any:
    """The value at ``path``, `MISSING` when there is none; the empty path is the value itself.

    A part is a key of an object or, in a list, a place counted from 0. A key with a dot in it is found too, as long
    as no shorter key leads on.
    """
    return value if path == "" else _walk(value, path)


def _walk(value: Any, path: str) -> Any:
    head, dot, rest = path.partition(".")
    if isinstance(value, dict):
        if head in value:
            found = _walk(value[head], rest) if dot else value[head]
            if found is not MISSING or not dot:
                return found
        return value.get(path, MISSING)
    if isinstance(value, list) and head.isascii() and head.isdigit() and int(head) < len(value):
        return _walk(value[int(head)], rest) if dot else value[int(head)]
    return MISSING


def kind(value: Any) -> str:
    """What a JSON value is, for messages."""
    if value is None or value is MISSING:
        return "null" if value is None else "missing"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, int | float):
        return "a number"
    names: dict[type, str] = {str: "text", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)
