"""What a JSON Schema must keep to before any validator sees it: size, depth, references, fan-out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from tropeiro.kernel.errors import Problem
from tropeiro.kernel.schema_tree import MAX_FANOUT, MISSING, inside, local, too_wide
from tropeiro.kernel.values import named_kind, nearest
from tropeiro.kernel.wording import grouped, says

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
        message = says("A JSON Schema is an object or a boolean, not {kind}.", kind=named_kind(schema))
        return (_problem("schema_invalid", "", message, says('Write {"type": …}.')),)
    try:
        length = len(msgspec.json.encode(schema))
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        return (_problem("schema_invalid", "", says("The schema is not plain JSON: {error}.", error=str(error)[:120])),)
    if length > MAX_SIZE:
        return (
            _problem(
                "schema_too_large",
                "",
                says(
                    "The schema has {length} bytes; {most} are allowed.",
                    length=grouped(length),
                    most=grouped(MAX_SIZE),
                ),
            ),
        )
    found: list[Problem] = []
    patterns = 0
    parts = list(_schemas(schema))
    embedded = any("$id" in part for pointer, part, _ in parts if pointer)
    for pointer, part, depth in parts:
        if depth > MAX_DEPTH:
            found.append(
                _problem(
                    "schema_too_deep",
                    pointer,
                    says("Schemas are nested over {most} levels deep.", most=MAX_DEPTH),
                )
            )
            break
        found.extend(_references(pointer, part, None if embedded else schema))
        named = part.get("patternProperties")
        patterns += isinstance(part.get("pattern"), str) + (len(named) if isinstance(named, dict) else 0)
    if patterns > MAX_PATTERNS:
        message = says(
            "The schema has {patterns} patterns; {most} are allowed.",
            patterns=patterns,
            most=MAX_PATTERNS,
        )
        found.append(_problem("schema_too_large", "", message))
    if not found and too_wide(schema):
        message = says(
            "With its references written out, the schema is over {most} schemas large.",
            most=grouped(MAX_FANOUT),
        )
        found.append(_problem("schema_too_large", "", message, says("Refer to the same definition less often.")))
    return tuple(found)


def _references(pointer: str, part: dict[str, Any], schema: Any) -> Iterator[Problem]:
    """Problems of one schema's own keywords; ``schema`` is the whole, ``None`` when pointers may mean a part of it."""
    target = part.get("$ref")
    if isinstance(target, str) and not target.startswith("#"):
        message = says("The reference '{target}' leaves the schema.", target=target[:80])
        yield _problem("schema_reference", f"{pointer}/$ref", message, says("Copy it to $defs: #/$defs/name."))
    elif isinstance(target, str) and schema is not None and local(schema, target) is MISSING:
        defined = schema.get("$defs")
        near = nearest(target.rpartition("/")[2], defined) if isinstance(defined, dict) else ""
        yield _problem(
            "schema_reference", f"{pointer}/$ref", says("There is nothing at '{target}'.", target=target[:80]), near
        )
    if "$dynamicRef" in part:
        message = says("Dynamic references are not supported.")
        yield _problem("schema_reference", f"{pointer}/$dynamicRef", message, says("Write $ref."))
    draft = part.get("$schema")
    if isinstance(draft, str) and draft not in _DRAFTS:
        message = says("'{draft}' is not understood.", draft=draft[:80])
        yield _problem(
            "schema_invalid", f"{pointer}/$schema", message, says("Write {draft}, or leave it out.", draft=_DRAFTS[0])
        )


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
