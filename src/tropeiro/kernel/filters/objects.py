"""Filters on objects, and between values and text."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import register
from tropeiro.kernel.limits import MAX_TEXT, Meter
from tropeiro.kernel.values import checked, json_of, kind
from tropeiro.kernel.wording import says

_OBJECTS = "Objects"
_ENCODING = "JSON and encodings"
_ANY = "Any value"


@register(_OBJECTS, ("{'b': 1, 'a': 2} | keys", ["b", "a"]))
def keys(meter: Meter, value: dict[str, Any]) -> list[str]:
    """The keys of an object, in their order."""
    meter.elements(len(value))
    return list(value)


@register(_OBJECTS, ("{'b': 1, 'a': 2} | values", [1, 2]))
def values(meter: Meter, value: dict[str, Any]) -> list[Any]:
    """The values of an object, in their order."""
    meter.elements(len(value))
    return list(value.values())


@register(_OBJECTS, ("{'b': 1} | items", [{"key": "b", "value": 1}]))
def items(meter: Meter, value: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of an object as a list of ``{"key", "value"}``, ready for a `foreach`."""
    meter.elements(len(value), 4)
    return [{"key": key, "value": item} for key, item in value.items()]


@register(_OBJECTS, ("{'a': 1, 'b': 2} | merge({'b': 3})", {"a": 1, "b": 3}))
def merge(meter: Meter, value: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One object of two; where both have a key, `other` wins. Objects inside are not merged, but replaced."""
    meter.elements(len(value) + len(other))
    return {**value, **other}


@register(_ENCODING, ("{'a': [1, null]} | tojson", '{"a":[1,null]}'), ("'x' | tojson", '"x"'))
def tojson(meter: Meter, value: Any) -> str:
    """Any value as compact JSON text."""
    return json_of(value, meter)


@register(_ENCODING, ("""'{"a": [1, 2]}' | fromjson""", {"a": [1, 2]}), ("('[1, 2]' | fromjson)[1]", 2))
def fromjson(meter: Meter, value: str) -> Any:
    """The value that a JSON text describes."""
    meter.characters(len(value))
    meter.elements(sum(map(value.count, ",:[{")), 4)
    try:
        found = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
        raise ExpressionError(says("The text is not JSON: {error}.", error=str(error)[:120])) from None
    _check_numbers(found)
    return found


def _check_numbers(value: Any) -> None:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, (int, float)):
            checked(item)


@register(_ENCODING, ("'São Paulo' | base64_encode", "U8OjbyBQYXVsbw=="))
def base64_encode(meter: Meter, value: str) -> str:
    """The UTF-8 bytes of a text as base64 (RFC 4648, with padding)."""
    return base64.b64encode(_bytes(meter, value)).decode()


@register(_ENCODING, ("'U8OjbyBQYXVsbw==' | base64_decode", "São Paulo"))
def base64_decode(meter: Meter, value: str) -> str:
    """The text whose UTF-8 bytes this base64 holds; the URL-safe alphabet and missing padding are understood too."""
    meter.characters(len(value))
    standard = value.strip().replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True).decode()
    except UnicodeDecodeError:
        raise ExpressionError(says("The base64 holds bytes that are not UTF-8 text.")) from None
    except (binascii.Error, ValueError):
        raise ExpressionError(says("The text is not base64.")) from None


@register(_ENCODING, ("'tropeiro' | hash", hashlib.sha256(b"tropeiro").hexdigest()))
def hash_(meter: Meter, value: str) -> str:
    """The SHA-256 digest of a text's UTF-8 bytes, 64 hexadecimal digits. For objects, write `| tojson | hash`."""
    return hashlib.sha256(_bytes(meter, value)).hexdigest()


def _bytes(meter: Meter, value: str) -> bytes:
    meter.characters(min(len(value) * 2, MAX_TEXT) if len(value) <= MAX_TEXT else len(value))
    try:
        return value.encode()
    except UnicodeEncodeError:
        raise ExpressionError(says("The text holds half of a surrogate pair, which UTF-8 cannot write.")) from None


@register(
    "Any value",
    ("null | default('none')", "none"),
    ("'' | default('none')", ""),
    ("'' | default('none', true)", "none"),
)
def default(meter: Meter, value: Any, fallback: Any, empty: bool = False) -> Any:
    """`fallback` when the value is null, or when anything on the left of the bar is missing; else the value itself.

    With `empty` set, everything that counts as false is replaced too: `false`, `0`, `""`, `[]` and `{}`.
    """
    return fallback if value is None or (empty and not value) else value


@register(_ANY, ("'maçã' | length", 4), ("[1, 2, 3] | length", 3), ("{'a': 1} | length", 1))
def length(meter: Meter, value: str | list[Any] | dict[str, Any]) -> int:
    """How many characters a text has, elements a list, or entries an object."""
    return len(value)


@register(_ANY, ("'ab' | kind", "text"), ("[1.5, true] | map('') | first | kind", "number"))
def kind_(meter: Meter, value: Any) -> str:
    """What a value is: `null`, `boolean`, `integer`, `number`, `text`, `list` or `object`."""
    return kind(value)
