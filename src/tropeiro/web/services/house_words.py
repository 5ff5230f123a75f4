"""What the built-in services say of themselves, in the reader's language.

They are declared in English, as every service is in the language of whoever made it; but the house's belong to the
platform, and so their texts stand in its catalogue.
"""

from __future__ import annotations

from typing import Any

from django.utils import translation

from tropeiro.web.member import HOUSE

DATA = frozenset({"default", "enum", "const", "examples"})
"""Keywords of a schema whose values are data, not schemas."""


def said(organization: str, text: str) -> str:
    """A title or description of a service; ``organization`` is the slug of whoever it belongs to."""
    return translation.gettext(text) if organization == HOUSE and text else text


def schema_said(organization: str, schema: Any) -> Any:
    """The schema of a service with its titles and descriptions in the reader's language; never changed in place."""
    return _said(schema) if organization == HOUSE else schema


def _said(part: Any) -> Any:
    if isinstance(part, list):
        return [_said(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    return {
        key: translation.gettext(inner) if is_text(key, inner) else inner if key in DATA else _said(inner)
        for key, inner in part.items()
    }


def is_text(key: str, value: Any) -> bool:
    """Whether a member of a schema is read by people."""
    return key in ("title", "description") and isinstance(value, str) and bool(value)
