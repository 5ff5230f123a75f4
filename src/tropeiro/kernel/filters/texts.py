"""Filters on texts."""

from __future__ import annotations

from typing import Any

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import register
from tropeiro.kernel.limits import Meter
from tropeiro.kernel.values import text_of
from tropeiro.kernel.wording import says

_TEXTS = "Texts"


@register(_TEXTS, ("1.50 | string", "1.5"), ("[1, null] | string", "[1,null]"), ("'as it is' | string", "as it is"))
def string(meter: Meter, value: Any) -> str:
    """A value as text: a text as it is, everything else as compact JSON. The same happens wherever text is joined."""
    return text_of(value, meter)


@register(_TEXTS, ("'São Paulo' | lower", "são paulo"))
def lower(meter: Meter, value: str) -> str:
    """The text in small letters."""
    meter.characters(len(value))
    return value.lower()


@register(_TEXTS, ("'São Paulo' | upper", "SÃO PAULO"))
def upper(meter: Meter, value: str) -> str:
    """The text in capital letters."""
    meter.characters(len(value))
    return value.upper()


@register(_TEXTS, ("'  a b ' | trim", "a b"))
def trim(meter: Meter, value: str) -> str:
    """The text without white space at both ends."""
    meter.characters(len(value))
    return value.strip()


@register(_TEXTS, ("'a-b-c' | replace('-', '')", "abc"))
def replace(meter: Meter, value: str, old: str, new: str) -> str:
    """The text with every `old` replaced by `new`. Both are plain texts, not patterns."""
    if not old:
        raise ExpressionError(says("'replace' needs a text to look for; the empty text stands everywhere."))
    meter.characters(len(value))
    meter.characters(len(value) + value.count(old) * (len(new) - len(old)))
    return value.replace(old, new)


@register(_TEXTS, ("'a, b' | split(', ')", ["a", "b"]), ("' two  words ' | split", ["two", "words"]))
def split(meter: Meter, value: str, separator: str | None = None) -> list[str]:
    """The parts of a text between `separator`; without one, its words between white space."""
    meter.characters(len(value))
    if separator == "":
        raise ExpressionError(
            says("'split' needs a separator that is not empty."), hint=says("Leave it out to split into words.")
        )
    if separator is None:
        meter.elements(len(value) // 2)
        return value.split()
    meter.elements(value.count(separator) + 1)
    return value.split(separator)


@register(_TEXTS, ("'report.csv' | ends_with('.csv')", True))
def ends_with(meter: Meter, value: str, end: str) -> bool:
    """Whether the text ends so."""
    return value.endswith(end)


@register(_TEXTS, ("'report.csv' | starts_with('rep')", True))
def starts_with(meter: Meter, value: str, start: str) -> bool:
    """Whether the text starts so."""
    return value.startswith(start)
