"""What a schema expected and what it got, in a few words of bounded length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import msgspec

_LONGEST = 80
_MOST_ALTERNATIVES = 5
_WORDS = {"null": "null", "array": "a list", "object": "an object", "string": "text", "integer": "an integer"}
_WORDS |= {"number": "a number", "boolean": "true or false"}


def cut(text: str, length: int = _LONGEST) -> str:
    """The text, or its beginning and an ellipsis."""
    return text if len(text) <= length else f"{text[: length - 1]}…"


def pointer_of(error: jsonschema_rs.ValidationError) -> str:
    """JSON Pointer (RFC 6901) of the value that does not match."""
    parts = (cut(str(part)).replace("~", "~0").replace("/", "~1") for part in error.instance_path[:100])
    return "".join(f"/{part}" for part in parts)


def described(error: jsonschema_rs.ValidationError) -> str:
    """The value that does not match: a scalar itself, of the rest what it is."""
    value = error.instance
    if error.kind.name in ("additionalProperties", "unevaluatedProperties"):
        unexpected: list[Any] = error.kind.as_dict().get("unexpected", [])
        return cut(", ".join(_json(name) for name in unexpected[:_MOST_ALTERNATIVES]))
    if isinstance(value, list):
        return f"a list of {len(value)}"
    if isinstance(value, dict):
        keys = ", ".join(_json(key) for key in list(value)[:_MOST_ALTERNATIVES])
        return cut(f"an object with {keys}{', …' if len(value) > _MOST_ALTERNATIVES else ''}" if value else "{}")
    return cut(_json(value))


def expectation(error: jsonschema_rs.ValidationError, depth: int = 0) -> str:
    """What the schema asked for at that place."""
    word = _EXPECTED.get(error.kind.name)
    details = error.kind.as_dict()
    if error.kind.name in ("anyOf", "oneOf") and "context" in details:
        return _alternatives(details["context"], len(error.instance_path), depth)
    if error.kind.name == "propertyNames":
        inner = details.get("error")
        return f"keys that are {expectation(inner, depth + 1)}" if inner is not None and depth < 3 else "other keys"
    return cut(word(details)) if word else f"a value that '{cut(error.kind.name)}' allows"


def _alternatives(context: list[list[Any]], level: int, depth: int) -> str:
    if depth >= 2:
        return "one of several alternatives"
    words: list[str] = []
    for branch in context[:_MOST_ALTERNATIVES]:
        text = expectation(branch[0], depth + 1) if branch else "something else"
        if depth == 0 and branch and len(branch[0].instance_path) > level:
            text = f"{text} at {cut(pointer_of(branch[0]), 40)}"
        if text not in words:
            words.append(text)
    return cut(" or ".join(words), 2 * _LONGEST)


def _json(value: Any) -> str:
    if isinstance(value, str) and len(value) > _LONGEST:
        value = value[:_LONGEST]
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return f"a value of {type(value).__name__}"


def _types(details: Mapping[str, Any]) -> str:
    return " or ".join(_WORDS.get(name, name) for name in details["types"])


def _options(details: Mapping[str, Any]) -> str:
    options = details["options"]
    shown = ", ".join(_json(option) for option in options[:10])
    return f"one of {shown}{', …' if len(options) > 10 else ''}"


def _one(details: Mapping[str, Any], noun: str) -> str:
    return noun if details["limit"] == 1 else f"{noun}s"


_EXPECTED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "type": _types,
    "enum": _options,
    "const": lambda d: _json(d["expected_value"]),
    "required": lambda d: f"the property {_json(d['property'])}",
    "additionalProperties": lambda d: "no further properties",
    "unevaluatedProperties": lambda d: "no further properties",
    "unevaluatedItems": lambda d: "no further elements",
    "additionalItems": lambda d: "no further elements",
    "falseSchema": lambda d: "nothing here",
    "minimum": lambda d: f"at least {_json(d['limit'])}",
    "maximum": lambda d: f"at most {_json(d['limit'])}",
    "exclusiveMinimum": lambda d: f"more than {_json(d['limit'])}",
    "exclusiveMaximum": lambda d: f"less than {_json(d['limit'])}",
    "multipleOf": lambda d: f"a multiple of {_json(d['multiple_of'])}",
    "minLength": lambda d: f"at least {d['limit']} {_one(d, 'character')}",
    "maxLength": lambda d: f"at most {d['limit']} {_one(d, 'character')}",
    "minItems": lambda d: f"at least {d['limit']} {_one(d, 'element')}",
    "maxItems": lambda d: f"at most {d['limit']} {_one(d, 'element')}",
    "minProperties": lambda d: f"at least {d['limit']} properties",
    "maxProperties": lambda d: f"at most {d['limit']} properties",
    "pattern": lambda d: f"text like {d['pattern']}",
    "format": lambda d: f"text in the format {d['format']}",
    "uniqueItems": lambda d: "elements that all differ",
    "contains": lambda d: "other elements",
    "not": lambda d: "something that 'not' leaves",
}
