"""How two texts differ, line by line, in bounded time however long they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

AROUND = 3
"""Lines that are shown around what differs."""
MOST_COMPARED = 2_000
"""Of what is left when beginning and end are taken away; longer texts differ as a whole, which takes no time."""
MOST_SHOWN = 2_000


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line of the comparison."""

    change: str
    """added, removed, same, or gap where lines that are the same are left out."""
    before: int | None
    """Its number in the older text."""
    after: int | None
    text: str


@dataclass(frozen=True, slots=True)
class TextDifference:
    """What is shown of two texts."""

    lines: tuple[TextLine, ...]
    added: int
    removed: int
    cut: bool
    """Whether more lines differ than are shown."""


def text_differences(before: str, after: str) -> TextDifference:
    """The lines that differ, with three around them."""
    old, new = before.splitlines(), after.splitlines()
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    codes = _codes(old[head : len(old) - tail], new[head : len(new) - tail])
    lines: list[TextLine] = []
    added = removed = 0
    # What is the same before, between and after the places that differ, with the offsets put right.
    at_old = at_new = 0
    for start_old, end_old, start_new, end_new in codes:
        start_old, end_old, start_new, end_new = (place + head for place in (start_old, end_old, start_new, end_new))
        lines += _same(old, at_old, start_old, at_new, first=not lines, last=False)
        lines += (TextLine("removed", n + 1, None, old[n]) for n in range(start_old, end_old))
        lines += (TextLine("added", None, n + 1, new[n]) for n in range(start_new, end_new))
        removed += end_old - start_old
        added += end_new - start_new
        at_old, at_new = end_old, end_new
    if lines:
        lines += _same(old, at_old, len(old), at_new, first=False, last=True)
    return TextDifference(tuple(lines[:MOST_SHOWN]), added, removed, len(lines) > MOST_SHOWN)


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines at the beginning are the same."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _codes(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, int, int]]:
    if not old and not new:
        return []
    if max(len(old), len(new)) > MOST_COMPARED:
        return [(0, len(old), 0, len(new))]
    found = SequenceMatcher(None, old, new).get_opcodes()
    return [(a, b, c, d) for kind, a, b, c, d in found if kind != "equal"]


def _same(old: Sequence[str], start: int, end: int, at_new: int, *, first: bool, last: bool) -> list[TextLine]:
    """Lines ``start`` to ``end``, which are the same from ``at_new`` on; most of them left out when there are many."""
    before = 0 if first else AROUND
    after = 0 if last else AROUND
    shift = at_new - start
    rows = [TextLine("same", n + 1, n + 1 + shift, old[n]) for n in range(start, end)]
    if len(rows) <= before + after:
        return rows
    gap = [] if last else [TextLine("gap", None, None, "")]
    return [*rows[:before], *gap, *rows[len(rows) - after :]] if after else [*rows[:before], *gap]
