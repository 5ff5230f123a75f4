"""``FilterExpression`` compiled to a predicate over one row's values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from tropeiro.samples.google_analytics.emulator.errors import ApiError

Value = str | int | float
Predicate = Callable[[Mapping[str, Value]], bool]


def compile_filter(expression: dict[str, Any], check: Callable[[str], None]) -> Predicate:
    """A predicate over values by field name. ``check`` raises for a field that cannot stand in this filter."""
    if "andGroup" in expression:
        parts = [compile_filter(part, check) for part in expression["andGroup"].get("expressions", [])]
        return lambda row: all(part(row) for part in parts)
    if "orGroup" in expression:
        parts = [compile_filter(part, check) for part in expression["orGroup"].get("expressions", [])]
        return lambda row: any(part(row) for part in parts)
    if "notExpression" in expression:
        inner = compile_filter(expression["notExpression"], check)
        return lambda row: not inner(row)
    if "filter" in expression:
        return _primitive(expression["filter"], check)
    raise ApiError(400, "The filter expression must have one of and_group, or_group, not_expression or filter set.")


def _primitive(primitive: dict[str, Any], check: Callable[[str], None]) -> Predicate:
    field = primitive.get("fieldName", "")
    if not field:
        raise ApiError(400, "A filter's field_name must not be empty.")
    check(field)
    test = _test(primitive, field)
    return lambda row: test(row[field])


def _test(primitive: dict[str, Any], field: str) -> Callable[[Value], bool]:
    if "stringFilter" in primitive:
        return _string_test(primitive["stringFilter"])
    if "inListFilter" in primitive:
        values = primitive["inListFilter"].get("values", [])
        if not values:
            raise ApiError(400, f"The in_list_filter of {field} must have at least one value.")
        fold = _fold(primitive["inListFilter"])
        wanted = {fold(value) for value in values}
        return lambda value: fold(str(value)) in wanted
    if "numericFilter" in primitive:
        return _numeric_test(primitive["numericFilter"], field)
    if "betweenFilter" in primitive:
        low = _number(primitive["betweenFilter"].get("fromValue"), field)
        high = _number(primitive["betweenFilter"].get("toValue"), field)
        return lambda value: (number := _as_number(value)) is not None and low <= number <= high
    if "emptyFilter" in primitive:
        return lambda value: value in ("", "(not set)")
    raise ApiError(400, f"The filter of {field} must have one of its filter kinds set.")


def _fold(options: dict[str, Any]) -> Callable[[str], str]:
    return str if options.get("caseSensitive") else str.casefold


def _string_test(options: dict[str, Any]) -> Callable[[Value], bool]:
    fold = _fold(options)
    wanted = fold(options.get("value", ""))
    kind = options.get("matchType", "EXACT")
    if kind in ("FULL_REGEXP", "PARTIAL_REGEXP"):
        try:
            pattern = re.compile(options.get("value", ""), 0 if options.get("caseSensitive") else re.IGNORECASE)
        except re.error as error:
            raise ApiError(400, f"Invalid regular expression: {options.get('value')}: {error}.") from error
        find = pattern.fullmatch if kind == "FULL_REGEXP" else pattern.search
        return lambda value: find(str(value)) is not None
    tests: dict[str, Callable[[str], bool]] = {
        "BEGINS_WITH": lambda text: text.startswith(wanted),
        "ENDS_WITH": lambda text: text.endswith(wanted),
        "CONTAINS": lambda text: wanted in text,
    }
    test = tests.get(kind, wanted.__eq__)
    return lambda value: test(fold(str(value)))


def _numeric_test(options: dict[str, Any], field: str) -> Callable[[Value], bool]:
    wanted = _number(options.get("value"), field)
    tests: dict[str, Callable[[float], bool]] = {
        "EQUAL": lambda number: number == wanted,
        "LESS_THAN": lambda number: number < wanted,
        "LESS_THAN_OR_EQUAL": lambda number: number <= wanted,
        "GREATER_THAN": lambda number: number > wanted,
        "GREATER_THAN_OR_EQUAL": lambda number: number >= wanted,
    }
    test = tests.get(options.get("operation", ""))
    if test is None:
        raise ApiError(400, f"The numeric_filter of {field} must have an operation.")
    return lambda value: (number := _as_number(value)) is not None and test(number)


def _number(value: dict[str, Any] | None, field: str) -> float:
    if not value:
        raise ApiError(400, f"The filter of {field} must have a numeric value.")
    number: float = value["int64Value"] if "int64Value" in value else value["doubleValue"]
    return number


def _as_number(value: Value) -> float | None:
    if not isinstance(value, str):
        return value
    return float(value) if value.isdecimal() else None
