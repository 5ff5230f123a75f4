"""A schema's shape as JSON, for forms that scripts build: the same kinds of fields as in the forms of templates."""

from __future__ import annotations

from typing import Any

from tropeiro.kernel.schema_tree import MISSING
from tropeiro.web.screens.schema_form.shape import Shape, shape_of

DEEPEST = 8
"""Levels of fields inside fields; what lies deeper is one field for JSON."""
MOST = 2_000
"""Fields in all, so that a schema that refers to itself does not grow without end."""
_INSIDE = frozenset({"properties", "items", "oneOf", "anyOf", "$defs", "definitions", "required"})
"""Keywords that the shape itself says."""


def shape_json(schema: Any) -> dict[str, Any]:
    """The shape of a schema with everything in it."""
    return _Shaper(schema).shape(schema, required=True, depth=0)


class _Shaper:
    def __init__(self, root: Any) -> None:
        self.root = root
        self.left = MOST

    def shape(self, schema: Any, *, required: bool, depth: int) -> dict[str, Any]:
        self.left -= 1
        found = shape_of(schema, self.root)
        shown: dict[str, Any] = {
            "kind": found.kind,
            "title": found.title,
            "help": found.help,
            "nullable": found.nullable,
            "required": required,
            "rule": {key: value for key, value in found.rule.items() if key not in _INSIDE},
        }
        if found.default is not MISSING:
            shown["default"] = found.default
        if found.options:
            shown["options"] = [{"label": option.label, "value": option.value} for option in found.options]
        inside = found.kind in ("object", "list", "variants")
        if inside and (depth >= DEEPEST or self.left < _width(found)):
            return {**shown, "kind": "json"}
        if found.kind == "object":
            shown["fields"] = {
                name: self.shape(rule, required=name in found.required, depth=depth + 1)
                for name, rule in found.fields.items()
            }
        elif found.kind == "list":
            shown["item"] = self.shape(found.item, required=True, depth=depth + 1)
        elif found.kind == "variants":
            shown["variants"] = [
                {"label": one.label, "shape": self.shape(one.schema, required=True, depth=depth + 1)}
                for one in found.variants
            ]
        return shown


def _width(shape: Shape) -> int:
    return len(shape.fields) + len(shape.variants) + 1
