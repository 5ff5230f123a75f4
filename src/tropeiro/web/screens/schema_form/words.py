"""What is wrong with a value, to whoever filled in the form."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.schema import Mismatch


def words_of(mismatch: Mismatch, *, exact: bool = True) -> str:
    """One sentence. ``exact`` is false when it stands beside a field around the place, which it then names."""
    say = _WORDS.get(mismatch.keyword)
    words = say(mismatch.limit) if say else _type_words(mismatch)
    return words if exact else _("%(place)s: %(problem)s") % {"place": mismatch.pointer, "problem": words}


def _type_words(mismatch: Mismatch) -> str:
    if mismatch.keyword == "type" and mismatch.limit in ("integer", "number"):
        return _("Write a whole number.") if mismatch.limit == "integer" else _("Write a number.")
    if mismatch.keyword in ("additionalProperties", "unevaluatedProperties"):
        return _("There is no property %(names)s.") % {"names": mismatch.got}
    return _("Expected %(expected)s, got %(got)s.") % {"expected": mismatch.expected, "got": mismatch.got}


def _characters(limit: Any, at_least: bool) -> str:
    if at_least:
        return ngettext("Write at least %(n)s character.", "Write at least %(n)s characters.", limit) % {"n": limit}
    return ngettext("Write at most %(n)s character.", "Write at most %(n)s characters.", limit) % {"n": limit}


def _elements(limit: Any, at_least: bool) -> str:
    if at_least:
        return ngettext("Add at least %(n)s entry.", "Add at least %(n)s entries.", limit) % {"n": limit}
    return ngettext("At most %(n)s entry is allowed.", "At most %(n)s entries are allowed.", limit) % {"n": limit}


def _format(limit: Any) -> str:
    known = {
        "email": _("Write an e-mail address."),
        "uri": _("Write an address that begins with https:// or the like."),
        "date": _("Write a date: year-month-day."),
        "date-time": _("Write a date and a time."),
    }
    return known.get(limit) or _("Write it in the format %(format)s.") % {"format": limit}


_WORDS: dict[str, Callable[[Any], str]] = {
    "required": lambda limit: _("This is needed."),
    "minimum": lambda limit: _("Write %(limit)s or more.") % {"limit": limit},
    "maximum": lambda limit: _("Write %(limit)s or less.") % {"limit": limit},
    "exclusiveMinimum": lambda limit: _("Write more than %(limit)s.") % {"limit": limit},
    "exclusiveMaximum": lambda limit: _("Write less than %(limit)s.") % {"limit": limit},
    "multipleOf": lambda limit: _("Write a multiple of %(limit)s.") % {"limit": limit},
    "minLength": lambda limit: _characters(limit, True),
    "maxLength": lambda limit: _characters(limit, False),
    "minItems": lambda limit: _elements(limit, True),
    "maxItems": lambda limit: _elements(limit, False),
    "pattern": lambda limit: _("Write it like %(pattern)s.") % {"pattern": limit},
    "format": _format,
    "enum": lambda limit: _("Choose one of the values."),
    "uniqueItems": lambda limit: _("No two entries may be the same."),
}
