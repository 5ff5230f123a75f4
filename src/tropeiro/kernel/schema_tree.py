"""A JSON Schema as a graph: what stands inside what, what a reference means, and how much work it can make.

Only places where draft 2020-12 puts schemas are looked at, so that a property called ``$ref`` or an example with one
is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

MAX_FANOUT = 100_000
"""Schemas that are tried when every local reference is written out. Chains of doublings reach it quickly."""
MAX_TRIES = 1_000
"""Schemas that may be tried on the way to one value inside a value, to explain why it does not match."""
DEEP = 100
"""Levels of a value up to which self-reference is followed; a value nested deeper is taken to be as deep."""
MISSING = object()
"""What ``local`` gives for a pointer to nothing."""

_ONE = frozenset(
    {"additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"}
    | {"unevaluatedItems", "unevaluatedProperties"}
)
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"$defs", "definitions", "dependentSchemas", "patternProperties", "properties"})
_SAME_VALUE = frozenset({"allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas"})
_ELEMENTS = frozenset({"items", "prefixItems", "contains", "unevaluatedItems"})
_ENTRIES = frozenset({"additionalProperties", "patternProperties", "unevaluatedProperties"})


def children(part: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """The schemas directly inside a schema: (keyword, key or index or empty, schema)."""
    for keyword, value in part.items():
        if keyword in _ONE:
            yield keyword, "", value
        elif keyword in _LISTS and isinstance(value, list):
            yield from ((keyword, str(number), inner) for number, inner in enumerate(value))
        elif keyword in _MAPS and isinstance(value, dict):
            yield from ((keyword, str(name), inner) for name, inner in value.items())


def inside(part: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The schemas directly inside a schema, each with its JSON Pointer from there."""
    for keyword, name, inner in children(part):
        step = name.replace("~", "~0").replace("/", "~1")
        yield f"/{keyword}/{step}" if keyword not in _ONE else f"/{keyword}", inner


def local(schema: Any, target: str) -> Any:
    """What ``#/a/b`` points to, or MISSING. ``None`` for an anchor, which only the validator can find."""
    value = schema
    if target != "#" and not target.startswith("#/"):
        return None
    for token in unquote(target[1:]).split("/")[1:]:
        key = token.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict):
            value = value.get(key, MISSING)
        elif isinstance(value, list) and key.isascii() and key.isdigit() and int(key[:9]) < len(value):
            value = value[int(key[:9])]
        else:
            return MISSING
    return value


def too_wide(schema: Any) -> bool:
    """Whether writing out every local reference passes ``MAX_FANOUT``. What refers to itself is counted once."""
    known: dict[int, int] = {}
    under_way: set[int] = set()

    def width(part: Any) -> int:
        if not isinstance(part, dict) or id(part) in under_way:
            return 1
        if id(part) not in known:
            under_way.add(id(part))
            total = 1 + sum(
                width(inner) for keyword, _, inner in children(part) if keyword not in ("$defs", "definitions")
            )
            target = part.get("$ref")
            if isinstance(target, str):
                total += width(local(schema, target))
            under_way.discard(id(part))
            known[id(part)] = min(total, MAX_FANOUT + 1)
        return known[id(part)]

    try:
        return width(schema) > MAX_FANOUT
    except RecursionError:
        return True


def deepest_value(schema: Any) -> int:
    """How deep a value may be nested so that explaining why ``schema`` refuses it stays cheap; ``DEEP`` is any depth.

    A schema that refers to itself twice for the same part of a value tries that part twice as often with every level.
    -1 when not even a scalar can be explained.
    """
    slots: dict[int, tuple[int, list[list[Any]]]] = {}
    waiting = [schema]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and id(part) not in slots:
            slots[id(part)] = _slots(schema, part)
            waiting.extend(inner for slot in slots[id(part)][1] for inner in slot)
    tries: dict[int, int] = {}
    for depth in range(DEEP):
        following = {
            key: own + max((sum(tries.get(id(inner), 1) for inner in slot) for slot in below), default=0)
            for key, (own, below) in slots.items()
        }
        if following == tries:
            return DEEP
        if following.get(id(schema), 0) > MAX_TRIES:
            return depth - 1
        tries = following
    return DEEP


def _slots(schema: Any, part: dict[str, Any]) -> tuple[int, list[list[Any]]]:
    """How many schemas are tried on one value, and for each of its parts (elements, named entries) which ones then."""
    own = 0
    named: dict[str, list[Any]] = defaultdict(list)
    elements: list[Any] = []
    entries: list[Any] = []
    names: list[Any] = []
    seen: dict[int, int] = defaultdict(int)
    waiting = [part]
    while waiting and own <= MAX_FANOUT:
        current = waiting.pop()
        if not isinstance(current, dict) or seen[id(current)] > MAX_TRIES:
            continue
        own += 1
        seen[id(current)] += 1
        target = current.get("$ref")
        if isinstance(target, str):
            waiting.append(local(schema, target))
        for keyword, name, inner in children(current):
            if keyword in _SAME_VALUE:
                waiting.append(inner)
            elif keyword in _ELEMENTS:
                elements.append(inner)
            elif keyword in _ENTRIES:
                entries.append(inner)
            elif keyword == "properties":
                named[name].append(inner)
            elif keyword == "propertyNames":
                names.append(inner)
    return own, [elements, entries, names, *(slot + entries for slot in named.values())]
