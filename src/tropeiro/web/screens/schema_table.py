"""A JSON Schema as the rows of a table: every property with its type, what is allowed, and what it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
from django.utils.translation import gettext as _

from tropeiro.web.screens.schema_form.shape import resolved

MOST_ROWS = 200
DEEPEST = 5
_LIMITS = (
    "format", "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
    "maxLength", "minItems", "maxItems",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaRow:
    """One property."""

    name: str
    depth: int
    type: str
    required: bool
    default: str
    allowed: str
    """Limits and choices, as JSON Schema spells them."""
    help: str


def schema_rows(schema: Any) -> tuple[SchemaRow, ...]:
    """The properties of a schema, those inside others after them; at most 200. A value that is no object is one row."""
    found = _rows(schema, schema, "", 0, required=True)
    return tuple(row for row, _number in zip(found, range(MOST_ROWS), strict=False))


def _rows(schema: Any, root: Any, name: str, depth: int, *, required: bool) -> Iterator[SchemaRow]:
    rule = resolved(schema, root)
    properties = rule.get("properties")
    is_root_object = depth == 0 and not name and isinstance(properties, dict)
    if not is_root_object:
        yield _row(rule, root, name, depth, required=required)
    if depth > DEEPEST:
        return
    inner = depth if is_root_object else depth + 1
    needed = rule.get("required")
    names = needed if isinstance(needed, list) else []
    for key, part in (properties if isinstance(properties, dict) else {}).items():
        yield from _rows(part, root, str(key), inner, required=key in names)
    items = rule.get("items")
    element = resolved(items, root) if isinstance(items, dict) else {}
    if isinstance(element.get("properties"), dict):
        for key, part in element["properties"].items():
            yield from _rows(part, root, f"[…] {key}", inner, required=key in (element.get("required") or []))


def _row(rule: dict[str, Any], root: Any, name: str, depth: int, *, required: bool) -> SchemaRow:
    limits = [f"{key}: {rule[key]}" for key in _LIMITS if key in rule]
    choices = rule.get("enum")
    if isinstance(choices, list):
        limits.insert(0, " | ".join(_json(one) for one in choices[:20]))
    if "const" in rule:
        limits.insert(0, f"= {_json(rule['const'])}")
    return SchemaRow(
        name=name,
        depth=depth,
        type=_type(rule, root),
        required=required,
        default=_json(rule["default"]) if "default" in rule else "",
        allowed=", ".join(limits)[:300],
        help=str(rule.get("description", ""))[:500],
    )


def _type(rule: dict[str, Any], root: Any) -> str:
    kinds = rule.get("type")
    if isinstance(kinds, list):
        return " | ".join(str(kind) for kind in kinds)
    if kinds == "array" and isinstance(rule.get("items"), dict):
        return _("list of %(type)s") % {"type": _type(resolved(rule["items"], root), root)}
    if isinstance(kinds, str):
        return kinds
    alternatives = rule.get("anyOf") or rule.get("oneOf")
    if isinstance(alternatives, list):
        names = dict.fromkeys(_type(resolved(one, root), root) for one in alternatives[:6])
        return " | ".join(names)
    return _("any")


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()[:100]
