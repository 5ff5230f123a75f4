"""JSON Schema (draft 2020-12) checks of inputs and outputs.

Schemas come from strangers. They reach nothing outside themselves (no remote or file ``$ref``), their patterns run on
an engine that takes linear time whatever the text, and their size, depth and fan-out are bounded before use. Telling
whether a value matches is cheap; telling why not takes exponentially long where alternatives refer to
themselves, and is left out there. Formats are asserted, not annotated.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, partial
from itertools import islice
from typing import Any

import jsonschema_rs
import msgspec

from tropeiro.kernel.errors import Problem, SchemaMismatch
from tropeiro.kernel.problems import escape
from tropeiro.kernel.schema_messages import described, expectation, pointer_of
from tropeiro.kernel.schema_rules import structural_problems
from tropeiro.kernel.schema_tree import DEEP, deepest_value
from tropeiro.kernel.values import depth_of, named_kind
from tropeiro.kernel.wording import phrase, says

_PATTERNS = jsonschema_rs.RegexOptions(size_limit=200_000, dfa_size_limit=200_000)
"""The engine without look-around and back-references: linear time, bounded memory (bytes for each pattern)."""
_DRAFT = "https://json-schema.org/draft/2020-12/schema"
_META = jsonschema_rs.Draft202012Validator({"$ref": _DRAFT}, offline=True, pattern_options=_PATTERNS)
_MOST_PROBLEMS = 20


def check(schema: Any, value: Any, *, what: str) -> None:
    """Raise SchemaMismatch for the first thing in ``value`` that does not match ``schema``.

    ``schema`` is an object or boolean; ``None`` accepts everything. ``what`` is what the value is to a reader, e.g.
    ``The input of google-analytics/records``. Pointer, expected and got are cut to a readable length. A schema that
    ``problems`` would refuse matches nothing.
    """
    checker(schema, what=what)(value)


def checker(schema: Any, *, what: str) -> Callable[[Any], None]:
    """``check`` for many values: the schema is compiled once. Raises nothing itself."""
    if schema is None or schema is True:
        return _accept
    try:
        validator, deepest = _validator(msgspec.json.encode(schema))
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        return partial(_refuse, what, says("one that is not plain JSON ({error})", error=str(error)[:80]))
    if validator is None:
        problem = problems(schema)[0]
        place, message = problem.pointer or "/", problem.message.rstrip(".")
        got = says("one with a problem at {pointer}: {message}", pointer=place, message=message)
        return partial(_refuse, what, got)
    return partial(_check, validator, deepest, what)


class Mismatch(msgspec.Struct, frozen=True, kw_only=True):
    """One thing in a value that does not match its schema."""

    pointer: str
    """JSON Pointer (RFC 6901) of what does not match; of what is missing, for ``required``."""
    keyword: str
    """The schema's keyword that refuses it, as JSON Schema spells it; empty when the schema itself cannot be used."""
    limit: Any
    """What the keyword allows, where that is one number or one text; else ``None``."""
    expected: str
    got: str


def mismatches(schema: Any, value: Any, *, most: int = 50) -> tuple[Mismatch, ...]:
    """Everything in ``value`` that does not match ``schema``, at most ``most`` things: what a form shows at its fields.

    Empty exactly when ``check`` passes.
    """
    try:
        check(schema, value, what="")
    except SchemaMismatch as error:
        first = Mismatch(pointer=error.pointer, keyword="", limit=None, expected=error.expected, got=error.got)
    else:
        return ()
    validator, deepest = _validator(msgspec.json.encode(schema))
    if validator is None or (deepest < DEEP and depth_of(value, deepest) > deepest):
        return (first,)
    try:
        return tuple(_every(error) for error in islice(validator.iter_errors(value), most))
    except (ValueError, RecursionError):
        return (first,)


def _every(error: jsonschema_rs.ValidationError) -> Mismatch:
    details = error.kind.as_dict()
    path = [str(part) for part in error.instance_path]
    if error.kind.name == "required":
        path.append(str(details["property"]))
    limit = next((details[key] for key in ("limit", "multiple_of", "format", "pattern") if key in details), None)
    if error.kind.name == "type" and len(details["types"]) == 1:
        (limit,) = details["types"]
    return Mismatch(
        pointer="".join(f"/{escape(part)}" for part in path),
        keyword=error.kind.name,
        limit=limit,
        expected=expectation(error),
        got=described(error),
    )


def _accept(value: Any) -> None:
    """Every value matches."""


def _refuse(what: str, got: str, value: Any) -> None:
    """No value matches a schema that cannot be used."""
    raise _mismatch(what, "", says("a usable schema"), got)


def _check(validator: jsonschema_rs.Draft202012Validator, deepest: int, what: str, value: Any) -> None:
    try:
        if validator.is_valid(value):
            return
        if deepest < DEEP and depth_of(value, deepest) > deepest:
            raise _mismatch(
                what,
                "",
                says("one of its many alternatives"),
                says("a value of kind {kind} that none of them allows", kind=named_kind(value)),
            )
        validator.validate(value)
    except jsonschema_rs.ValidationError as error:
        raise _mismatch(what, pointer_of(error), expectation(error), described(error)) from None
    except (ValueError, RecursionError) as error:
        raise _mismatch(what, "", says("plain JSON"), str(error)[:80]) from None


def problems(schema: Any) -> tuple[Problem, ...]:
    """What keeps ``schema`` from being used, each with a pointer into it; empty when nothing does."""
    found = structural_problems(schema)
    if found:
        return found[:_MOST_PROBLEMS]
    invalid = []
    for error, _ in zip(_META.iter_errors(schema), range(_MOST_PROBLEMS), strict=False):
        message = says("Expected {expected}, got {got}.", expected=expectation(error), got=described(error))
        invalid.append(Problem(code="schema_invalid", pointer=pointer_of(error), message=message))
    if invalid:
        return tuple(invalid)
    built = _build(schema)
    return (built,) if isinstance(built, Problem) else ()


@lru_cache(maxsize=128)
def _validator(text: bytes) -> tuple[jsonschema_rs.Draft202012Validator | None, int]:
    """``None`` for a schema that cannot be used: why, is said to each reader in their language (`problems`)."""
    schema = msgspec.json.decode(text)
    built = None if problems(schema) else _build(schema)
    return (None, 0) if built is None or isinstance(built, Problem) else (built, deepest_value(schema))


def _build(schema: Any) -> jsonschema_rs.Draft202012Validator | Problem:
    try:
        return jsonschema_rs.Draft202012Validator(
            schema,
            validate_formats=True,
            ignore_unknown_formats=True,
            offline=True,
            pattern_options=_PATTERNS,
            mask="…",  # messages are made of the error's parts; without a mask, it would write out the whole value
        )
    except jsonschema_rs.ValidationError as error:
        pointer = pointer_of(error)
        if error.kind.name == "format":
            return Problem(
                code="schema_pattern",
                pointer=pointer,
                message=says("The pattern {pattern} cannot be used.", pattern=described(error)),
                hint=says(
                    "Look-around, back-references and very large repetitions are refused: they may take for ever."
                ),
            )
        return Problem(code="schema_reference", pointer=pointer, message=f"{error.message[:200]}.")
    except (ValueError, RecursionError) as error:
        return Problem(
            code="schema_invalid",
            pointer="",
            message=says("The schema cannot be used: {error}.", error=str(error)[:200]),
        )


def _mismatch(what: str, pointer: str, expected: str, got: str) -> SchemaMismatch:
    form = phrase("{what} does not match its schema: expected {expected}, got {got}.")
    if pointer:
        form = phrase("{what} does not match its schema at {pointer}: expected {expected}, got {got}.")
    message = says(form, what=what, pointer=pointer, expected=expected, got=got)
    return SchemaMismatch(message, pointer=pointer, expected=expected, got=got)
