"""Whether a value is plain JSON that every part of Tropeiro can carry: bounded, finite, valid Unicode."""

from __future__ import annotations

import math
from typing import Any

from tropeiro.kernel.limits import LARGEST_INTEGER, SMALLEST_INTEGER
from tropeiro.kernel.problems import Findings, escape, kind_of
from tropeiro.kernel.wording import grouped, says

MAX_DEPTH = 64
"""Levels of lists and objects inside each other."""
MAX_KEY = 1_000
"""Characters of a key; pointers are made of keys, so they must stay short."""

_Trail = tuple[Any, str | int] | None
"""Where a value stands: the trail of its container, and its key there. A pointer is only made for a problem."""


def check_plain(value: Any, findings: Findings) -> None:
    """Add a problem for everything in ``value`` that is not plain JSON.

    Never recurses: the depth of a hostile value is only known after a walk.
    """
    waiting: list[tuple[Any, _Trail, int]] = [(value, None, 0)]
    while waiting:
        item, trail, depth = waiting.pop()
        kind = type(item)
        if kind is dict or kind is list:
            if depth >= MAX_DEPTH:
                findings.add(
                    "too_deep",
                    _pointer(trail),
                    says("the document is nested deeper than {most} levels", most=MAX_DEPTH),
                )
            elif kind is list:
                waiting.extend((item[i], (trail, i), depth + 1) for i in range(len(item) - 1, -1, -1))
            else:
                for key in reversed(item):
                    if _is_good_key(key, trail, findings):
                        waiting.append((item[key], (trail, key), depth + 1))
        elif item is not None and kind is not bool:
            _check_scalar(item, trail, findings)


def _check_scalar(item: Any, trail: _Trail, findings: Findings) -> None:
    kind = type(item)
    if kind is str:
        column, named = _bad_character(item)
        if column:
            message = says("the text contains {named}, which cannot be stored", named=named)
            findings.add("bad_text", _pointer(trail), message, says("Remove it."), column=column)
    elif kind is int:
        if not SMALLEST_INTEGER <= item <= LARGEST_INTEGER:
            message = says("the whole number does not fit into 128 bits")
            findings.add(
                "number_too_large", _pointer(trail), message, says("Write a smaller number, or give it as text.")
            )
    elif kind is float:
        if not math.isfinite(item):
            findings.add(
                "not_json",
                _pointer(trail),
                says("the number is not a JSON value: it is NaN, infinite or too large"),
                says("Write a number that a 64-bit float can hold, or null."),
            )
    else:
        findings.add("not_json", _pointer(trail), says("{kind} is not a JSON value", kind=kind_of(item)))


def _is_good_key(key: Any, trail: _Trail, findings: Findings) -> bool:
    if type(key) is not str:
        findings.add("not_json", _pointer(trail), says("the keys of an object are text, not {kind}", kind=kind_of(key)))
        return False
    if len(key) > MAX_KEY:
        findings.add(
            "too_long",
            _pointer(trail),
            says(
                "a key has {count} characters; at most {most} are allowed",
                count=grouped(len(key)),
                most=grouped(MAX_KEY),
            ),
        )
        return False
    column, named = _bad_character(key)
    if column:
        findings.add(
            "bad_text",
            _pointer(trail),
            says("a key contains {named}, which cannot be stored", named=named),
            says("Remove it."),
        )
    return not column


def _bad_character(text: str) -> tuple[int, str]:
    """Column (1-based; 0 when all is well) and name of the first character that UTF-8 or the database cannot hold."""
    if text.isascii() and "\0" not in text:
        return 0, ""
    for column, character in enumerate(text, start=1):
        if character == "\0":
            return column, says("the NUL character")
        if "\ud800" <= character <= "\udfff":
            return column, says("half a surrogate pair (\\u{code})", code=f"{ord(character):04x}")
    return 0, ""


def _pointer(trail: _Trail) -> str:
    keys = []
    while trail is not None:
        trail, key = trail
        keys.append(escape(str(key)))
    return "".join(f"/{key}" for key in reversed(keys))
