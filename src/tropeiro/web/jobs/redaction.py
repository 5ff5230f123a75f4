"""Hiding what looks like a secret in values that are shown.

Credentials never get into values: workers resolve them at the last moment. But people write keys and passwords into
inputs by hand, and services answer with tokens; whoever may look at a job need not see those.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

HIDDEN = "••••••"

_SECRET = re.compile(
    r"(^|[^a-z])(pass(word|wd|phrase)?|senha|secret|segredo|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|"
    r"authorization|cookie|set-cookie|credential|signature)s?($|[^a-z])",
    re.IGNORECASE,
)
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_SECRET = frozenset({"next_page_token", "page_token"})


def redacted(value: Any) -> Any:
    """The value with the texts, lists and objects hidden that stand under a name of a secret."""
    if isinstance(value, dict):
        return {name: _hidden(item) if _is_secret(name) else redacted(item) for name, item in value.items()}
    if isinstance(value, list):
        return [redacted(item) for item in value]
    return value


def redacted_text(text: str) -> str:
    """The same for JSON as text; a text without a suspicious word is given back as it is."""
    if not _SECRET.search(_HUMP.sub("_", text)):
        return text
    return msgspec.json.encode(redacted(msgspec.json.decode(text))).decode()


def _is_secret(name: str) -> bool:
    parted = _HUMP.sub("_", name)
    return _SECRET.search(parted) is not None and parted.lower() not in _NO_SECRET


def _hidden(value: Any) -> Any:
    # Whether there was one may be seen. Numbers count tokens rather than being one; true and false say no secret.
    return value if value is None or isinstance(value, bool | int | float) else HIDDEN
