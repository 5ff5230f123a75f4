"""Quotas of the properties, which really run out, and ``PropertyQuota``, which shows them.

Limits are those of a standard property. Hours start on the clock's hour, days at midnight in California, where the
API's day starts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from tropeiro.samples.google_analytics.emulator.errors import ApiError

_CALIFORNIA = ZoneInfo("America/Los_Angeles")
THRESHOLDED_PER_HOUR = 120


@dataclass(frozen=True)
class Limits:
    """What a property may use."""

    concurrent_requests: int = 10
    tokens_per_day: int = 200_000
    tokens_per_hour: int = 40_000
    tokens_per_project_per_hour: int = 14_000
    server_errors_per_hour: int = 10


class Quotas:
    """Counts of every property. Not thread-safe: the server holds its lock."""

    def __init__(self, limits: Limits, now: Callable[[], datetime]) -> None:
        self.limits = limits
        self._now = now
        self._used: Counter[tuple[str, str, str]] = Counter()
        self._running: Counter[str] = Counter()

    def enter(self, name: str) -> None:
        """Take one of the property's places for a request. Raises 429 when some quota has run out."""
        if self._running[name] >= self.limits.concurrent_requests:
            raise ApiError(429, "Exhausted concurrent requests quota. Please send fewer requests concurrently.")
        if self._errors(name) >= self.limits.server_errors_per_hour:
            raise ApiError(
                429,
                "Exhausted server errors quota for this property in a project per hour. "
                "This quota will return in under an hour.",
            )
        if exhausted := self._tokens_gone(name):
            raise exhausted
        self._running[name] += 1

    def leave(self, name: str) -> None:
        """Give the place back."""
        self._running[name] -= 1

    def running(self, name: str) -> int:
        """Requests of the property that are being answered."""
        return self._running[name]

    def spend(self, name: str, tokens: int) -> dict[str, Any]:
        """Charge a report, and describe the quotas after it (a ``PropertyQuota``)."""
        hour, day = self._windows()
        self._used[name, "tokens", hour] += tokens
        self._used[name, "tokens", day] += tokens
        limits = self.limits
        per_hour, per_day = self._used[name, "tokens", hour], self._used[name, "tokens", day]
        return {
            "tokensPerDay": _status(tokens, limits.tokens_per_day - per_day),
            "tokensPerHour": _status(tokens, limits.tokens_per_hour - per_hour),
            "concurrentRequests": _status(0, limits.concurrent_requests - self._running[name] + 1),
            "serverErrorsPerProjectPerHour": _status(0, limits.server_errors_per_hour - self._errors(name)),
            "potentiallyThresholdedRequestsPerHour": _status(0, THRESHOLDED_PER_HOUR),
            "tokensPerProjectPerHour": _status(tokens, limits.tokens_per_project_per_hour - per_hour),
        }

    def server_error(self, name: str) -> None:
        """Count a 500 or 503."""
        self._used[name, "errors", self._windows()[0]] += 1

    def _windows(self) -> tuple[str, str]:
        there = self._now().astimezone(_CALIFORNIA)
        return there.strftime("%Y-%m-%dT%H%z"), there.strftime("%Y-%m-%d")

    def _errors(self, name: str) -> int:
        return self._used[name, "errors", self._windows()[0]]

    def _tokens_gone(self, name: str) -> ApiError | None:
        hour, day = self._windows()
        limits = self.limits
        if self._used[name, "tokens", day] >= limits.tokens_per_day:
            return ApiError(429, "Exhausted property tokens per day. These quota tokens will return in under 24 hours.")
        if self._used[name, "tokens", hour] >= limits.tokens_per_hour:
            return ApiError(429, "Exhausted property tokens per hour. These quota tokens will return in under an hour.")
        if self._used[name, "tokens", hour] >= limits.tokens_per_project_per_hour:
            return ApiError(
                429,
                "Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.",
            )
        return None


def _status(consumed: int, remaining: int) -> dict[str, int]:
    return {"consumed": consumed, "remaining": max(remaining, 0)}
