"""Relative dates made absolute, by the property's own clock."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tropeiro.sdk import ServiceError

from .query import DateRange

_DAYS_AGO = re.compile(r"([0-9]{1,5})daysAgo\Z")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")


def today_in(time_zone: str, as_of: datetime) -> date:
    """The date that the property's clock shows at a moment. Raises `ServiceError` ``ga_time_zone``."""
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        message = f"The property's time zone {time_zone!r} is not known on this machine. Install the package tzdata."
        raise ServiceError("ga_time_zone", message) from error
    return (as_of if as_of.tzinfo else as_of.replace(tzinfo=UTC)).astimezone(zone).date()


def is_relative(given: DateRange) -> bool:
    """Whether the range means other days tomorrow."""
    return any(
        text in ("today", "yesterday") or _DAYS_AGO.match(text) is not None
        for text in (given.start_date, given.end_date)
    )


def absolute(given: DateRange, today: date) -> DateRange:
    """The same days without reference to today. Raises `ServiceError` ``ga_bad_dates``."""
    start, end = _day(given.start_date, today), _day(given.end_date, today)
    if end < start:
        raise ServiceError("ga_bad_dates", f"The date range ends on {end}, before it starts on {start}.")
    return DateRange(start_date=start.isoformat(), end_date=end.isoformat(), name=given.name)


def _day(text: str, today: date) -> date:
    if text in ("today", "yesterday"):
        return today - timedelta(days=text == "yesterday")
    if ago := _DAYS_AGO.match(text):
        return today - timedelta(days=int(ago[1]))
    try:
        if _DAY.match(text):
            return date.fromisoformat(text)
    except ValueError as error:
        raise ServiceError("ga_bad_dates", f"{text} is not in the calendar: {error}.") from error
    raise ServiceError("ga_bad_dates", f"{text!r} is not a date. Use YYYY-MM-DD, NdaysAgo, yesterday or today.")
