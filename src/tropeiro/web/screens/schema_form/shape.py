"""What a schema asks a person for: the kind of field, its words, its choices, what lies inside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import msgspec

from tropeiro.kernel.schema_tree import MISSING, local

MOST_VARIANTS = 20
MOST_OPTIONS = 500
_FOLLOWED = 20
"""References that are followed one after the other."""
_LONG = 200
"""A text that may be longer than this gets several lines."""
_FORMATS = {"date": "date", "date-time": "moment", "email": "email", "uri": "url", "password": "password"}
_BY_KEYWORD = {
    "properties": "object", "items": "array", "pattern": "string", "minLength": "string", "maxLength": "string",
    "format": "string", "minimum": "number", "maximum": "number",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Option:
    """One of several values to choose from."""

    text: str
    """What the form sends."""
    label: str
    value: Any


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several shapes that a value can have."""

    label: str
    schema: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A schema as something to fill in."""

    kind: str
    """object, list, variants, choice, choices, check, yes_no, number, integer, text, lines, date, moment, email, url,
    password, fixed or json."""
    title: str
    help: str
    rule: dict[str, Any]
    """The schema itself, its reference followed and without the alternative of being null."""
    nullable: bool = False
    options: tuple[Option, ...] = ()
    variants: tuple[Variant, ...] = ()
    item: Any = None
    """Schema of a list's elements."""
    fields: dict[str, Any] = field(default_factory=dict)
    """Schemas of an object's properties."""
    required: frozenset[str] = frozenset()

    @property
    def default(self) -> Any:
        """What the value is when nothing is said, or MISSING."""
        return self.rule.get("const", MISSING) if self.kind == "fixed" else self.rule.get("default", MISSING)


def shape_of(schema: Any, root: Any) -> Shape:
    """The shape of ``schema``, a part of ``root``, where its references lead."""
    rule, nullable = _plain(schema, root)
    found = _kind(rule, root)
    if found["kind"] == "check" and nullable:
        found["kind"] = "yes_no"
    return Shape(
        title=_text(rule.get("title")), help=_text(rule.get("description")), rule=rule, nullable=nullable, **found
    )


def resolved(schema: Any, root: Any) -> dict[str, Any]:
    """A schema with its references followed and its parts under ``allOf`` put together. ``{}`` allows everything."""
    rule = schema if isinstance(schema, dict) else {}
    for _ in range(_FOLLOWED):
        if not isinstance(rule.get("$ref"), str):
            break
        target = local(root, rule["$ref"])
        beside = {key: value for key, value in rule.items() if key != "$ref"}
        rule = {**target, **beside} if isinstance(target, dict) else beside
    parts = rule.get("allOf")
    if isinstance(parts, list) and parts:
        rule = {key: value for key, value in rule.items() if key != "allOf"}
        for part in parts[:MOST_VARIANTS]:
            rule = _together(resolved(part, root), rule)
    return rule


def _plain(schema: Any, root: Any) -> tuple[dict[str, Any], bool]:
    """The rule without the alternative of being null, and whether there was one."""
    rule = resolved(schema, root)
    types = rule.get("type")
    if isinstance(types, list) and "null" in types and len(types) == 2:
        return {**rule, "type": next((one for one in types if one != "null"), "null")}, True
    for keyword in ("anyOf", "oneOf"):
        alternatives = rule.get(keyword)
        if not isinstance(alternatives, list):
            continue
        left = [one for one in alternatives if not (isinstance(one, dict) and one.get("type") == "null")]
        if len(left) == len(alternatives):
            continue
        rule = {key: value for key, value in rule.items() if key != keyword}
        if len(left) == 1:
            inner, _ = _plain(left[0], root)
            return {**inner, **rule}, True
        return {**rule, keyword: left}, True
    return rule, False


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = {**one, **other}
    for keyword in ("properties", "$defs"):
        if isinstance(one.get(keyword), dict) and isinstance(other.get(keyword), dict):
            both[keyword] = {**one[keyword], **other[keyword]}
    if isinstance(one.get("required"), list) and isinstance(other.get("required"), list):
        both["required"] = [*one["required"], *other["required"]]
    return both


def _kind(rule: dict[str, Any], root: Any) -> dict[str, Any]:
    if "const" in rule:
        return {"kind": "fixed"}
    options = _options(rule, root)
    if options:
        return {"kind": "choice", "options": options}
    type_ = rule.get("type") or next((kind for key, kind in _BY_KEYWORD.items() if key in rule), None)
    if type_ == "object":
        return _object(rule) or _variants(rule, root) or {"kind": "json"}
    variants = _variants(rule, root)
    if variants:
        return variants
    if type_ == "array":
        return _array(rule, root)
    if type_ == "string":
        return {"kind": _text_kind(rule)}
    if type_ == "null":
        return {"kind": "fixed"}
    kinds = {"boolean": "check", "integer": "integer", "number": "number"}
    return {"kind": kinds.get(type_, "json") if isinstance(type_, str) else "json"}


def _object(rule: dict[str, Any]) -> dict[str, Any] | None:
    properties = rule.get("properties")
    known = isinstance(properties, dict) and (properties or rule.get("additionalProperties") is False)
    if not known or "patternProperties" in rule:
        return None
    required = rule.get("required")
    names = frozenset(str(name) for name in required) if isinstance(required, list) else frozenset()
    return {"kind": "object", "fields": properties, "required": names}


def _array(rule: dict[str, Any], root: Any) -> dict[str, Any]:
    items = rule.get("items")
    if not isinstance(items, dict) or not items or "prefixItems" in rule:
        return {"kind": "json"}
    options = _options(resolved(items, root), root) if rule.get("uniqueItems") is True else ()
    return {"kind": "choices", "options": options} if options else {"kind": "list", "item": items}


def _variants(rule: dict[str, Any], root: Any) -> dict[str, Any] | None:
    alternatives = rule.get("oneOf") or rule.get("anyOf")
    if not isinstance(alternatives, list) or not 1 < len(alternatives) <= MOST_VARIANTS:
        return None
    return {
        "kind": "variants",
        "variants": tuple(
            Variant(_variant_label(resolved(one, root), number), one) for number, one in enumerate(alternatives, 1)
        ),
    }


def _variant_label(rule: dict[str, Any], number: int) -> str:
    """What the alternative is called: its title, else the constant that tells it apart, else its type."""
    if isinstance(rule.get("title"), str) and rule["title"]:
        return str(rule["title"])
    properties = rule.get("properties")
    if isinstance(properties, dict):
        told = [one["const"] for one in properties.values() if isinstance(one, dict) and "const" in one]
        if told:
            return ", ".join(label_of(one) for one in told[:3])
    type_ = rule.get("type")
    return type_ if isinstance(type_, str) else str(number)


def _options(rule: dict[str, Any], root: Any) -> tuple[Option, ...]:
    """What there is to choose: an ``enum``, or alternatives that are all constants, which may have titles."""
    values = rule.get("enum")
    if isinstance(values, list) and 0 < len(values) <= MOST_OPTIONS:
        return _named([(value, "") for value in values if value is not None])
    alternatives = rule.get("oneOf") or rule.get("anyOf")
    if isinstance(alternatives, list) and 0 < len(alternatives) <= MOST_OPTIONS:
        rules = [resolved(one, root) for one in alternatives]
        if all("const" in one for one in rules):
            return _named([(one["const"], _text(one.get("title"))) for one in rules])
    return ()


def _named(values: list[tuple[Any, str]]) -> tuple[Option, ...]:
    plain = all(isinstance(value, str) and value for value, _ in values)
    return tuple(Option(value if plain else _json(value), label or label_of(value), value) for value, label in values)


def _text_kind(rule: dict[str, Any]) -> str:
    longest = rule.get("maxLength")
    if rule.get("format") in _FORMATS:
        return _FORMATS[rule["format"]]
    exact = "pattern" in rule or "format" in rule
    many = "contentMediaType" in rule or (isinstance(longest, int) and longest > _LONG and not exact)
    return "lines" if many or "\n" in str(rule.get("default", "")) else "text"


def label_of(value: Any) -> str:
    """A constant as people read it."""
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
