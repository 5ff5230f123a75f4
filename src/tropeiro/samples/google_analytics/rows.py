"""Rows as JSON with types: whole numbers, floats, dates in ISO 8601."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from google.analytics.data_v1beta.types import MetricType, RunReportResponse

from tropeiro.sdk import ServiceError

_ISO = {
    "date": ("%Y%m%d", "%Y-%m-%d"),
    "firstSessionDate": ("%Y%m%d", "%Y-%m-%d"),
    "dateHour": ("%Y%m%d%H", "%Y-%m-%dT%H:00"),
    "dateHourMinute": ("%Y%m%d%H%M", "%Y-%m-%dT%H:%M"),
    "yearMonth": ("%Y%m", "%Y-%m"),
}
"""Dimensions that are dates: as the API writes them, and as rows have them (local time of the property)."""
_RATIO = re.compile(r"average|.*Rate$|.*Per[A-Z]")


def typed_rows(answer: RunReportResponse) -> list[dict[str, Any]]:
    """Rows as objects keyed by the names of dimensions and metrics. Raises `ServiceError` ``ga_bad_answer``."""
    dimensions = [header.name for header in answer.dimension_headers]
    metrics = [(header.name, header.type_ == MetricType.TYPE_INTEGER) for header in answer.metric_headers]
    rows = []
    # The client's wrapped messages copy on every access; a page of 250,000 rows is read from the plain ones.
    for plain in answer._pb.rows:
        row: dict[str, Any] = {
            name: _dimension(name, cell.value) for name, cell in zip(dimensions, plain.dimension_values, strict=True)
        }
        for (name, whole), cell in zip(metrics, plain.metric_values, strict=True):
            row[name] = _metric(name, cell.value, whole=whole)
        rows.append(row)
    return rows


def summable(answer: RunReportResponse) -> list[str]:
    """Metrics whose values may be added up over rows: neither averages nor rates."""
    return [
        header.name
        for header in answer.metric_headers
        if header.type_ != MetricType.TYPE_FLOAT and not _RATIO.match(header.name)
    ]


def _dimension(name: str, text: str) -> str:
    if name not in _ISO or not text.isdecimal():
        return text  # also "(not set)" and "(other)"
    written, wanted = _ISO[name]
    try:
        return datetime.strptime(text, written).strftime(wanted)  # noqa: DTZ007 - local to the property
    except ValueError:
        return text


def _metric(name: str, text: str, *, whole: bool) -> int | float | None:
    try:
        number = int(text) if whole else float(text)
    except ValueError as error:
        message = f"The metric {name} has the value {text!r}, which is not a number."
        raise ServiceError("ga_bad_answer", message) from error
    return number if math.isfinite(number) else None
