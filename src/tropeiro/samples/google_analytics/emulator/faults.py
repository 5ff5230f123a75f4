"""Faults on request: what goes wrong, how often, and the same again for the same seed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from random import Random
from typing import Any

from tropeiro.samples.google_analytics.emulator.errors import STATUSES, ApiError


@dataclass(frozen=True)
class Faults:
    """What to inject into the answers of the API (never of the emulator's own endpoints)."""

    rates: dict[int, float] = field(default_factory=dict)
    """HTTP status → share of the requests answered so, 0.0 to 1.0; together at most 1.0."""
    truncate: float = 0.0
    """Share of the good answers that break off in the middle."""
    latency_ms: int = 0
    """Every answer takes at least this long; the request holds its concurrency slot meanwhile."""
    retry_after: int | None = None
    """Seconds, sent as ``Retry-After`` with injected 429 and 503."""
    drift_rows: int = 0
    """Added to the reported ``rowCount``, as when data arrives while pages are read."""
    drift_after: int = 0
    """How many reports are answered before the drift sets in."""
    at_most: int | None = None
    """Stop injecting statuses and truncations after so many."""
    count_server_errors: bool = False
    """Whether injected 500 and 503 use up the hourly quota of server errors, as real ones would."""
    seed: int = 0

    def __post_init__(self) -> None:
        shares = [*self.rates.values(), self.truncate]
        if not all(0.0 <= share <= 1.0 for share in shares) or sum(self.rates.values()) > 1.0 + 1e-9:
            raise ValueError("Rates are shares from 0.0 to 1.0, and those of all statuses together at most 1.0.")
        if unknown := [status for status in self.rates if status not in STATUSES]:
            raise ValueError(f"No fault has the status {unknown[0]}; known: {', '.join(map(str, STATUSES))}.")
        if self.latency_ms < 0:
            raise ValueError("latency_ms cannot be negative.")


@dataclass(frozen=True)
class Decision:
    """What to do to one request."""

    status: int | None = None
    truncate: bool = False
    drift_rows: int = 0


class FaultPlan:
    """Draws a decision for each request, in order of arrival. Not thread-safe: the server holds its lock."""

    def __init__(self, faults: Faults) -> None:
        self.faults = faults
        self._random = Random(faults.seed)  # noqa: S311 - repeatable on purpose
        self._injected = 0
        self._reports = 0

    def decide(self) -> Decision:
        """The decision for the next request. Every request draws twice, so that one fault does not shift the next."""
        draw, cut = self._random.random(), self._random.random()
        self._reports += 1
        drift = self.faults.drift_rows if self._reports > self.faults.drift_after else 0
        if self.faults.at_most is not None and self._injected >= self.faults.at_most:
            return Decision(drift_rows=drift)
        for status, rate in sorted(self.faults.rates.items()):
            if draw < rate:
                self._injected += 1
                return Decision(status=status, drift_rows=drift)
            draw -= rate
        truncate = cut < self.faults.truncate
        self._injected += truncate
        return Decision(truncate=truncate, drift_rows=drift)


def from_json(document: Any, base: Faults) -> Faults:
    """``base`` with the document's fields replaced. Raises ``ApiError`` 400 that says which field is wrong."""
    known = {each.name for each in fields(Faults)}
    if not isinstance(document, dict) or not document.keys() <= known:
        raise ApiError(400, f"Faults are an object with some of: {', '.join(sorted(known))}.")
    try:
        if "rates" in document:
            document = document | {"rates": {int(status): float(rate) for status, rate in document["rates"].items()}}
        return Faults(**(asdict(base) | document))
    except (ValueError, TypeError, AttributeError) as error:
        raise ApiError(400, f"Faults cannot be used: {error}") from error


def to_json(faults: Faults) -> dict[str, Any]:
    """The faults as the admin endpoint shows and takes them."""
    return asdict(faults) | {"rates": {str(status): rate for status, rate in faults.rates.items()}}
