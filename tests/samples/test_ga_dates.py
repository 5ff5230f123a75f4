"""Relative dates, by the property's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from tropeiro.samples.google_analytics.dates import absolute, is_relative, today_in
from tropeiro.samples.google_analytics.query import DateRange
from tropeiro.sdk import ServiceError


@pytest.mark.parametrize(
    ("zone", "moment", "today"),
    [
        ("America/Sao_Paulo", "2025-03-01T02:59:59+00:00", "2025-02-28"),
        ("America/Sao_Paulo", "2025-03-01T03:00:00+00:00", "2025-03-01"),
        ("Asia/Tokyo", "2025-02-28T15:00:00+00:00", "2025-03-01"),
        # New York is an hour closer to UTC from 9 March 2025 at 2 o'clock, and again farther from 2 November.
        ("America/New_York", "2025-03-09T04:59:59+00:00", "2025-03-08"),
        ("America/New_York", "2025-03-09T05:00:00+00:00", "2025-03-09"),
        ("America/New_York", "2025-03-10T03:59:59+00:00", "2025-03-09"),
        ("America/New_York", "2025-03-10T04:00:00+00:00", "2025-03-10"),
        ("America/New_York", "2025-11-03T04:59:59+00:00", "2025-11-02"),
        ("America/New_York", "2025-11-03T05:00:00+00:00", "2025-11-03"),
        # Lisbon is on UTC in winter and an hour ahead in summer.
        ("Europe/Lisbon", "2025-03-29T23:59:59+00:00", "2025-03-29"),
        ("Europe/Lisbon", "2025-03-30T23:00:00+00:00", "2025-03-31"),
        ("Pacific/Kiritimati", "2025-03-30T10:00:00+00:00", "2025-03-31"),
        ("Asia/Tokyo", "2025-03-01T00:30:00+09:00", "2025-03-01"),
    ],
)
def test_today_is_the_date_on_the_propertys_clock(zone: str, moment: str, today: str) -> None:
    assert today_in(zone, datetime.fromisoformat(moment)) == date.fromisoformat(today)


def test_a_moment_without_offset_is_utc() -> None:
    naive = datetime(2025, 3, 1, 2, 0)  # noqa: DTZ001 - on purpose
    assert today_in("America/Sao_Paulo", naive) == today_in("America/Sao_Paulo", naive.replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("28daysAgo", "yesterday", ("2025-02-12", "2025-03-11")),
        ("0daysAgo", "today", ("2025-03-12", "2025-03-12")),
        ("2024-02-29", "2024-02-29", ("2024-02-29", "2024-02-29")),
        ("365daysAgo", "1daysAgo", ("2024-03-12", "2025-03-11")),
    ],
)
def test_relative_days_are_counted_in_the_calendar(start: str, end: str, days: tuple[str, str]) -> None:
    found = absolute(DateRange(start_date=start, end_date=end, name="x"), date(2025, 3, 12))
    assert (found.start_date, found.end_date, found.name) == (*days, "x")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("tomorrow", "today", "'tomorrow' is not a date"),
        ("2025-02-30", "today", "2025-02-30 is not in the calendar"),
        ("20250301", "today", "Use YYYY-MM-DD"),
        ("today", "yesterday", "before it starts"),
    ],
)
def test_days_that_make_no_sense_are_refused(start: str, end: str, words: str) -> None:
    with pytest.raises(ServiceError, match=words) as caught:
        absolute(DateRange(start_date=start, end_date=end), date(2025, 3, 12))
    assert (caught.value.code, caught.value.retryable) == ("ga_bad_dates", False)


def test_an_unknown_time_zone_says_what_to_install() -> None:
    with pytest.raises(ServiceError, match="tzdata"):
        today_in("Mars/Olympus_Mons", datetime(2025, 3, 1, tzinfo=UTC))


def test_only_ranges_that_move_with_today_are_relative() -> None:
    assert not is_relative(DateRange(start_date="2025-03-01", end_date="2025-03-02"))
    assert is_relative(DateRange(start_date="2025-03-01", end_date="today"))
    assert is_relative(DateRange(start_date="7daysAgo", end_date="2025-03-02"))
