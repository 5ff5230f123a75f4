"""A document's problems where they stand: its lines around them, each with a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tropeiro.kernel.errors import Problem

AROUND = 2
MOST = 50
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the text, with what is wrong in it."""

    number: int
    text: str
    problems: tuple[Problem, ...]
    gap: bool
    """Whether lines before it are left out."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """The problems of a document."""

    problems: tuple[Problem, ...]
    """At most fifty."""
    more: int
    lines: tuple[Line, ...]


def excerpt_of(text: str, problems: Sequence[Problem]) -> Excerpt:
    """The lines of ``text`` that have problems, with two on both sides."""
    kept = tuple(problems[:MOST])
    every = text.splitlines()
    wanted = sorted(
        {
            number
            for problem in kept
            for number in range(problem.line - AROUND, problem.line + AROUND + 1)
            if problem.line and 1 <= number <= len(every)
        }
    )
    lines = []
    last = 0
    for number in wanted:
        at = tuple(problem for problem in kept if problem.line == number)
        lines.append(Line(number, every[number - 1][:_LONGEST], at, number > last + 1))
        last = number
    return Excerpt(kept, len(problems) - len(kept), tuple(lines))
