"""Collecting what is wrong with a document: all of it, each with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from tropeiro.kernel.errors import Problem
from tropeiro.kernel.wording import phrase, says, says_many

MAX_PROBLEMS = 1_000
"""More are not listed: a hostile document must not grow a report without end."""
MAX_SUGGESTIONS = 100
"""Looking for near words costs time, so only the first problems get a suggestion."""

_KINDS_OF_JSON: dict[type, str] = {
    dict: phrase("an object"),
    list: phrase("a list"),
    str: phrase("text"),
    bool: phrase("true or false"),
    int: phrase("a number"),
    float: phrase("a number"),
    type(None): phrase("null"),
}


def escape(key: str) -> str:
    """One reference token of a JSON Pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def kind_of(value: Any) -> str:
    """What a JSON value is, in words: ``an object``, ``text``, ``null`` …"""
    kind = _KINDS_OF_JSON.get(type(value))
    return says("a Python {kind}", kind=type(value).__name__) if kind is None else says(kind)


def shown(text: str, limit: int = 60) -> str:
    """Text made fit for a message: in backticks, bounded, nothing invisible in it."""
    cut = text if len(text) <= limit else text[: limit - 1] + "…"
    return "`" + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut) + "`"


def texts_in(value: Any, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a JSON value with its pointer, in document order; keys are no texts."""
    if isinstance(value, str):
        yield value, pointer
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from texts_in(inner, f"{pointer}/{escape(key)}")
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from texts_in(inner, f"{pointer}/{i}")


def sentence(text: str) -> str:
    """A message as it is shown: with a capital letter and a full stop."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '?', '!')) else '.'}"


class Findings:
    """Problems in the order they were found."""

    def __init__(self) -> None:
        self._found: list[Problem] = []
        self._suggestions = 0
        self._left_out = 0

    def __len__(self) -> int:
        return len(self._found)

    def add(self, code: str, pointer: str, message: str, hint: str = "", *, column: int = 0) -> None:
        """Note one problem. ``column`` is the 1-based place inside the string at ``pointer``, when that is known."""
        self.add_problem(Problem(code=code, pointer=pointer, message=sentence(message), hint=hint, column=column))

    def add_problem(self, problem: Problem) -> None:
        """Note a problem that somebody else has worded."""
        if len(self._found) < MAX_PROBLEMS:
            self._found.append(problem)
        else:
            self._left_out += 1

    def near(self, word: str, known: Iterable[str]) -> str:
        """``Did you mean …?`` when a known word is near, else the empty text."""
        if self._suggestions >= MAX_SUGGESTIONS or len(word) > 80:
            return ""
        self._suggestions += 1
        matches = get_close_matches(word, list(known), n=1)
        return says("Did you mean `{word}`?", word=matches[0]) if matches else ""

    def problems(self) -> tuple[Problem, ...]:
        """All of them; a last one tells how many were left out."""
        if not self._left_out:
            return tuple(self._found)
        rest = Problem(
            code="more_problems",
            pointer="",
            message=says_many(
                "{count} more problem is not listed.", "{count} more problems are not listed.", self._left_out
            ),
        )
        return (*self._found, rest)
