"""Messages for people, in the language of whoever reads them.

A message stands in the code in English, and is English wherever nobody said otherwise: in workers, on the command
line, in what is stored. A process that talks to people in more languages hands over its `Wording` once, at its start
(`speak`); which language it is, the wording finds out itself, message by message. Messages are put into words when they
are made (or read, where making them is dear), so they must not be kept for other readers: cache what is known, not what
is said of it.

Places for values are names in braces. Only a brace with the name of a given value is a place; all others stay as they
are, so that expressions (``{{ … }}``) and JSON need no escaping.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import reduce
from typing import Any

import msgspec

_PLACE = re.compile(r"\{([a-z_0-9]+)\}")


class Wording(msgspec.Struct, frozen=True):
    """How a process says things to the reader of the moment. Its functions may be called from every thread."""

    text: Callable[[str], str]
    """A text in the reader's language; the text itself where that language lacks it."""
    plural: Callable[[str, str, int], str]
    """Of the text for one and the text for many, the one for a count."""
    number: Callable[[int], str]
    """An integer with its thousands set apart."""


ENGLISH = Wording(
    text=lambda text: text,
    plural=lambda one, many, count: one if count == 1 else many,
    number=lambda value: f"{value:,}",
)
_spoken = [ENGLISH]
"""One element: what the process speaks. For the process, not for a context: threads do not inherit those."""


def speak(wording: Wording) -> Wording:
    """From now on this process says everything so. Gives what it spoke before."""
    before, _spoken[0] = _spoken[0], wording
    return before


def says(text: str, /, **values: Any) -> str:
    """The text in the reader's language, with its places filled: ``says("a job has no `{name}`", name=name)``."""
    said = _spoken[0].text(text)
    return _filled(said, values) if values else said


def says_many(one: str, many: str, count: int, /, **values: Any) -> str:
    """The text for ``count`` in the reader's language; ``{count}`` is filled with the number, grouped."""
    wording = _spoken[0]
    return _filled(wording.plural(one, many, count), {"count": wording.number(count), **values})


def phrase(text: str) -> str:
    """The text as it is: marks it for translation by a later ``says``, where saying it now would be too early."""
    return text


def phrases(one: str, many: str) -> tuple[str, str]:
    """`phrase` for the two texts of a later ``says_many``."""
    return one, many


def grouped(number: int) -> str:
    """An integer as the reader writes it: ``1,000``, ``1.000``."""
    return _spoken[0].number(number)


def any_of(words: Iterable[str]) -> str:
    """``a or b or c``."""
    return reduce(lambda one, other: says("{one} or {other}", one=one, other=other), words)


def all_of(words: Iterable[str]) -> str:
    """``a and b and c``."""
    return reduce(lambda one, other: says("{one} and {other}", one=one, other=other), words)


def _filled(text: str, values: dict[str, Any]) -> str:
    if len(values) == 1:  # the most, and the quickest so; more than one could find places in what was filled in
        ((name, value),) = values.items()
        return text.replace(f"{{{name}}}", str(value))
    return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text)
