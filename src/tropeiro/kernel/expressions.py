"""Templates: JSON values with ``{{ … }}`` anywhere in their texts, compiled once and rendered often.

A text that is one whole ``{{ … }}`` becomes the value of the expression, whatever its kind; in any other text the
values are joined as text (``values.text_of``). Keys of objects are never templates. ``docs/expressions.md`` describes
the language; ``limits.py`` says what a rendering may cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any

import msgspec

from tropeiro.kernel.closures import Evaluate, joined
from tropeiro.kernel.compiler import Compiled, Reference, compile_expression
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.limits import MAX_EXPRESSIONS, MAX_FUEL, MAX_NESTING, Meter
from tropeiro.kernel.syntax import openings, parse
from tropeiro.kernel.values import Step, check_output, named_kind, shown
from tropeiro.kernel.wording import says

__all__ = ["Reference", "Template", "compile_condition", "compile_template"]


class Template(msgspec.Struct, frozen=True, eq=False, weakref=True):
    """A compiled JSON value. Equal to another when both were compiled from the same value."""

    source: Any
    """The JSON value as written."""
    constant: bool
    """True when there is no expression in it; it then renders to ``source`` itself."""
    references: frozenset[Reference]
    """What its expressions read."""
    _evaluate: Evaluate
    _fuel: int
    """Fuel that is left for data after every node was paid for."""
    _repeats: bool
    """True when the same data may stand in the result more than once, so that the result must be measured."""
    _key: str

    def render(self, names: Mapping[str, Any]) -> Any:
        """The value with every expression replaced by its result, plain JSON.

        ``names`` holds what ``compiler.ROOTS`` lists, as plain JSON. What is rendered may share parts with ``names``
        and with ``source``: never change it in place. Raises ExpressionError, with key and column, and nothing else.
        """
        value = self._evaluate(names, Meter(self._fuel))
        if self._repeats:
            try:
                check_output(value)
            except ExpressionError as error:
                error.key = self._key
                raise
        return value

    def truth(self, names: Mapping[str, Any]) -> bool:
        """Whether it counts as true; false are ``false``, ``null``, ``0``, ``""``, ``[]`` and ``{}``."""
        return bool(self.render(names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Template) and _canonical(self.source) == _canonical(other.source)

    def __hash__(self) -> int:
        return hash(_canonical(self.source))

    def __repr__(self) -> str:
        return f"Template({shown(self.source)})"


def compile_template(value: Any, *, key: str = "") -> Template:
    """Compile a JSON value. ``key`` is its JSON Pointer, which stands before those in errors, e.g. ``/with``.

    Raises ExpressionError with key, column and, where something near is known, a suggestion.
    """
    builder = _Builder()
    evaluate = builder.build(value, key, 0)
    if evaluate is None:
        return Template(value, True, frozenset(), _fixed(value), MAX_FUEL, False, key)
    return Template(
        value, False, frozenset(builder.references), evaluate, MAX_FUEL - builder.cost, _overlap(builder.paths), key
    )


def compile_condition(value: str | bool, *, key: str = "") -> Template:
    """Compile an ``if``: ``true``, ``false``, or a text that is one whole ``{{ … }}``. Raises ExpressionError."""
    if isinstance(value, bool):
        return compile_template(value, key=key)
    if not isinstance(value, str):
        message = says("A condition is true, false or an expression, not {kind}.", kind=named_kind(value))
        raise ExpressionError(message, key=key, hint=says('Write it as "{{ … }}".'))
    template = compile_template(value, key=key)
    if template.constant:
        raise ExpressionError(
            says(
                "A condition must stand in braces; {value} is a plain text, and would always count as true.",
                value=shown(value),
            ),
            key=key,
            hint=says('Write "{{ {value} }}".', value=value.strip()[:80]),
        )
    if not _text(value).whole:
        raise ExpressionError(
            says("A condition is one whole expression; text around it would always count as true."),
            key=key,
            hint=says("Put everything inside one pair of braces."),
        )
    return template


class _Text(msgspec.Struct, frozen=True):
    """A text with expressions, compiled."""

    evaluate: Evaluate
    whole: bool
    cost: int
    references: frozenset[Reference]
    paths: tuple[tuple[Step, ...], ...]


def _text(source: str) -> _Text:
    return _cached_text(source) if len(source) <= _CACHED_LENGTH else _compile_text(source)


_CACHED_LENGTH = 512
"""Longer texts are compiled anew each time, so that the cache stays small whatever is compiled."""


@lru_cache(maxsize=1_024)
def _cached_text(source: str) -> _Text:
    return _compile_text(source)


def _compile_text(source: str) -> _Text:
    parts: list[Evaluate] = []
    found: list[Compiled] = []
    behind = cost = 0
    for start, opening in openings(source):
        if start < behind:
            continue
        if opening != "{{":
            message = says(
                "'{opening}' starts a statement or a comment in Jinja, and neither exists here.", opening=opening
            )
            raise ExpressionError(
                message,
                column=start + 1,
                hint=says("To mean the characters, write {{ '{opening}' }}.", opening=opening),
            )
        tree, end = parse(source, start)
        compiled = compile_expression(tree)
        found.append(compiled)
        cost += compiled.cost
        if len(found) > MAX_EXPRESSIONS:
            message = says("A text holds at most {most} expressions.", most=MAX_EXPRESSIONS)
            raise ExpressionError(message, column=start + 1, hint=says("Build it with | join, or in a service."))
        if start == 0 and end == len(source):
            return _Text(compiled.evaluate, True, cost, compiled.references, compiled.paths)
        if start > behind:
            parts.append(_fixed(source[behind:start]))
        parts.append(compiled.evaluate)
        behind = end
    if behind < len(source):
        parts.append(_fixed(source[behind:]))
    references = frozenset[Reference]().union(*(part.references for part in found))
    return _Text(joined(parts), False, cost, references, tuple(path for part in found for path in part.paths))


def _fixed(value: Any) -> Evaluate:
    return lambda names, meter: value


class _Builder:
    """Compiles a JSON value from its leaves up, and collects what the whole of it costs and reads."""

    def __init__(self) -> None:
        self.cost = 0
        self.references: set[Reference] = set()
        self.paths: list[tuple[Step, ...]] = []

    def build(self, value: Any, key: str, depth: int) -> Evaluate | None:
        """What evaluates ``value``; ``None`` when it is constant."""
        if isinstance(value, str):
            return self._leaf(value, key) if "{{" in value or "{%" in value or "{#" in value else None
        if isinstance(value, dict):
            pointers = [f"{key}/{_escaped(name, key)}" for name in value]
        elif isinstance(value, list):
            pointers = [f"{key}/{number}" for number in range(len(value))]
        elif value is None or isinstance(value, (bool, int, float)):
            return None
        else:
            raise ExpressionError(says("A template is plain JSON; {kind} is not.", kind=type(value).__name__), key=key)
        if depth >= MAX_NESTING:
            raise ExpressionError(says("The value is nested more than {most} levels deep.", most=MAX_NESTING), key=key)
        inner = list(value.values()) if isinstance(value, dict) else value
        parts = [self.build(item, pointer, depth + 1) for item, pointer in zip(inner, pointers, strict=True)]
        if all(part is None for part in parts):
            return None
        filled = [_fixed(item) if part is None else part for item, part in zip(inner, parts, strict=True)]
        if isinstance(value, list):
            return lambda names, meter: [part(names, meter) for part in filled]
        entries = list(zip(value, filled, strict=True))
        return lambda names, meter: {name: part(names, meter) for name, part in entries}

    def _leaf(self, source: str, key: str) -> Evaluate:
        try:
            text = _text(source)
            self.cost += text.cost
            if self.cost > MAX_FUEL:
                raise ExpressionError(
                    says("There are too many expressions in one value."), hint=says("Split the step.")
                )
        except ExpressionError as error:
            error.key = key
            raise
        self.references |= text.references
        self.paths.extend(text.paths)
        inner = text.evaluate

        def evaluate(names: Any, meter: Meter) -> Any:
            try:
                return inner(names, meter)
            except ExpressionError as error:
                error.key = key
                raise
            except RecursionError:
                raise ExpressionError(says("The data is nested too deeply."), key=key) from None

        return evaluate


def _escaped(name: Any, key: str) -> str:
    if not isinstance(name, str):
        raise ExpressionError(
            says("Keys of an object are texts; {kind} cannot be one.", kind=named_kind(name)), key=key
        )
    return name.replace("~", "~0").replace("/", "~1")


def _overlap(paths: list[tuple[Step, ...]]) -> bool:
    """True when one path is another, or lies inside it: the same data may then be in a result twice."""
    written = sorted(tuple(map(str, path)) for path in paths)
    return any(after[: len(before)] == before for before, after in pairwise(written))


def _canonical(value: Any) -> bytes:
    return msgspec.json.encode(value, order="deterministic")
