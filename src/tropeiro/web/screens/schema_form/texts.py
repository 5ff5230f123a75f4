"""From a value to what the fields of its form show, named as the form would send it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.utils import timezone

from tropeiro.kernel import schema as kernel_schema
from tropeiro.kernel.problems import escape
from tropeiro.kernel.schema_tree import MISSING
from tropeiro.web.screens.schema_form.shape import Shape, shape_of

Sent = Mapping[str, list[str]]
"""What a form sent: the texts under each name."""

ITEMS, VARIANT, MODE = "~n", "~v", "~mode"
"""Ends of names: which elements a list has, which variant is chosen, whether the whole is one text. JSON Pointers write
``~`` as ``~0``, so no property can be called so."""
DEEPEST = 8
"""Levels of fields inside fields; what lies deeper is one field for JSON."""


def texts_of(schema: Any, value: Any, key: str, root: Any = None) -> dict[str, list[str]]:
    """What the form under the name ``key`` shows for ``value``; for MISSING, what the schema's defaults say.

    ``root`` is the schema that ``schema`` is a part of.
    """
    sent: dict[str, list[str]] = {}
    for name, text in _texts(schema, value, key, schema if root is None else root, 0):
        sent.setdefault(name, []).append(text)
    return sent


def _texts(schema: Any, value: Any, key: str, root: Any, depth: int) -> Iterator[tuple[str, str]]:
    shape = shape_of(schema, root)
    if value is MISSING and shape.default is not None:
        # Where null is what nothing said means, nothing is shown.
        value = shape.default
    if depth > DEEPEST or not _fits(shape, value):
        if value is not MISSING:
            yield key, pretty(value)
        return
    if shape.kind == "object":
        known = value if isinstance(value, dict) else {}
        for name, rule in shape.fields.items():
            yield from _texts(rule, known.get(name, MISSING), f"{key}/{escape(name)}", root, depth + 1)
    elif shape.kind == "list":
        least = shape.rule.get("minItems")
        blank = min(least, 20) if isinstance(least, int) and value is MISSING else 0
        for number, one in enumerate([MISSING] * blank if value is MISSING else value):
            yield key + ITEMS, str(number)
            yield from _texts(shape.item, one, f"{key}/{number}", root, depth + 1)
    elif shape.kind == "variants":
        chosen = None if value is MISSING else chosen_variant(shape, value, root)
        if chosen is not None:
            yield key + VARIANT, str(chosen)
        for number, variant in enumerate(shape.variants):
            given = value if number == chosen else MISSING
            yield from _texts(variant.schema, given, f"{key}{VARIANT}{number}", root, depth + 1)
    elif value is not MISSING:
        yield from ((key, text) for text in _scalar(shape, value))


def _fits(shape: Shape, value: Any) -> bool:
    """Whether the fields can show the value: an object with no property but theirs, a list, a scalar."""
    if value is MISSING or shape.kind in ("json", "variants", "fixed"):
        return True
    if shape.kind == "object":
        return isinstance(value, dict) and set(value) <= set(shape.fields)
    if shape.kind in ("list", "choices"):
        return isinstance(value, list)
    return not isinstance(value, (dict, list))


def chosen_variant(shape: Shape, value: Any, root: Any) -> int:
    """Number of the first variant that the value matches; the first of all when there is none."""
    for number, variant in enumerate(shape.variants):
        if not kernel_schema.mismatches(standing_alone(variant.schema, root), value, most=1):
            return number
    return 0


def standing_alone(schema: Any, root: Any) -> Any:
    """A part of a schema with the definitions that it may refer to."""
    if not isinstance(schema, dict) or not isinstance(root, dict):
        return schema
    return {**{key: root[key] for key in ("$defs", "definitions") if key in root}, **schema}


def _scalar(shape: Shape, value: Any) -> list[str]:
    if value is None and shape.kind != "json":
        return [""] if shape.nullable else [pretty(value)]
    if shape.kind == "json":
        return [pretty(value)]
    if shape.kind == "choices":
        return [option.text for option in shape.options if option.value in value]
    if shape.kind == "choice":
        return [option.text for option in shape.options if _same(option.value, value)]
    if shape.kind in ("check", "yes_no"):
        return ["true" if value else "false"] if isinstance(value, bool) else [pretty(value)]
    if shape.kind == "moment" and isinstance(value, str):
        return [local_moment(value)]
    return [value if isinstance(value, str) else pretty(value)]


def local_moment(text: str) -> str:
    """A moment by the reader's clock, as the browser's field wants it; a text that is no moment stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    local = moment if moment.tzinfo is None else moment.astimezone(timezone.get_current_timezone())
    return local.strftime("%Y-%m-%dT%H:%M:%S")


def pretty(value: Any) -> str:
    """JSON on many lines."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other
