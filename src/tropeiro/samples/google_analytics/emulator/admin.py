"""The emulator's own endpoints, below ``/_emulator/``: faults, limits, totals, and the requests so far."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from tropeiro.samples.google_analytics.emulator.api import Api
from tropeiro.samples.google_analytics.emulator.catalogue import PROPERTIES
from tropeiro.samples.google_analytics.emulator.errors import ApiError, permission_denied
from tropeiro.samples.google_analytics.emulator.faults import Faults, from_json, to_json
from tropeiro.samples.google_analytics.emulator.quotas import Limits
from tropeiro.samples.google_analytics.emulator.totals import totals


def welcome() -> dict[str, Any]:
    """What ``GET /`` says."""
    return {
        "name": "Emulator of the Google Analytics Data API v1beta",
        "synthetic": True,
        "properties": [asdict(known) for known in PROPERTIES.values()],
    }


def administer(api: Api, method: str, path: str, query: dict[str, str], body: bytes) -> dict[str, Any]:
    """Answer one request below ``/_emulator/``. Raises ``ApiError``."""
    match method, path.removeprefix("/_emulator/"):
        case "GET", "total":
            return total(api, query)
        case "GET", "requests":
            return api.log()
        case "DELETE", "requests":
            api.clear_log()
            return api.log()
        case "GET", "faults":
            return to_json(api.faults)
        case "DELETE", "faults":
            api.set_faults(Faults())
            return to_json(api.faults)
        case (("PUT" | "PATCH"), "faults"):
            api.set_faults(from_json(_document(body), Faults() if method == "PUT" else api.faults))
            return to_json(api.faults)
        case "GET", "limits":
            return asdict(api.limits)
        case "PUT", "limits":
            try:
                api.set_limits(Limits(**_document(body)))
            except TypeError as error:
                raise ApiError(400, f"Limits cannot be used: {error}") from error
            return asdict(api.limits)
    raise ApiError(404, f"The emulator has no {method} {path}.")


def total(api: Api, query: dict[str, str]) -> dict[str, Any]:
    """The totals of ``property`` from ``start`` to ``end``, or of the last full ``days``.

    ``dimensions`` and ``metrics`` are lists with commas.
    """
    known = PROPERTIES.get(query.get("property", ""))
    if known is None:
        raise permission_denied()
    today = api.today(known)
    start, end = query.get("start", "28daysAgo"), query.get("end", "yesterday")
    if "days" in query:
        start, end = f"{query['days']}daysAgo", (today - timedelta(days=1)).isoformat()
    dimensions = query.get("dimensions", "date,country,deviceCategory,sessionDefaultChannelGroup").split(",")
    metrics = query.get("metrics", "activeUsers,sessions,screenPageViews,eventCount,totalRevenue").split(",")
    return totals(known, start, end, dimensions, metrics, today)


def _document(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise ApiError(400, f"The body is not JSON: {error}.") from error
