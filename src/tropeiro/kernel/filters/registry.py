"""The register of filters: a plain function with typed parameters becomes a filter, checked before it is called.

A filter's first parameter is the meter, the second the value on the left of the bar, the others its arguments. Their
annotations are read once, here; a filter never sees a value of another kind than it declares.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import msgspec

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.foreign import known_elsewhere
from tropeiro.kernel.values import kind, named_kind, nearest
from tropeiro.kernel.wording import any_of, phrase, says

Kinds = frozenset[str]

_ANNOTATIONS: dict[str, Kinds] = {
    "str": frozenset({"text"}),
    "int": frozenset({"integer"}),
    "float": frozenset({"integer", "number"}),
    "bool": frozenset({"boolean"}),
    "list[Any]": frozenset({"list"}),
    "dict[str, Any]": frozenset({"object"}),
    "None": frozenset({"null"}),
}
_FAST: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "integer": (int,),
    "number": (float,),
    "boolean": (bool,),
    "list": (list,),
    "object": (dict,),
    "null": (type(None),),
}

GIVEN = phrase("What '{filter}' is given")
ARGUMENT = phrase("Argument '{argument}' of '{filter}'")


class Parameter(msgspec.Struct, frozen=True):
    """One argument of a filter."""

    name: str
    kinds: Kinds | None
    """What it accepts, in the words of ``values.kind``; ``None`` is anything."""
    types: frozenset[type]
    """The Python types of ``kinds``, for a quick check."""
    required: bool
    default: Any = None

    def check(self, value: Any, where: str, filter_name: str) -> None:
        """Raise ExpressionError when ``value`` is of another kind; ``where`` is `GIVEN` or `ARGUMENT`."""
        if self.kinds is None or type(value) in self.types or kind(value) in self.kinds:
            return
        raise ExpressionError(
            says(
                "{where} must be {accepted}, not {kind}.",
                where=says(where, filter=filter_name, argument=self.name),
                accepted=self.accepted,
                kind=named_kind(value),
            )
        )

    @property
    def accepted(self) -> str:
        """The kinds in words: ``text or list``."""
        if self.kinds is None:
            return says("anything")
        names = [name for name in _FAST if name in self.kinds]
        if "number" in names:
            names.remove("integer")
        return any_of(says(name) for name in names)


class Example(msgspec.Struct, frozen=True):
    """An expression without data, and what it gives."""

    source: str
    result: Any


class Filter(msgspec.Struct, frozen=True):
    """One filter, as compiled expressions call it and as the reference shows it."""

    name: str
    group: str
    function: Callable[..., Any]
    value: Parameter
    arguments: tuple[Parameter, ...]
    summary: str
    examples: tuple[Example, ...]

    @property
    def signature(self) -> str:
        """``split(separator=" ")`` as it is written behind the bar."""
        if not self.arguments:
            return self.name
        written = (a.name if a.required else f"{a.name}={_literal(a.default)}" for a in self.arguments)
        return f"{self.name}({', '.join(written)})"

    def argument(self, name: str) -> Parameter:
        """The argument of this name. Raises ExpressionError with a suggestion."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        names = [argument.name for argument in self.arguments]
        hint = nearest(name, names) or (
            says("It has: {known}.", known=", ".join(names)) if names else says("It takes none.")
        )
        raise ExpressionError(
            says("The filter '{filter}' has no argument '{name}'.", filter=self.name, name=name), hint=hint
        )


FILTERS: dict[str, Filter] = {}
"""Every filter by name; filled when the modules of this package are imported, never changed afterwards."""


def register(
    group: str, *examples: tuple[str, Any], name: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function a filter of the reference's section ``group``, with examples as (expression, result).

    The name is the function's own without an underscore at its end.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        title = function.__name__.rstrip("_")
        _meter, value, *arguments = (_parameter(p) for p in inspect.signature(function).parameters.values())
        FILTERS[title] = Filter(
            name=title,
            group=group,
            function=function,
            value=value,
            arguments=tuple(arguments),
            summary=inspect.cleandoc(function.__doc__ or ""),
            examples=tuple(Example(source, result) for source, result in examples),
        )
        return function

    return decorate


def _parameter(parameter: inspect.Parameter) -> Parameter:
    annotation = str(parameter.annotation)
    required = parameter.default is inspect.Parameter.empty
    if annotation in ("Any", "Meter"):
        kinds: Kinds | None = None
        types: frozenset[type] = frozenset()
    else:
        kinds = frozenset().union(*(_ANNOTATIONS[part] for part in annotation.split(" | ")))
        types = frozenset(python for name in kinds for python in _FAST[name])
    default = None if required else parameter.default
    return Parameter(name=parameter.name, kinds=kinds, types=types, required=required, default=default)


def find(name: str) -> Filter:
    """The filter of this name. Raises ExpressionError with a suggestion."""
    found = FILTERS.get(name)
    if found is not None:
        return found
    raise ExpressionError(
        says("There is no filter '{name}'.", name=name[:40]),
        hint=known_elsewhere(name) or nearest(name, FILTERS) or says("docs/expressions.md lists every filter."),
    )


def _literal(value: Any) -> str:
    return "…" if value is ... else msgspec.json.encode(value).decode()
