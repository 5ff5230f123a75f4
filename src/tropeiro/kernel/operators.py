"""The operators of expressions on JSON values. Each takes (left, right, meter) and raises ExpressionError."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.limits import LARGEST_INTEGER, SMALLEST_INTEGER, Meter
from tropeiro.kernel.values import checked, contains, equal, is_number, named_kind, orderable
from tropeiro.kernel.wording import says

Operator = Callable[[Any, Any, Meter], Any]


def _arithmetic(symbol: str, compute: Callable[[Any, Any], Any]) -> Operator:
    def apply(left: Any, right: Any, meter: Meter) -> Any:
        if type(left) is int and type(right) is int:
            try:
                result = compute(left, right)
            except (ZeroDivisionError, OverflowError):
                return _failed(symbol, left, right)
            if type(result) is float or SMALLEST_INTEGER <= result <= LARGEST_INTEGER:
                return result
            return checked(result)
        if is_number(left) and is_number(right):
            try:
                return checked(compute(left, right))
            except (ZeroDivisionError, OverflowError):
                return _failed(symbol, left, right)
        return _unfit(symbol, left, right, meter)

    return apply


def _failed(symbol: str, left: Any, right: Any) -> Any:
    if right == 0 and symbol in ("/", "//", "%"):
        raise ExpressionError(says("A number cannot be divided by zero."))
    raise ExpressionError(says("The result is not a finite number."))


def _unfit(symbol: str, left: Any, right: Any, meter: Meter) -> Any:
    if symbol == "+" and isinstance(left, list) and isinstance(right, list):
        meter.elements(len(left) + len(right))
        return left + right
    hint = ""
    if isinstance(left, str) or isinstance(right, str):
        hint = says("Join texts with ~.") if symbol == "+" else says("Convert a text with | int or | float.")
    elif isinstance(left, dict) and isinstance(right, dict):
        hint = says("Put objects together with | merge(other).")
    raise ExpressionError(
        says(
            "'{symbol}' does not work on {left} and {right}.",
            symbol=symbol,
            left=named_kind(left),
            right=named_kind(right),
        ),
        hint=hint,
    )


def negative(value: Any, symbol: str = "-") -> Any:
    """``-value``, or ``+value``, of a number."""
    if is_number(value):
        return checked(-value if symbol == "-" else value)
    raise ExpressionError(says("'{symbol}' does not work on {kind}.", symbol=symbol, kind=named_kind(value)))


ARITHMETIC: dict[str, Operator] = {
    "+": _arithmetic("+", operator.add),
    "-": _arithmetic("-", operator.sub),
    "*": _arithmetic("*", operator.mul),
    "/": _arithmetic("/", operator.truediv),
    "//": _arithmetic("//", operator.floordiv),
    "%": _arithmetic("%", operator.mod),
}


def _ordering(compare: Callable[[Any, Any], Any]) -> Operator:
    def apply(left: Any, right: Any, meter: Meter) -> bool:
        if not (type(left) is int and type(right) is int):
            orderable(left, right)
        return bool(compare(left, right))

    return apply


def _different(left: Any, right: Any, meter: Meter) -> bool:
    return not equal(left, right, meter)


def _inside(left: Any, right: Any, meter: Meter) -> bool:
    return contains(right, left, meter)


def _outside(left: Any, right: Any, meter: Meter) -> bool:
    return not contains(right, left, meter)


COMPARISONS: dict[str, Operator] = {
    "==": equal,
    "!=": _different,
    "<": _ordering(operator.lt),
    "<=": _ordering(operator.le),
    ">": _ordering(operator.gt),
    ">=": _ordering(operator.ge),
    "in": _inside,
    "not in": _outside,
}
