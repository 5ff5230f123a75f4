"""Dates of a request: absolute, or relative to today in the property's time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tropeiro.samples.google_analytics.emulator.data import FIRST_DAY
from tropeiro.samples.google_analytics.emulator.errors import ApiError

MAX_RANGES = 4
_ABSOLUTE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DAYS_AGO = re.compile(r"(\d{1,5})daysAgo\Z")


@dataclass(frozen=True)
class Span:
    """A date range of a request, both ends included."""

    name: str
    start: date
    end: date

    def days(self, today: date) -> list[date]:
        """Its days that have happened."""
        count = (min(self.end, today) - self.start).days + 1
        return [self.start + timedelta(days=n) for n in range(count)]


def spans(ranges: list[dict[str, Any]], today: date) -> list[Span]:
    """The date ranges of a request, named as the ``dateRange`` dimension names them. Raises 400."""
    if not ranges:
        raise ApiError(400, "A dateRange is required. Please specify at least one date range.")
    if len(ranges) > MAX_RANGES:
        message = f"Requests are limited to {MAX_RANGES} dateRanges. This request is for {len(ranges)} dateRanges."
        raise ApiError(400, message)
    found = []
    for n, given in enumerate(ranges):
        name = given.get("name", "")
        if name.startswith(("date_range_", "RESERVED_")):
            raise ApiError(400, f"The dateRange name {name} cannot begin with date_range_ or RESERVED_.")
        span = Span(
            name or f"date_range_{n}",
            _resolve(given.get("startDate", ""), "startDate", today),
            _resolve(given.get("endDate", ""), "endDate", today),
        )
        if span.end < span.start:
            raise ApiError(400, f"The endDate {span.end} cannot be before the startDate {span.start}.")
        if span.start < FIRST_DAY:
            raise ApiError(400, f"The startDate {span.start} cannot be before {FIRST_DAY}.")
        found.append(span)
    return found


def _resolve(text: str, field: str, today: date) -> date:
    if text == "today":
        return today
    if text == "yesterday":
        return today - timedelta(days=1)
    if ago := _DAYS_AGO.match(text):
        return today - timedelta(days=int(ago[1]))
    if _ABSOLUTE.match(text):
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise ApiError(400, f"Invalid {field}: {text}. {error}.") from error
    raise ApiError(400, f"Invalid {field}: {text!r}. Use YYYY-MM-DD, NdaysAgo, yesterday or today.")
