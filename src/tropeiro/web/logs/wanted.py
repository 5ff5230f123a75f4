"""Which lines somebody looks for: what they typed, what they chose, and from when to when.

A query is words, phrases in double quotes, and ``name:value`` (``name:"a value"``). All must hold; one after ``-`` or
``NOT`` must not. Words and phrases are looked for anywhere in message, fields and step; ``*`` outside quotes stands
for anything. The names ``level``, ``message``, ``step``, ``service``, ``worker``, ``job``, ``project`` and
``automation`` are those of a line; any other is a field of it, ``a.b`` one inside another.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

MOST_TERMS = 20
MOST_CHARACTERS = 1_000

_TERM = re.compile(
    r"""(?P<not>NOT\s+|-)?(?:(?P<name>[\w.@/$-]+):)?(?:"(?P<phrase>(?:[^"\\]|\\.)*)"?|(?P<word>[^\s"]\S*))""",
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Term:
    """One part of a query."""

    name: str
    """Of the field that it is about; empty for any text of the line."""
    value: str
    negated: bool = False
    stars: bool = False
    """Whether a star in the value stands for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which lines. What is empty does not matter."""

    since: datetime
    until: datetime
    """Lines from the first moment on, and before the second."""
    terms: tuple[Term, ...] = ()
    level: str = ""
    """From this level up."""
    project: UUID | None = None
    projectless: bool = False
    """Only lines of jobs that belong to no project."""
    workflow: UUID | None = None
    """A workflow, or the one that an automation service is made of."""
    service: UUID | None = None
    """A service, by what it says itself, or by the jobs that were started of it."""
    job: UUID | None = None
    worker: str = ""

    @property
    def by_index(self) -> bool:
        """Whether the index by time finds the lines without looking at them."""
        return not (
            self.terms or self.project or self.projectless or self.workflow or self.service or self.job or self.worker
        )


def parse_query(text: str) -> tuple[Term, ...]:
    """The parts of a query; at most twenty of the first 1,000 characters. Whatever is typed means something."""
    terms = []
    for found in _TERM.finditer(text[:MOST_CHARACTERS]):
        phrase = found["phrase"]
        value = _ESCAPE.sub(r"\1", phrase) if phrase is not None else found["word"]
        if value and value != "NOT":
            terms.append(Term(found["name"] or "", value, bool(found["not"]), stars=phrase is None and "*" in value))
    return tuple(terms[:MOST_TERMS])


def query_text(name: str, value: str, *, negated: bool = False) -> str:
    """A part of a query as somebody would type it."""
    plain = re.fullmatch(r'[^\s"\\*]+', value) is not None
    quoted = value if plain else '"{}"'.format(value.replace("\\", "\\\\").replace('"', '\\"'))
    return f"{'-' if negated else ''}{f'{name}:' if name else ''}{quoted}"
