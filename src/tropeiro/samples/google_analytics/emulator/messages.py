"""Request bodies: the fields the API knows, and how a JSON document is read against them.

Read as protocol buffers' JSON mapping reads them: lowerCamelCase or snake_case names, int64 as string or number,
enumerations by name or number, ``null`` as absent. Everything that does not fit is reported at once.
"""

from __future__ import annotations

import re
from typing import Any

from tropeiro.samples.google_analytics.emulator.errors import ApiError, bad_fields

_PACKAGE = "type.googleapis.com/google.analytics.data.v1beta"

ENUMS: dict[str, dict[int, str]] = {
    "MetricAggregation": {
        0: "METRIC_AGGREGATION_UNSPECIFIED",
        1: "TOTAL",
        5: "MINIMUM",
        6: "MAXIMUM",
        4: "COUNT",
    },
    "Compatibility": {0: "COMPATIBILITY_UNSPECIFIED", 1: "COMPATIBLE", 2: "INCOMPATIBLE"},
    "MatchType": dict(
        enumerate(
            (
                "MATCH_TYPE_UNSPECIFIED",
                "EXACT",
                "BEGINS_WITH",
                "ENDS_WITH",
                "CONTAINS",
                "FULL_REGEXP",
                "PARTIAL_REGEXP",
            )
        )
    ),
    "OrderType": dict(
        enumerate(("ORDER_TYPE_UNSPECIFIED", "ALPHANUMERIC", "CASE_INSENSITIVE_ALPHANUMERIC", "NUMERIC"))
    ),
    "NumericOperation": dict(
        enumerate(
            (
                "OPERATION_UNSPECIFIED",
                "EQUAL",
                "LESS_THAN",
                "LESS_THAN_OR_EQUAL",
                "GREATER_THAN",
                "GREATER_THAN_OR_EQUAL",
            )
        )
    ),
    "MetricType": {
        0: "METRIC_TYPE_UNSPECIFIED",
        1: "TYPE_INTEGER",
        2: "TYPE_FLOAT",
        4: "TYPE_SECONDS",
        8: "TYPE_STANDARD",
        9: "TYPE_CURRENCY",
    },
}
"""Enumerations by number: the official client sends and asks for numbers. ``MetricType`` is read in answers only."""

REQUESTS: dict[str, dict[str, str]] = {
    "RunReportRequest": {
        "property": "string",
        "dimensions": "[Dimension]",
        "metrics": "[Metric]",
        "dateRanges": "[DateRange]",
        "dimensionFilter": "FilterExpression",
        "metricFilter": "FilterExpression",
        "offset": "int64",
        "limit": "int64",
        "metricAggregations": "[MetricAggregation]",
        "orderBys": "[OrderBy]",
        "currencyCode": "string",
        "cohortSpec": "unsupported",
        "keepEmptyRows": "boolean",
        "returnPropertyQuota": "boolean",
        "comparisons": "unsupported",
    },
    "BatchRunReportsRequest": {"requests": "[RunReportRequest]"},
    "CheckCompatibilityRequest": {
        "dimensions": "[Dimension]",
        "metrics": "[Metric]",
        "dimensionFilter": "FilterExpression",
        "metricFilter": "FilterExpression",
        "compatibilityFilter": "Compatibility",
    },
    "Dimension": {"name": "string", "dimensionExpression": "DimensionExpression"},
    "DimensionExpression": {
        "lowerCase": "CaseExpression",
        "upperCase": "CaseExpression",
        "concatenate": "ConcatenateExpression",
    },
    "CaseExpression": {"dimensionName": "string"},
    "ConcatenateExpression": {"dimensionNames": "[string]", "delimiter": "string"},
    "Metric": {"name": "string", "expression": "unsupported", "invisible": "boolean"},
    "DateRange": {"startDate": "string", "endDate": "string", "name": "string"},
    "OrderBy": {
        "metric": "MetricOrderBy",
        "dimension": "DimensionOrderBy",
        "pivot": "unsupported",
        "desc": "boolean",
    },
    "MetricOrderBy": {"metricName": "string"},
    "DimensionOrderBy": {"dimensionName": "string", "orderType": "OrderType"},
    "FilterExpression": {
        "andGroup": "FilterExpressionList",
        "orGroup": "FilterExpressionList",
        "notExpression": "FilterExpression",
        "filter": "Filter",
    },
    "FilterExpressionList": {"expressions": "[FilterExpression]"},
    "Filter": {
        "fieldName": "string",
        "stringFilter": "StringFilter",
        "inListFilter": "InListFilter",
        "numericFilter": "NumericFilter",
        "betweenFilter": "BetweenFilter",
        "emptyFilter": "EmptyFilter",
    },
    "StringFilter": {"matchType": "MatchType", "value": "string", "caseSensitive": "boolean"},
    "InListFilter": {"values": "[string]", "caseSensitive": "boolean"},
    "NumericFilter": {"operation": "NumericOperation", "value": "NumericValue"},
    "BetweenFilter": {"fromValue": "NumericValue", "toValue": "NumericValue"},
    "NumericValue": {"int64Value": "int64", "doubleValue": "double"},
    "EmptyFilter": {},
}
"""The discovery document's schemas of requests. ``unsupported``: known to the API, answered with 501 here."""

_ONE_OF: dict[str, frozenset[str]] = {
    "DimensionExpression": frozenset(REQUESTS["DimensionExpression"]),
    "OrderBy": frozenset({"metric", "dimension", "pivot"}),
    "FilterExpression": frozenset(REQUESTS["FilterExpression"]),
    "Filter": frozenset(REQUESTS["Filter"]) - {"fieldName"},
    "NumericValue": frozenset(REQUESTS["NumericValue"]),
}
_CASE = re.compile(r"(?<!^)(?=[A-Z])")
_INT = re.compile(r"-?[0-9]{1,19}\Z")
_MAX_DEPTH = 50


def parse(schema: str, document: Any) -> dict[str, Any]:
    """The request as a dict of the schema's own names: int64 as int, enumerations by name. Raises 400 or 501."""
    found: list[tuple[str, str]] = []
    request = _message(schema, document, "", found, 0)
    if found:
        raise bad_fields(found)
    return request


def _message(schema: str, document: Any, at: str, found: list[tuple[str, str]], depth: int) -> dict[str, Any]:
    if depth > _MAX_DEPTH:
        raise ApiError(400, "Invalid JSON payload received. Message too deep. Max recursion depth reached.")
    if not isinstance(document, dict):
        found.append((at, f"Invalid value at '{at or 'body'}' ({_PACKAGE}.{schema}), {document!r}"))
        return {}
    fields = REQUESTS[schema]
    by_name = {snake(name): name for name in fields} | {name: name for name in fields}
    request: dict[str, Any] = {}
    for key, value in document.items():
        name = by_name.get(key)
        if name is None:
            where = f" at '{at}'" if at else ""
            text = f'Invalid JSON payload received. Unknown name "{key}"{where}: Cannot find field.'
            found.append((at, text))
        elif value is not None:
            request[name] = _value(fields[name], value, f"{at}.{snake(name)}" if at else snake(name), found, depth)
    chosen = sorted(_ONE_OF.get(schema, frozenset()) & request.keys())
    if len(chosen) > 1:
        text = f"Invalid value at '{at}' (oneof), '{snake(chosen[0])}' is already set. Cannot set '{snake(chosen[1])}'."
        found.append((at, text))
    return request


def _value(kind: str, value: Any, at: str, found: list[tuple[str, str]], depth: int) -> Any:
    if kind == "unsupported":
        raise ApiError(501, f"The emulator does not implement '{at}'.")
    if kind.startswith("["):
        if not isinstance(value, list):
            value = [value]  # what the API's JSON reader does with a single value for a repeated field
        return [_value(kind[1:-1], item, f"{at}[{n}]", found, depth) for n, item in enumerate(value)]
    if kind in REQUESTS:
        return _message(kind, value, at, found, depth + 1)
    if kind in ENUMS:
        name = ENUMS[kind].get(value) if isinstance(value, int) else value
        if name in ENUMS[kind].values():
            return name
        kind = f"{_PACKAGE}.{kind}"
    elif kind == "int64" and not isinstance(value, bool) and _INT.match(str(value)):
        return int(value)
    elif kind == "double" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    elif (kind == "string" and isinstance(value, str)) or (kind == "boolean" and isinstance(value, bool)):
        return value
    shown = {"int64": "TYPE_INT64", "double": "TYPE_DOUBLE", "string": "TYPE_STRING", "boolean": "TYPE_BOOL"}
    found.append((at, f"Invalid value at '{at}' ({shown.get(kind, kind)}), {value!r}"))
    return None


def snake(name: str) -> str:
    """``dateRanges`` → ``date_ranges``, the name of the field in its ``.proto``."""
    return _CASE.sub("_", name).lower()


def with_numbers(answer: Any) -> Any:
    """The answer with its enumerations as numbers, as asked for with ``$alt=json;enum-encoding=int``."""
    if isinstance(answer, list):
        return [with_numbers(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    return {
        key: _NUMBERS[key][value] if key in _NUMBERS and isinstance(value, str) else with_numbers(value)
        for key, value in answer.items()
    }


_NUMBERS = {
    "type": {name: number for number, name in ENUMS["MetricType"].items()},
    "compatibility": {name: number for number, name in ENUMS["Compatibility"].items()},
}
"""Fields of the emulator's answers that are enumerations."""
