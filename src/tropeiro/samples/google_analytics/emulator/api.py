"""The methods of the API: from a path and a body to an answer. HTTP itself is ``server.py``'s."""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import Random
from threading import Event, Lock
from typing import Any
from zoneinfo import ZoneInfo

from tropeiro.samples.google_analytics.emulator.catalogue import PROPERTIES, Property
from tropeiro.samples.google_analytics.emulator.describe import compatibility, metadata
from tropeiro.samples.google_analytics.emulator.errors import PROPERTY_PAGE, ApiError, permission_denied
from tropeiro.samples.google_analytics.emulator.faults import Decision, FaultPlan, Faults
from tropeiro.samples.google_analytics.emulator.messages import parse
from tropeiro.samples.google_analytics.emulator.quotas import Limits, Quotas
from tropeiro.samples.google_analytics.emulator.report import run_report

MAX_BATCH = 5
KEPT_REQUESTS = 10_000

_METHOD = re.compile(r"/v1beta/properties/([^/:]+):([A-Za-z]+)\Z")
_METADATA = re.compile(r"/v1beta/properties/([^/:]+)/metadata\Z")
_REPORTS = frozenset({"runReport", "batchRunReports", "checkCompatibility"})
_KNOWN_TO_GOOGLE = frozenset({"runPivotReport", "batchRunPivotReports", "runRealtimeReport"})


@dataclass(frozen=True)
class Answer:
    """What to send back."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    truncate: bool = False


class Api:
    """The emulator's state and methods. Thread-safe: every request comes in a thread of its own."""

    def __init__(self, faults: Faults, limits: Limits, now: Callable[[], datetime]) -> None:
        self._lock = Lock()
        self._now = now
        self._plan = FaultPlan(faults)
        self._quotas = Quotas(limits, now)
        self._requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)
        self._count = 0
        self._peak = 0
        self.closing = Event()
        """Set when the server stops: requests that are being delayed are answered at once."""

    def today(self, known: Property) -> date:
        """Today, where the property is."""
        return self._now().astimezone(ZoneInfo(known.time_zone)).date()

    @property
    def faults(self) -> Faults:
        return self._plan.faults

    def set_faults(self, faults: Faults) -> None:
        """Start a new plan of faults, from its seed."""
        with self._lock:
            self._plan = FaultPlan(faults)

    @property
    def limits(self) -> Limits:
        return self._quotas.limits

    def set_limits(self, limits: Limits) -> None:
        """New limits, with nothing used yet."""
        with self._lock:
            self._quotas = Quotas(limits, self._now)

    def running(self, property_name: str) -> int:
        """Requests of the property that are being answered now."""
        with self._lock:
            return self._quotas.running(property_name)

    def log(self) -> dict[str, Any]:
        """The API requests so far: ``{synthetic, count, peak_concurrency, by_status, requests}``, oldest first."""
        with self._lock:
            by_status: dict[str, int] = {}
            for each in self._requests:
                by_status[str(each["status"])] = by_status.get(str(each["status"]), 0) + 1
            return {
                "synthetic": True,
                "count": self._count,
                "peak_concurrency": self._peak,
                "by_status": by_status,
                "requests": list(self._requests),
            }

    def clear_log(self) -> None:
        """Forget the requests so far."""
        with self._lock:
            self._requests.clear()
            self._count = self._peak = 0

    def answer(self, method: str, path: str, body: bytes) -> Answer:
        """Answer one request of the API."""
        with self._lock:
            decision = self._plan.decide()
            faults = self._plan.faults
            self._count += 1
            number = self._count
        entry: dict[str, Any] = {"n": number, "method": method, "path": path, "injected": decision.status}
        headers = {}
        try:
            document = self._call(method, path, body, decision, entry)
            status = 200
        except ApiError as error:
            status, document = error.code, error.body()
            if decision.status is not None:
                headers["X-Tropeiro-Injected-Fault"] = str(decision.status)
                if faults.retry_after is not None and status in (429, 503):
                    headers["Retry-After"] = str(faults.retry_after)
        with self._lock:
            self._requests.append(entry | {"status": status, "truncated": status == 200 and decision.truncate})
        return Answer(status, document, headers, truncate=status == 200 and decision.truncate)

    def _call(self, method: str, path: str, body: bytes, decision: Decision, entry: dict[str, Any]) -> dict[str, Any]:
        if described := _METADATA.match(path):
            _expect(method, "GET")
            number = described[1]
            if number != "0":
                _property(number)
            self._delayed(decision)
            return metadata(f"properties/{number}")
        found = _METHOD.match(path)
        if found is None or found[2] not in _REPORTS | _KNOWN_TO_GOOGLE:
            raise ApiError(404, f"Method not found: {method} {path}.")
        _expect(method, "POST")
        if found[2] in _KNOWN_TO_GOOGLE:
            raise ApiError(501, f"The emulator does not implement {found[2]}.")
        known = _property(found[1])
        with self._lock:
            quotas = self._quotas
            quotas.enter(known.name)
            self._peak = max(self._peak, quotas.running(known.name))
        try:
            self._delayed(decision, lambda: quotas.server_error(known.name))
            return self._method(found[2], known, _json(body), decision, entry)
        finally:
            with self._lock:
                quotas.leave(known.name)

    def _delayed(self, decision: Decision, server_error: Callable[[], None] | None = None) -> None:
        """Take the time that was asked for, then fail when the decision says so."""
        faults = self._plan.faults
        if faults.latency_ms:
            self.closing.wait(faults.latency_ms / 1000)
        if decision.status is None:
            return
        if server_error is not None and decision.status in (500, 503) and faults.count_server_errors:
            with self._lock:
                server_error()
        raise ApiError(decision.status, _INJECTED.get(decision.status, ""))

    def _method(
        self, method: str, known: Property, document: Any, decision: Decision, entry: dict[str, Any]
    ) -> dict[str, Any]:
        if method == "checkCompatibility":
            return compatibility(parse("CheckCompatibilityRequest", document))
        if method == "runReport":
            request = parse("RunReportRequest", document)
            entry.update(offset=request.get("offset", 0), limit=request.get("limit"))
            return self._report(known, request, decision)
        requests = parse("BatchRunReportsRequest", document).get("requests", [])
        if not 1 <= len(requests) <= MAX_BATCH:
            message = f"Each batch request is allowed 1 to {MAX_BATCH} requests. This batch has {len(requests)}."
            raise ApiError(400, message)
        reports = [self._report(known, request, decision) for request in requests]
        return {"reports": reports, "kind": "analyticsData#batchRunReports"}

    def _report(self, known: Property, request: dict[str, Any], decision: Decision) -> dict[str, Any]:
        order = Random()  # noqa: S311 - only has to differ from request to request
        report, tokens = run_report(known, request, self.today(known), drift_rows=decision.drift_rows, random=order)
        with self._lock:
            quota = self._quotas.spend(known.name, tokens)
        return report | {"propertyQuota": quota} if request.get("returnPropertyQuota") else report


_INJECTED = {
    401: "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other "
    "valid authentication credential.",
    403: "The caller does not have permission.",
    404: "Requested entity was not found.",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
}


def _expect(method: str, wanted: str) -> None:
    if method != wanted:
        raise ApiError(404, f"Method not found: use {wanted}, not {method}.")


def _property(number: str) -> Property:
    if not number.isdecimal():
        raise ApiError(
            400,
            f"Invalid property ID: {number}. A numeric Property ID is required. "
            f"To learn more about Property ID, see {PROPERTY_PAGE}.",
        )
    known = PROPERTIES.get(f"properties/{number}")
    if known is None:
        raise permission_denied()
    return known


def _json(body: bytes) -> Any:
    try:
        return json.loads(body or b"{}")
    except ValueError as error:
        raise ApiError(400, f"Invalid JSON payload received. {error}.") from error
