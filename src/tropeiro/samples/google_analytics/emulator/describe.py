"""``Metadata`` and ``CheckCompatibilityResponse``: what a property can be asked."""

from __future__ import annotations

from typing import Any

from tropeiro.samples.google_analytics.emulator.catalogue import DIMENSIONS, METRICS, Dimension, Metric
from tropeiro.samples.google_analytics.emulator.table import dimension_reader, metric_named

_NOTE = "Synthetic data of an emulator."


def metadata(property_name: str) -> dict[str, Any]:
    """A ``Metadata``; its descriptions say that the data is synthetic."""
    return {
        "name": f"{property_name}/metadata",
        "dimensions": [_dimension(each) for each in DIMENSIONS.values()],
        "metrics": [_metric(each) for each in METRICS.values()],
    }


def compatibility(request: dict[str, Any]) -> dict[str, Any]:
    """A ``CheckCompatibilityResponse``: everything goes with everything here. Raises 400 for unknown names."""
    for each in request.get("dimensions", []):
        dimension_reader(each.get("name", ""))
    for each in request.get("metrics", []):
        metric_named(each.get("name", ""))
    if request.get("compatibilityFilter") == "INCOMPATIBLE":
        return {}
    return {
        "dimensionCompatibilities": [
            {"dimensionMetadata": _dimension(each), "compatibility": "COMPATIBLE"} for each in DIMENSIONS.values()
        ],
        "metricCompatibilities": [
            {"metricMetadata": _metric(each), "compatibility": "COMPATIBLE"} for each in METRICS.values()
        ],
    }


def _dimension(known: Dimension) -> dict[str, Any]:
    return {
        "apiName": known.api_name,
        "uiName": known.ui_name,
        "description": f"{known.ui_name}. {_NOTE}",
        "category": known.category,
    }


def _metric(known: Metric) -> dict[str, Any]:
    return {
        "apiName": known.api_name,
        "uiName": known.ui_name,
        "description": f"{known.ui_name}. {_NOTE}",
        "type": known.type,
        "category": known.category,
    }
