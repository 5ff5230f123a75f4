"""What compiled expressions are made of: small closures that evaluate one piece each.

Every one is ``evaluate(names, meter) -> value``. An error that leaves a piece without a column gets the piece's own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import ARGUMENT, GIVEN, Filter, Parameter
from tropeiro.kernel.limits import Meter
from tropeiro.kernel.operators import Operator
from tropeiro.kernel.values import MissingValueError, Step, reach, text_of
from tropeiro.kernel.wording import says

Evaluate = Callable[[Any, Meter], Any]


def joined(parts: list[Evaluate], column: int = 0) -> Evaluate:
    """The values of several expressions as one text. Measured before it is written."""

    def evaluate(names: Any, meter: Meter) -> str:
        try:
            texts = [text_of(part(names, meter), meter) for part in parts]
            meter.characters(sum(map(len, texts)))
        except ExpressionError as error:
            raise placed(error, column) from None
        return "".join(texts)

    return evaluate


def applied(operator: Operator, left: Evaluate, right: Evaluate, column: int) -> Evaluate:
    def evaluate(names: Any, meter: Meter) -> Any:
        a, b = left(names, meter), right(names, meter)
        try:
            return operator(a, b, meter)
        except ExpressionError as error:
            raise placed(error, column) from None

    return evaluate


def named(root: str, column: int, steps: list[tuple[Step, int]]) -> Evaluate:
    """``root`` and a constant path below it: the piece that most templates consist of."""
    keys = tuple(step for step, _ in steps)
    plain = all(isinstance(key, str) for key in keys)

    def slow(names: Any) -> Any:
        try:
            value = names[root]
        except KeyError:
            raise MissingValueError(lambda: _unknown(root), column=column) from None
        for key, place in steps:
            try:
                value = reach(value, key)
            except ExpressionError as error:
                raise placed(error, place) from None
        return value

    if not plain:
        return lambda names, meter: slow(names)

    def evaluate(names: Any, meter: Meter) -> Any:
        try:
            value = names[root]
            for key in keys:
                value = value[key]
        except (KeyError, TypeError, IndexError):
            return slow(names)
        return value

    return evaluate


def _unknown(root: str) -> tuple[str, str]:
    hint = says("It is known only inside a foreach.") if root in ("item", "index") else ""
    return says("'{root}' is not known here.", root=root), hint


def below(inner: Evaluate, steps: list[tuple[Step, int]]) -> Evaluate:
    def evaluate(names: Any, meter: Meter) -> Any:
        value = inner(names, meter)
        for key, column in steps:
            try:
                value = reach(value, key)
            except ExpressionError as error:
                raise placed(error, column) from None
        return value

    return evaluate


def filtered(
    found: Filter, inner: Evaluate, parameters: list[tuple[Parameter, Evaluate | None]], column: int
) -> Evaluate:
    function, left = found.function, found.value

    def evaluate(names: Any, meter: Meter) -> Any:
        value = inner(names, meter)
        arguments = [p.default if argument is None else argument(names, meter) for p, argument in parameters]
        try:
            left.check(value, GIVEN, found.name)
            for (parameter, argument), given in zip(parameters, arguments, strict=True):
                if argument is not None:
                    parameter.check(given, ARGUMENT, found.name)
            return function(meter, value, *arguments)
        except ExpressionError as error:
            raise placed(error, column) from None

    return evaluate


def with_default(inner: Evaluate, parameters: list[tuple[Parameter, Evaluate | None]], column: int) -> Evaluate:
    """``default`` stands apart: it answers what is missing on its left, and computes its fallback only then."""
    (_, fallback), (_, empty) = parameters
    if fallback is None:
        raise ExpressionError(says("The filter 'default' needs 'fallback'."), column=column)
    instead = fallback

    def evaluate(names: Any, meter: Meter) -> Any:
        try:
            value = inner(names, meter)
        except MissingValueError:
            return instead(names, meter)
        if value is None or (empty is not None and not value and empty(names, meter) is True):
            return instead(names, meter)
        return value

    return evaluate


def placed(error: ExpressionError, column: int) -> ExpressionError:
    """The error with a column, unless something further inside gave it one."""
    if not error.column:
        error.column = column
    return error
