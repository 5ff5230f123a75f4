"""Keeping the values of a credential out of log lines and error messages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

MASK = "***"
"""What stands where a secret was."""
MIN_LENGTH = 6
"""Shorter values are left alone: hiding every ``on`` or ``eu`` would make log lines unreadable."""
_MIN_LINE = 16
_MIN_INNER = 20


class Redactor:
    """Replaces what must not be read. Made for one call, from its credential.

    It knows every value of at least `MIN_LENGTH` characters, at any depth; its percent-encoded and JSON-escaped
    forms; the single lines of a value with several (a private key cut by line); and the long values inside one
    that is a JSON text itself (a service account's key file). Fields named ``…_uri``, ``…_url`` inside such a text
    are addresses, and stay.
    """

    def __init__(self, credential: dict[str, Any] | None) -> None:
        self._pattern = _pattern(credential) if credential else None

    def text(self, text: str) -> str:
        """The same text without secrets."""
        return text if self._pattern is None else self._pattern.sub(MASK, text)

    def json(self, value: Any) -> Any:
        """The same plain JSON value without secrets, in keys and values at any depth."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(MASK, value)
        if isinstance(value, dict):
            return {self.text(key): self.json(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.json(inner) for inner in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return MASK if self._pattern.fullmatch(str(value)) else value
        return value


def _pattern(credential: dict[str, Any]) -> re.Pattern[str] | None:
    forms = {form for value in _values(credential) for form in _forms(value)}
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _values(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner)
    elif isinstance(value, str):
        yield value
        yield from _values_inside(value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)


def _values_inside(text: str) -> Iterator[str]:
    if not text.lstrip().startswith("{"):
        return
    try:
        inner = json.loads(text)
    except ValueError:
        return
    for key, value in inner.items():
        if not key.endswith(("_uri", "_url")):
            yield from (found for found in _values(value) if len(found) >= _MIN_INNER)


def _forms(value: str) -> Iterator[str]:
    whole = value.strip()
    if len(whole) < MIN_LENGTH:
        return
    parts = [whole, *(line for line in map(str.strip, whole.splitlines()) if len(line) >= _MIN_LINE)]
    for part in parts:
        yield part
        yield quote(part, safe="")
        yield json.dumps(part)[1:-1]
        yield json.dumps(part, ensure_ascii=False)[1:-1]
        yield repr(part)[1:-1]
