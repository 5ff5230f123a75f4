"""``RunReportResponse``: one page of a table, in the shape of the discovery document."""

from __future__ import annotations

import json
from datetime import date
from random import Random
from typing import Any

from tropeiro.samples.google_analytics.emulator.catalogue import Metric, Property
from tropeiro.samples.google_analytics.emulator.errors import ApiError
from tropeiro.samples.google_analytics.emulator.table import DATE_RANGE, Row, Table, arrange, order_of, table

DEFAULT_LIMIT = 10_000
MAX_LIMIT = 250_000
CELLS_A_TOKEN = 5_000

_PAGING = frozenset({"offset", "limit", "returnPropertyQuota", "property", "metricAggregations", "currencyCode"})
_AGGREGATIONS = {"TOTAL": "totals", "MAXIMUM": "maximums", "MINIMUM": "minimums"}


def run_report(
    known: Property, request: dict[str, Any], today: date, *, drift_rows: int = 0, random: Random
) -> tuple[dict[str, Any], int]:
    """The answer to a parsed request, without its quota, and the tokens it costs. Raises 400 or 501.

    ``random`` orders the rows where the request does not: pages of such a request do not fit together, as the API
    warns. ``drift_rows`` is added to the reported row count.
    """
    _check_property(known, request)
    offset, limit = request.get("offset") or 0, request.get("limit") or DEFAULT_LIMIT
    if offset < 0 or limit < 0:
        raise ApiError(400, f"The offset {offset} and the limit {limit} must not be negative.")
    question = {name: value for name, value in request.items() if name not in _PAGING}
    found = table(known.name, json.dumps(question, sort_keys=True), today)
    rows = list(found.rows)
    if not found.stable:
        random.shuffle(rows)
        arrange(rows, order_of(request, found))
    page = rows[offset : offset + min(limit, MAX_LIMIT)]
    answer: dict[str, Any] = {
        "dimensionHeaders": [{"name": name} for name in found.dimensions],
        "metricHeaders": [{"name": found.metrics[n].api_name, "type": found.metrics[n].type} for n in found.visible],
        "rows": [_row(row.keys, row.values, found) for row in page],
    }
    for aggregation in request.get("metricAggregations", []):
        field = _AGGREGATIONS.get(aggregation)
        if field is None:
            raise ApiError(501, f"The emulator does not implement the metric aggregation {aggregation}.")
        answer[field] = _aggregated(aggregation, found)
    answer["rowCount"] = max(len(rows) + drift_rows, 0)
    answer["metadata"] = {
        "currencyCode": request.get("currencyCode") or known.currency,
        "timeZone": known.time_zone,
    }
    answer["kind"] = "analyticsData#runReport"
    return {name: value for name, value in answer.items() if value not in ([], 0)}, 1 + found.scanned // CELLS_A_TOKEN


def _check_property(known: Property, request: dict[str, Any]) -> None:
    named = request.get("property")
    if named and named != known.name:
        raise ApiError(400, f"The property {named} of the request must be the property of the URL, {known.name}.")


def _row(keys: tuple[str, ...], values: tuple[int | float, ...], found: Table) -> dict[str, Any]:
    row = {
        "dimensionValues": [{"value": key} for key in keys],
        "metricValues": [{"value": number(values[n])} for n in found.visible],
    }
    return {name: value for name, value in row.items() if value}


def _aggregated(aggregation: str, found: Table) -> list[dict[str, Any]]:
    """One row for each date range, its dimensions saying which aggregation it is."""
    by_span: dict[int, list[Row]] = {}
    for row in found.rows:
        by_span.setdefault(row.span, []).append(row)
    answer = []
    for _, rows in sorted(by_span.items()):
        keys = tuple(
            rows[0].keys[n] if name == DATE_RANGE else f"RESERVED_{aggregation}"
            for n, name in enumerate(found.dimensions)
        )
        values = tuple(_aggregate(aggregation, n, metric, rows) for n, metric in enumerate(found.metrics))
        answer.append(_row(keys, values, found))
    return answer


def _aggregate(aggregation: str, column: int, metric: Metric, rows: list[Row]) -> int | float:
    if aggregation == "TOTAL":
        return metric.value([sum(each) for each in zip(*(row.sums for row in rows), strict=True)])
    pick = max if aggregation == "MAXIMUM" else min
    return pick(row.values[column] for row in rows)


def number(value: int | float) -> str:
    """A metric's value as the API writes it: decimal digits, never an exponent."""
    if value == int(value):
        return str(int(value))
    text = repr(value)
    return f"{value:.12f}".rstrip("0") if "e" in text else text
