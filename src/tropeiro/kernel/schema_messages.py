"""What a schema expected and what it got, in a few words of bounded length."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import jsonschema_rs
import msgspec

from tropeiro.kernel.wording import any_of, phrase, phrases, says, says_many

_LONGEST = 80
_MOST_ALTERNATIVES = 5
_WORDS = {
    "null": phrase("null"),
    "array": phrase("a list"),
    "object": phrase("an object"),
    "string": phrase("text"),
    "integer": phrase("an integer"),
    "number": phrase("a number"),
    "boolean": phrase("true or false"),
}


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
        return says("a list of {count}", count=len(value))
    if isinstance(value, dict):
        keys = ", ".join(_json(key) for key in list(value)[:_MOST_ALTERNATIVES])
        if len(value) > _MOST_ALTERNATIVES:
            keys = f"{keys}, …"
        return cut(says("an object with {keys}", keys=keys)) if value else "{}"
    return cut(_json(value))


def expectation(error: jsonschema_rs.ValidationError, depth: int = 0) -> str:
    """What the schema asked for at that place."""
    word = _EXPECTED.get(error.kind.name)
    details = error.kind.as_dict()
    if error.kind.name in ("anyOf", "oneOf") and "context" in details:
        return _alternatives(details["context"], len(error.instance_path), depth)
    if error.kind.name == "propertyNames":
        inner = details.get("error")
        if inner is None or depth >= 3:
            return says("other keys")
        return says("keys that are {expected}", expected=expectation(inner, depth + 1))
    return cut(word(details)) if word else says("a value that '{name}' allows", name=cut(error.kind.name))


def _alternatives(context: list[list[Any]], level: int, depth: int) -> str:
    if depth >= 2:
        return says("one of several alternatives")
    words: list[str] = []
    for branch in context[:_MOST_ALTERNATIVES]:
        text = expectation(branch[0], depth + 1) if branch else says("something else")
        if depth == 0 and branch and len(branch[0].instance_path) > level:
            text = says("{expected} at {pointer}", expected=text, pointer=cut(pointer_of(branch[0]), 40))
        if text not in words:
            words.append(text)
    return cut(any_of(words), 2 * _LONGEST)


def _json(value: Any) -> str:
    if isinstance(value, str) and len(value) > _LONGEST:
        value = value[:_LONGEST]
    try:
        return msgspec.json.encode(value).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        return says("a value of {kind}", kind=type(value).__name__)


def _types(details: Mapping[str, Any]) -> str:
    return any_of(says(_WORDS.get(name, name)) for name in details["types"])


def _options(details: Mapping[str, Any]) -> str:
    options = details["options"]
    shown = ", ".join(_json(option) for option in options[:10])
    return says("one of {options}", options=f"{shown}, …" if len(options) > 10 else shown)


_Details = Mapping[str, Any]


def _fixed(text: str) -> Callable[[_Details], str]:
    return lambda details: says(text)


def _limited(text: str, part: str = "limit") -> Callable[[_Details], str]:
    return lambda details: says(text, limit=_json(details[part]))


def _counted(one: str, many: str) -> Callable[[_Details], str]:
    def words(details: _Details) -> str:
        return says_many(one, many, details["limit"], limit=details["limit"])

    return words


_NO_PROPERTIES = _fixed(phrase("no further properties"))
_NO_ELEMENTS = _fixed(phrase("no further elements"))
_EXPECTED: dict[str, Callable[[_Details], str]] = {
    "type": _types,
    "enum": _options,
    "const": lambda details: _json(details["expected_value"]),
    "required": _limited(phrase("the property {limit}"), "property"),
    "additionalProperties": _NO_PROPERTIES,
    "unevaluatedProperties": _NO_PROPERTIES,
    "unevaluatedItems": _NO_ELEMENTS,
    "additionalItems": _NO_ELEMENTS,
    "falseSchema": _fixed(phrase("nothing here")),
    "minimum": _limited(phrase("at least {limit}")),
    "maximum": _limited(phrase("at most {limit}")),
    "exclusiveMinimum": _limited(phrase("more than {limit}")),
    "exclusiveMaximum": _limited(phrase("less than {limit}")),
    "multipleOf": _limited(phrase("a multiple of {limit}"), "multiple_of"),
    "minLength": _counted(*phrases("at least {limit} character", "at least {limit} characters")),
    "maxLength": _counted(*phrases("at most {limit} character", "at most {limit} characters")),
    "minItems": _counted(*phrases("at least {limit} element", "at least {limit} elements")),
    "maxItems": _counted(*phrases("at most {limit} element", "at most {limit} elements")),
    "minProperties": _counted(*phrases("at least {limit} property", "at least {limit} properties")),
    "maxProperties": _counted(*phrases("at most {limit} property", "at most {limit} properties")),
    "pattern": lambda details: says("text like {pattern}", pattern=details["pattern"]),
    "format": lambda details: says("text in the format {format}", format=details["format"]),
    "uniqueItems": _fixed(phrase("elements that all differ")),
    "contains": _fixed(phrase("other elements")),
    "not": _fixed(phrase("something that 'not' leaves")),
}
