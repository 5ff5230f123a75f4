"""What a JSON Schema must keep to before any validator sees it: size, depth, references, fan-out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tropeiro.kernel.errors import Problem
from tropeiro.kernel.schema_tree import MAX_FANOUT, MISSING, inside, local, too_wide
from tropeiro.kernel.values import kind, nearest

MAX_SIZE = 256_000
"""Bytes of the schema as JSON."""
MAX_DEPTH = 64
"""Levels of schemas inside schemas."""
MAX_PATTERNS = 50
"""Regular expressions in one schema; each is compiled, and held in memory."""
_DRAFTS = ("https://json-schema.org/draft/2020-12/schema", "https://json-schema.org/draft/2020-12/schema#")


def structural_problems(schema: Any) -> tuple[Problem, ...]:
    """Everything that these rules refuse, each with a pointer into ``schema``."""
    if not isinstance(schema, (dict, bool)):
        message = f"A JSON Schema is an object or a boolean, not {kind(schema)}."
        return (_problem("schema_invalid", "", message, 'Write {"type": …}.'),)
    try:
        length = len(msgspec.json.encode(schema))
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        return (_problem("schema_invalid", "", f"The schema is not plain JSON: {str(error)[:120]}."),)
    if length > MAX_SIZE:
        return (_problem("schema_too_large", "", f"The schema has {length:,} bytes; {MAX_SIZE:,} are allowed."),)
    found: list[Problem] = []
    patterns = 0
    parts = list(_schemas(schema))
    embedded = any("$id" in part for pointer, part, _ in parts if pointer)
    for pointer, part, depth in parts:
        if depth > MAX_DEPTH:
            found.append(_problem("schema_too_deep", pointer, f"Schemas are nested over {MAX_DEPTH} levels deep."))
            break
        found.extend(_references(pointer, part, None if embedded else schema))
        named = part.get("patternProperties")
        patterns += isinstance(part.get("pattern"), str) + (len(named) if isinstance(named, dict) else 0)
    if patterns > MAX_PATTERNS:
        message = f"The schema has {patterns} patterns; {MAX_PATTERNS} are allowed."
        found.append(_problem("schema_too_large", "", message))
    if not found and too_wide(schema):
        message = f"With its references written out, the schema is over {MAX_FANOUT:,} schemas large."
        found.append(_problem("schema_too_large", "", message, "Refer to the same definition less often."))
    return tuple(found)


def _references(pointer: str, part: dict[str, Any], schema: Any) -> Iterator[Problem]:
    """Problems of one schema's own keywords; ``schema`` is the whole, ``None`` when pointers may mean a part of it."""
    target = part.get("$ref")
    if isinstance(target, str) and not target.startswith("#"):
        message = f"The reference '{target[:80]}' leaves the schema."
        yield _problem("schema_reference", f"{pointer}/$ref", message, "Copy it to $defs: #/$defs/name.")
    elif isinstance(target, str) and schema is not None and local(schema, target) is MISSING:
        defined = schema.get("$defs")
        near = nearest(target.rpartition("/")[2], defined) if isinstance(defined, dict) else ""
        yield _problem("schema_reference", f"{pointer}/$ref", f"There is nothing at '{target[:80]}'.", near)
    if "$dynamicRef" in part:
        message = "Dynamic references are not supported."
        yield _problem("schema_reference", f"{pointer}/$dynamicRef", message, "Write $ref.")
    draft = part.get("$schema")
    if isinstance(draft, str) and draft not in _DRAFTS:
        message = f"'{draft[:80]}' is not understood."
        yield _problem("schema_invalid", f"{pointer}/$schema", message, f"Write {_DRAFTS[0]}, or leave it out.")


def _schemas(schema: Any) -> Iterator[tuple[str, dict[str, Any], int]]:
    """Every schema that is an object: (pointer, schema, depth), until one lies too deep."""
    waiting: list[tuple[str, Any, int]] = [("", schema, 1)]
    while waiting:
        pointer, part, depth = waiting.pop()
        if not isinstance(part, dict):
            continue
        yield pointer, part, depth
        if depth <= MAX_DEPTH:
            waiting.extend((f"{pointer}{place}", inner, depth + 1) for place, inner in inside(part))


def _problem(code: str, pointer: str, message: str, hint: str = "") -> Problem:
    return Problem(code=code, pointer=pointer, message=message, hint=hint)
