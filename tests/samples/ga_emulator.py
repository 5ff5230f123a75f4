"""The emulator as the tests talk to it."""

from __future__ import annotations

from typing import Any, NamedTuple

import httpx

PROPERTY = "properties/1234"
WHOLE: dict[str, Any] = {
    "dimensions": [{"name": name} for name in ("date", "country", "deviceCategory", "sessionDefaultChannelGroup")],
    "metrics": [
        {"name": name} for name in ("activeUsers", "sessions", "screenPageViews", "eventCount", "totalRevenue")
    ],
    "dateRanges": [{"startDate": "2025-03-01", "endDate": "2025-03-28"}],
}
"""A report of 28 days by every recorded dimension."""


class Remote(NamedTuple):
    """The emulator as a test talks to it."""

    url: str
    http: httpx.Client

    def report(self, body: dict[str, Any], *, of: str = PROPERTY, method: str = "runReport") -> httpx.Response:
        return self.http.post(f"/v1beta/{of}:{method}", json=body)

    def rows(self, body: dict[str, Any]) -> list[tuple[str, ...]]:
        """Every row of a report as texts, dimensions first."""
        answer = self.report(body)
        assert answer.status_code == 200, answer.text
        return [
            tuple(cell["value"] for kind in ("dimensionValues", "metricValues") for cell in row.get(kind, []))
            for row in answer.json().get("rows", [])
        ]

    def faults(self, **faults: Any) -> None:
        self.http.put("/_emulator/faults", json=faults).raise_for_status()

    def limits(self, **limits: int) -> None:
        self.http.put("/_emulator/limits", json=limits).raise_for_status()

    def total(self, **query: Any) -> Any:
        return self.http.get("/_emulator/total", params={"property": PROPERTY, **query}).raise_for_status().json()

    def requests(self) -> Any:
        return self.http.get("/_emulator/requests").raise_for_status().json()
