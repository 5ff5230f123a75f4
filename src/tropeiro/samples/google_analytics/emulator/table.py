"""A report's table: aggregation, filters and order. Paging and the shape of the answer are ``report.py``'s."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from tropeiro.samples.google_analytics.emulator.catalogue import DIMENSIONS, METRICS, PROPERTIES, Metric
from tropeiro.samples.google_analytics.emulator.data import Base, Cell, cells
from tropeiro.samples.google_analytics.emulator.dates import spans
from tropeiro.samples.google_analytics.emulator.errors import SCHEMA_PAGE, ApiError
from tropeiro.samples.google_analytics.emulator.filters import Predicate, compile_filter

MAX_DIMENSIONS = 9
MAX_METRICS = 10
DATE_RANGE = "dateRange"

_ZEROS = (0,) * len(Base)
_Reader = Callable[[date, Cell, str], str]


class Row(NamedTuple):
    """One row: its dimensions' values, its metrics' values, and the base measures they come from."""

    keys: tuple[str, ...]
    values: tuple[int | float, ...]
    sums: tuple[int, ...]
    span: int


@dataclass(frozen=True)
class Table:
    """Every row of a report, in the order asked for."""

    dimensions: tuple[str, ...]
    metrics: tuple[Metric, ...]
    visible: tuple[int, ...]
    """Indexes of the metrics that the answer shows."""
    rows: tuple[Row, ...]
    stable: bool
    """Whether the order asked for leaves nothing open. When it does, the API promises no order at all."""
    scanned: int
    """Cells that were read."""


@lru_cache(maxsize=64)
def table(property_name: str, question: str, today: date) -> Table:
    """The table of a request, given as JSON text without paging. Raises 400."""
    request: dict[str, Any] = json.loads(question)
    periods = spans(request.get("dateRanges", []), today)
    names, readers = _dimensions(request.get("dimensions", []), several=len(periods) > 1)
    metrics = _metrics(request.get("metrics", []))
    if not names and not metrics:
        raise ApiError(400, "A report needs at least one dimension or metric.")
    visible = tuple(n for n, each in enumerate(request.get("metrics", [])) if not each.get("invisible"))
    keep = _dimension_filter(request.get("dimensionFilter"))
    known = PROPERTIES[property_name]
    scanned = 0
    groups: dict[tuple[int, tuple[str, ...]], tuple[int, ...]] = {}
    for n, period in enumerate(periods):
        for day in period.days(today):
            for cell in cells(known.name, known.scale, day):
                scanned += 1
                if keep is not None and not keep(day, cell):
                    continue
                key = (n, tuple(read(day, cell, period.name) for read in readers))
                groups[key] = tuple(map(int.__add__, groups.get(key, _ZEROS), cell.sums))
    rows: Iterable[Row] = (
        Row(key, tuple(metric.value(sums) for metric in metrics), sums, n) for (n, key), sums in groups.items()
    )
    if not request.get("keepEmptyRows"):
        rows = (row for row in rows if any(row.values if metrics else row.sums))
    if "metricFilter" in request:
        rows = _metric_filtered(rows, request["metricFilter"], metrics)
    keys, stable = _order(request.get("orderBys", []), names, metrics)
    return Table(names, metrics, visible, tuple(arrange(list(rows), keys)), stable, scanned)


Order = tuple[Callable[[Row], Any], bool]
"""A sort key, and whether it descends."""


def order_of(request: Mapping[str, Any], found: Table) -> list[Order]:
    """The order that a request asks for."""
    return _order(request.get("orderBys", []), found.dimensions, found.metrics)[0]


def arrange(rows: list[Row], order: list[Order]) -> list[Row]:
    """The rows sorted in place; what the order leaves open stays as it was."""
    for key, descending in reversed(order):
        rows.sort(key=key, reverse=descending)
    return rows


def dimension_reader(name: str) -> Callable[[date, Cell], str]:
    """How a dimension is read off a cell. Raises 400 for one that does not exist."""
    if name not in DIMENSIONS:
        raise _unknown(name, "dimension")
    return DIMENSIONS[name].value


def metric_named(name: str) -> Metric:
    """A metric of the catalogue. Raises 400 for one that does not exist."""
    if name not in METRICS:
        raise _unknown(name, "metric")
    return METRICS[name]


def _unknown(name: str, what: str) -> ApiError:
    message = f"Field {name} is not a valid {what}. For a list of valid dimensions and metrics, see {SCHEMA_PAGE} "
    return ApiError(400, message)


def _limit(count: int, most: int, what: str) -> None:
    if count > most:
        raise ApiError(400, f"Requests are limited to {most} {what}. This request is for {count} {what}.")


def _dimensions(asked: list[dict[str, Any]], *, several: bool) -> tuple[tuple[str, ...], list[_Reader]]:
    _limit(len(asked), MAX_DIMENSIONS, "dimensions")
    names = [each.get("name", "") for each in asked]
    _once(names, "dimension")
    readers = [_reader(each, several=several) for each in asked]
    if several and DATE_RANGE not in names:
        return (*names, DATE_RANGE), [*readers, _period]
    return tuple(names), readers


def _reader(asked: dict[str, Any], *, several: bool) -> _Reader:
    expression = asked.get("dimensionExpression")
    if expression is None:
        if several and asked.get("name") == DATE_RANGE:
            return _period
        plain = dimension_reader(asked.get("name", ""))
        return lambda day, cell, _: plain(day, cell)
    if "concatenate" in expression:
        parts = [dimension_reader(name) for name in expression["concatenate"].get("dimensionNames", [])]
        delimiter = expression["concatenate"].get("delimiter", "")
        return lambda day, cell, _: delimiter.join(part(day, cell) for part in parts)
    for kind, change in (("lowerCase", str.lower), ("upperCase", str.upper)):
        if kind in expression:
            return _cased(dimension_reader(expression[kind].get("dimensionName", "")), change)
    raise ApiError(400, f"The dimension_expression of {asked.get('name', '')} is empty.")


def _cased(plain: Callable[[date, Cell], str], change: Callable[[str], str]) -> _Reader:
    return lambda day, cell, _: change(plain(day, cell))


def _period(day: date, cell: Cell, period: str) -> str:
    return period


def _metrics(asked: list[dict[str, Any]]) -> tuple[Metric, ...]:
    _limit(len(asked), MAX_METRICS, "metrics")
    names = [each.get("name", "") for each in asked]
    _once(names, "metric")
    return tuple(metric_named(name) for name in names)


def _once(names: list[str], what: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise ApiError(400, f"Duplicate {what}s found: {name}. Each {what} may be requested once.")


def _dimension_filter(expression: dict[str, Any] | None) -> Callable[[date, Cell], bool] | None:
    if expression is None:
        return None
    readers: dict[str, Callable[[date, Cell], str]] = {}

    def check(name: str) -> None:
        if name in METRICS:
            raise ApiError(400, f"The metric {name} cannot be used in the dimension_filter.")
        readers[name] = dimension_reader(name)

    predicate = compile_filter(expression, check)
    return lambda day, cell: predicate({name: read(day, cell) for name, read in readers.items()})


def _metric_filtered(rows: Iterable[Row], expression: dict[str, Any], metrics: tuple[Metric, ...]) -> Iterable[Row]:
    names = [metric.api_name for metric in metrics]

    def check(name: str) -> None:
        if name not in names:
            raise ApiError(400, f"The metric_filter names {name}, which is not a metric of this request.")

    predicate: Predicate = compile_filter(expression, check)
    return (row for row in rows if predicate(dict(zip(names, row.values, strict=True))))


def _order(
    asked: list[dict[str, Any]], dimensions: tuple[str, ...], metrics: tuple[Metric, ...]
) -> tuple[list[Order], bool]:
    names = [metric.api_name for metric in metrics]
    order: list[Order] = []
    fixed: set[str] = set()
    for each in asked:
        descending = bool(each.get("desc"))
        if "metric" in each:
            name = each["metric"].get("metricName", "")
            if name not in names:
                raise ApiError(400, f"The order_by metric {name} is not a metric of this request.")
            order.append((_by_value(names.index(name)), descending))
        elif "dimension" in each:
            name = each["dimension"].get("dimensionName", "")
            if name not in dimensions:
                raise ApiError(400, f"The order_by dimension {name} is not a dimension of this request.")
            kind = each["dimension"].get("orderType", "ALPHANUMERIC")
            order.append((_by_key(dimensions.index(name), kind), descending))
            if kind != "CASE_INSENSITIVE_ALPHANUMERIC":
                fixed.add(name)
        else:
            raise ApiError(400, "An order_by must have a metric or a dimension.")
    return order, fixed >= set(dimensions)


def _by_value(column: int) -> Callable[[Row], Any]:
    return lambda row: row.values[column]


def _by_key(column: int, kind: str) -> Callable[[Row], Any]:
    if kind == "NUMERIC":
        return lambda row: _numeric(row.keys[column])
    if kind == "CASE_INSENSITIVE_ALPHANUMERIC":
        return lambda row: row.keys[column].casefold()
    return lambda row: row.keys[column]


def _numeric(text: str) -> tuple[bool, float, str]:
    """Texts that are not numbers come before all numbers."""
    return (True, float(text), text) if text.isdecimal() else (False, 0.0, text)
