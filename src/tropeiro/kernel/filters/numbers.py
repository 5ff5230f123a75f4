"""Filters that make and shape numbers."""

from __future__ import annotations

import math
import re
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import register
from tropeiro.kernel.limits import Meter
from tropeiro.kernel.values import checked, shown
from tropeiro.kernel.wording import says

_NUMBERS = "Numbers"
_INTEGER = re.compile(r"[+-]?[0-9]{1,40}")
_FLOAT = re.compile(r"[+-]?[0-9]{1,320}(\.[0-9]{1,320})?([eE][+-]?[0-9]{1,4})?")


@register(_NUMBERS, ("2.5 | round", 3), ("3.14159 | round(2)", 3.14), ("-2.5 | round", -3))
def round_(meter: Meter, value: float, digits: int = 0) -> Any:
    """The number with at most `digits` (0 to 15) digits behind the point; a half goes away from zero.

    Without `digits` the result is an integer. A float is rounded as it is written: `2.675 | round(2)` is 2.68.
    """
    if not 0 <= digits <= 15:
        raise ExpressionError(says("'round' keeps 0 to 15 digits, not {digits}.", digits=shown(digits)))
    if isinstance(value, int):
        return checked(value)
    if not math.isfinite(value):
        raise ExpressionError(says("Only a finite number can be rounded."))
    if abs(value) >= 2**53:
        return checked(int(value)) if digits == 0 else value
    with localcontext() as context:
        context.prec = 40
        rounded = Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
    return int(rounded) if digits == 0 else float(rounded)


@register(_NUMBERS, ("'42' | int", 42), ("-3.9 | int", -3))
def int_(meter: Meter, value: float | str) -> int:
    """An integer from a text of decimal digits, or from a number, whose fraction is cut off."""
    if isinstance(value, str):
        digits = value[:50].strip()
        if len(value) > 50 or not _INTEGER.fullmatch(digits):
            raise ExpressionError(
                says("{value} is not an integer.", value=shown(value)),
                hint=says("For text with a fraction: | float | int."),
            )
        return int(checked(int(digits)))
    if isinstance(value, float) and not math.isfinite(value):
        raise ExpressionError(says("Only a finite number can become an integer."))
    return int(checked(int(value)))


@register(_NUMBERS, ("'2.50' | float", 2.5), ("3 | float", 3.0))
def float_(meter: Meter, value: float | str) -> float:
    """A floating-point number from a text such as `-1.5` or `1e3`, or from an integer."""
    if isinstance(value, str):
        digits = value[:700].strip()
        if len(value) > 700 or not _FLOAT.fullmatch(digits):
            raise ExpressionError(
                says("{value} is not a number.", value=shown(value)),
                hint=says("The fraction stands behind a point: 1.5."),
            )
        value = float(digits)
    return float(checked(float(checked(value))))
