"""Filters on lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.filters.registry import register
from tropeiro.kernel.limits import Meter
from tropeiro.kernel.operators import COMPARISONS
from tropeiro.kernel.values import (
    MissingValueError,
    checked,
    follow,
    is_number,
    json_of,
    named_kind,
    shown,
    steps_of,
    text_of,
)
from tropeiro.kernel.wording import says

_LISTS = "Lists"
_ROWS = "[{'n': 'b', 'v': 2}, {'n': 'a', 'v': 1}]"


@register(_LISTS, ("[3, 4] | first", 3), ("[] | first | default(0)", 0))
def first(meter: Meter, value: list[Any]) -> Any:
    """The first element of a list. Of an empty list it is missing, which `default` answers."""
    return _end(value, 0)


@register(_LISTS, ("[3, 4] | last", 4))
def last(meter: Meter, value: list[Any]) -> Any:
    """The last element of a list. Of an empty list it is missing, which `default` answers."""
    return _end(value, -1)


def _end(value: list[Any], index: int) -> Any:
    if not value:
        raise MissingValueError(lambda: (says("The list is empty."), says("Add | default(…) where it may be.")))
    return value[index]


@register(_LISTS, ("['a', 1, true] | join('-')", "a-1-true"), ("['a', 'b'] | join", "ab"))
def join(meter: Meter, value: list[Any], separator: str = "") -> str:
    """The elements of a list as one text, each as `string` makes it, with `separator` between them."""
    meter.elements(len(value))
    parts = [text_of(element, meter) for element in value]
    meter.characters(sum(map(len, parts)) + len(separator) * max(len(parts) - 1, 0))
    return separator.join(parts)


@register(
    _LISTS,
    (f"{_ROWS} | map('n')", ["b", "a"]),
    ("[{'a': {'b': [5]}}, null] | map('a.b.0')", [5, None]),
    ("[{'a': 1}, {}] | map('a', default=0)", [1, 0]),
)
def map_(meter: Meter, value: list[Any], attribute: str, default: Any = ...) -> list[Any]:
    """What stands under `attribute` in each element. An attribute may be a path such as `a.b.0`.

    A null element gives null. An element without the attribute is an error, unless `default` is given.
    """
    path = steps_of(attribute)
    meter.elements(len(value), 1 + len(path) // 2)
    return [None if element is None else _reached(element, path, default) for element in value]


def _reached(element: Any, path: tuple[Any, ...], default: Any) -> Any:
    try:
        return follow(element, path)
    except MissingValueError:
        if default is ...:
            raise
        return default


def _chosen(meter: Meter, value: list[Any], attribute: str, operator: str, other: Any, wanted: bool) -> list[Any]:
    path = steps_of(attribute)
    meter.elements(len(value), 2)
    if operator == "":
        return [e for e in value if bool(_reached(e, path, None)) is wanted]
    test = COMPARISONS.get(operator)
    if test is None:
        raise ExpressionError(
            says("{operator} is not a comparison.", operator=shown(operator)),
            hint=says("Use {known}.", known=", ".join(COMPARISONS)),
        )
    ordering = operator in _ORDERINGS
    chosen = []
    for element in value:
        found = _reached(element, path, None)
        holds = test(found, other, meter) if found is not None or not ordering else False
        if holds is wanted:
            chosen.append(element)
    return chosen


_ORDERINGS = frozenset({"<", "<=", ">", ">="})


@register(
    _LISTS,
    (f"{_ROWS} | select('v', '>', 1)", [{"n": "b", "v": 2}]),
    ("[3, 0, null, 5] | select", [3, 5]),
    ("[3, 8, 5] | select('', '>=', 5)", [8, 5]),
    (f"{_ROWS} | select('n', 'in', ['a', 'c']) | map('v')", [1]),
)
def select(meter: Meter, value: list[Any], attribute: str = "", operator: str = "", other: Any = None) -> list[Any]:
    """The elements for which a comparison holds: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` or `not in`.

    An empty `attribute` is the element itself; a missing one counts as null, which is never smaller or larger than
    anything. Without an operator, the elements whose attribute counts as true.
    """
    return _chosen(meter, value, attribute, operator, other, True)


@register(
    _LISTS,
    (f"{_ROWS} | reject('n', '==', 'a')", [{"n": "b", "v": 2}]),
    ("[1, null, 2] | reject('', '==', null)", [1, 2]),
)
def reject(meter: Meter, value: list[Any], attribute: str = "", operator: str = "", other: Any = None) -> list[Any]:
    """The elements that `select` with the same arguments leaves out."""
    return _chosen(meter, value, attribute, operator, other, False)


@register(
    _LISTS,
    ("[3, 1, 2] | sort", [1, 2, 3]),
    (f"{_ROWS} | sort('v') | map('n')", ["a", "b"]),
    ("['b', null, 'a'] | sort(reverse=true)", ["b", "a", None]),
)
def sort(meter: Meter, value: list[Any], attribute: str = "", reverse: bool = False) -> list[Any]:
    """The list in order, by the element itself or by what stands under `attribute`. Equal ones keep their order.

    All must be numbers or all texts; texts are ordered by code point. Null and missing ones come last, always.
    """
    ranked, without = _ranked(meter, value, attribute)
    ranked.sort(key=_rank, reverse=reverse)
    return [element for _, element in ranked] + without


def _ranked(meter: Meter, value: list[Any], attribute: str) -> tuple[list[tuple[Any, Any]], list[Any]]:
    """Pairs (what it is ordered by, element), and the elements that have nothing to be ordered by."""
    path = steps_of(attribute)
    meter.elements(len(value), 3)
    pairs: list[tuple[Any, Any]] = []
    without: list[Any] = []
    for element in value:
        found = _reached(element, path, None)
        if found is None:
            without.append(element)
        else:
            pairs.append((found, element))
    if not all(is_number(found) for found, _ in pairs) and not all(isinstance(found, str) for found, _ in pairs):
        kinds = sorted({named_kind(found) for found, _ in pairs})
        raise ExpressionError(
            says("Only numbers or only texts can be ordered, and here are: {known}.", known=", ".join(kinds))
        )
    return pairs, without


def _rank(pair: tuple[Any, Any]) -> Any:
    return pair[0]


@register(_LISTS, ("[2, 1, 2, true] | unique", [2, 1, True]), (f"{_ROWS} | unique('n') | length", 2))
def unique(meter: Meter, value: list[Any], attribute: str = "") -> list[Any]:
    """The list without repetitions: the first of all elements that are equal, or equal under `attribute`."""
    path = steps_of(attribute)
    meter.elements(len(value), 3)
    seen: dict[Any, Any] = {}
    for element in value:
        seen.setdefault(_identity(_reached(element, path, None), meter), element)
    return list(seen.values())


def _identity(value: Any, meter: Meter) -> Any:
    """Something hashable that is equal exactly when the JSON values are."""
    if isinstance(value, bool):
        return (value,)
    if isinstance(value, (list, dict)):
        json_of(value, meter)
        return (None, msgspec.json.encode(_normal(value), order="deterministic"))
    return value


def _normal(value: Any) -> Any:
    """The value with whole floats as integers, so that 1 and 1.0 are written alike."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    return value


@register(_LISTS, ("[1, 2.5] | sum", 3.5), ("[] | sum", 0), (f"{_ROWS} | sum('v')", 3))
def sum_(meter: Meter, value: list[Any], attribute: str = "") -> float:
    """The sum of a list of numbers, or of what stands under `attribute`. Integers add exactly; null is skipped."""
    path = steps_of(attribute)
    meter.elements(len(value))
    total: float = 0
    for element in value:
        found = follow(element, path) if element is not None else None
        if found is None:
            continue
        if not is_number(found):
            raise ExpressionError(
                says("Only numbers can be added, not {kind}.", kind=named_kind(found)),
                hint=says("Convert each with a service."),
            )
        total += checked(found)
    result: float = checked(total)
    return result


def _nothing_to_compare() -> tuple[str, str]:
    return says("The list has nothing to compare."), says("Add | default(…) where it may be empty.")


def _extreme(meter: Meter, value: list[Any], attribute: str, choose: Callable[..., Any]) -> Any:
    ranked, _ = _ranked(meter, value, attribute)
    if not ranked:
        raise MissingValueError(_nothing_to_compare)
    return choose(ranked, key=_rank)[1]


@register(_LISTS, ("[3, 1, 2] | min", 1), (f"{_ROWS} | min('v')", {"n": "a", "v": 1}), ("[] | min | default(0)", 0))
def min_(meter: Meter, value: list[Any], attribute: str = "") -> Any:
    """The smallest element, or the element whose `attribute` is smallest. Null is skipped; of nothing it is missing."""
    return _extreme(meter, value, attribute, min)


@register(_LISTS, ("[3, 1, 2] | max", 3), (f"{_ROWS} | max('v')", {"n": "b", "v": 2}))
def max_(meter: Meter, value: list[Any], attribute: str = "") -> Any:
    """The largest element, or the element whose `attribute` is largest. Null is skipped; of nothing it is missing."""
    return _extreme(meter, value, attribute, max)


@register(
    _LISTS, ("[1, 2, 3, 4] | slice(1, 3)", [2, 3]), ("'tropeiro' | slice(-3)", "iro"), ("'abc' | slice(0, 2)", "ab")
)
def slice_(meter: Meter, value: str | list[Any], start: int, end: int | None = None) -> Any:
    """A part of a list or text: from `start` up to, not including, `end`. Negative numbers count from its end."""
    begin, behind, _ = slice(start, end).indices(len(value))
    count = max(behind - begin, 0)
    if isinstance(value, str):
        meter.characters(count)
    else:
        meter.elements(count)
    return value[begin:behind]


@register(_LISTS, ("[[1, 2], [], null, [3]] | flatten", [1, 2, 3]))
def flatten(meter: Meter, value: list[Any]) -> list[Any]:
    """A list of lists as one list, one level deep. Null is skipped."""
    lists = [element for element in value if element is not None]
    if not all(isinstance(element, list) for element in lists):
        raise ExpressionError(
            says("'flatten' needs a list of lists."), hint=says("Null is skipped; other elements are refused.")
        )
    meter.elements(len(value) + sum(map(len, lists)))
    return [inner for element in lists for inner in element]
