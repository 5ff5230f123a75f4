"""When schedules are due, through gaps and repeats of the clock, and after long downtimes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.schedule import Schedule, check_schedule, due_times, next_time, next_times, zone_names

ANCHOR = datetime(2026, 1, 1, tzinfo=UTC)
CRONS = ["* * * * *", "*/5 * * * *", "30 2 * * *", "0,30 1,2 * * *", "15 */3 * * *", "0 7 * * MON-FRI", "0 0 L * *"]
ZONES = ["UTC", "America/New_York", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]


def cron(text: str, zone: str = "UTC", **bounds: datetime) -> Schedule:
    return Schedule(cron=text, zone=zone, anchor=ANCHOR, **bounds)


def every(milliseconds: int, **bounds: datetime) -> Schedule:
    return Schedule(every_ms=milliseconds, anchor=ANCHOR, **bounds)


def local(schedule: Schedule, after: str, count: int) -> list[str]:
    """The next moments as the zone's clock and offset say them."""
    zone = ZoneInfo(schedule.zone)
    return [
        f"{moment.astimezone(zone):%d %H:%M %z}"
        for moment in next_times(schedule, datetime.fromisoformat(after), count)
    ]


@pytest.mark.parametrize(
    ("text", "after", "expected"),
    [
        # The clocks of New York go forward at two on March 8th, 2026.
        ("30 2 * * *", "2026-03-07T12:00Z", ["08 03:00 -0400", "09 02:30 -0400"]),
        ("0,30 2 * * *", "2026-03-07T12:00Z", ["08 03:00 -0400", "09 02:00 -0400"]),
        ("30 * * * *", "2026-03-08T06:00Z", ["08 01:30 -0500", "08 03:30 -0400"]),
        ("*/20 2 * * *", "2026-03-07T12:00Z", ["09 02:00 -0400", "09 02:20 -0400"]),
        # They go back at two on November 1st, so that one o'clock comes twice.
        ("30 1 * * *", "2026-10-31T12:00Z", ["01 01:30 -0400", "02 01:30 -0500"]),
        ("30 1 * * *", "2026-11-01T05:45Z", ["02 01:30 -0500", "03 01:30 -0500"]),
        ("30 1 * * *", "2026-11-01T06:10Z", ["02 01:30 -0500", "03 01:30 -0500"]),
        ("30 * * * *", "2026-11-01T05:00Z", ["01 01:30 -0400", "01 01:30 -0500", "01 02:30 -0500"]),
        ("*/30 1 * * *", "2026-11-01T05:10Z", ["01 01:30 -0400", "01 01:00 -0500", "01 01:30 -0500"]),
    ],
)
def test_a_fixed_time_runs_once_on_the_days_when_the_clocks_change(text: str, after: str, expected: list[str]) -> None:
    assert local(cron(text, "America/New_York"), after, len(expected)) == expected


def test_a_midnight_that_does_not_exist_comes_an_hour_later() -> None:
    midnight = cron("0 0 * * *", "America/Sao_Paulo")
    assert local(midnight, "2018-11-03T12:00Z", 2) == ["04 01:00 -0200", "05 00:00 -0200"]


def test_a_day_that_a_zone_left_out_has_no_run_of_its_own() -> None:
    noon = cron("0 12 * * *", "Pacific/Apia")
    assert local(noon, "2011-12-29T12:00-10:00", 2) == ["31 00:00 +1400", "31 12:00 +1400"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0 0 L * *", "2026-02-28"),
        ("0 0 LW * *", "2026-02-27"),
        ("0 0 * * 1#2", "2026-02-09"),
        ("0 0 * * 5L", "2026-02-27"),
        ("0 0 * AUG TUE", "2026-08-04"),
        ("0 0 29 2 *", "2028-02-29"),
        ("0 0 13 * FRI", "2026-02-06"),
    ],
)
def test_names_and_special_days_are_understood(text: str, expected: str) -> None:
    found = next_time(cron(text), datetime(2026, 2, 3, tzinfo=UTC))
    assert found is not None
    assert f"{found:%Y-%m-%d}" == expected


def test_an_interval_does_not_drift_and_knows_no_clocks() -> None:
    hourly = every(3_600_000, start=datetime(2026, 3, 8, 5, 30, tzinfo=UTC))
    after = datetime(2026, 3, 8, 6, 59, 59, 999_999, tzinfo=UTC)
    assert [f"{moment:%H:%M}" for moment in next_times(hourly, after, 3)] == ["07:30", "08:30", "09:30"]
    assert next_time(hourly, ANCHOR) == hourly.start


def test_nothing_is_due_outside_start_and_end_which_count_themselves() -> None:
    start, end = datetime(2026, 5, 1, 7, tzinfo=UTC), datetime(2026, 5, 3, 7, tzinfo=UTC)
    daily = cron("0 7 * * *", start=start, end=end)
    assert next_times(daily, ANCHOR, 9) == (start, start + timedelta(days=1), end)
    assert next_time(daily, end) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "x * * * *", "0 0 30 2 *", "5-1 * * * *",
        "*/0 * * * *", "0 0 * * L", "0 0 1-L * *", "0 0 * * 1#6", "@daily", "0 0 ? * *", "1," * 150 + "1 * * * *",
        "² * * * *",
    ],
)  # fmt: skip
def test_an_expression_that_cannot_be_followed_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(cron(text))
    assert refused.value.message


def test_a_zone_that_does_not_exist_is_refused_with_the_nearest_that_does() -> None:
    with pytest.raises(InvalidInput) as refused:
        check_schedule(cron("0 7 * * *", "America/Sao_Paolo"))
    assert "America/Sao_Paulo" in refused.value.hint
    assert {"UTC", "America/Sao_Paulo", "Europe/Lisbon"} <= set(zone_names())


@settings(max_examples=200, deadline=None)
@given(
    text=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    after=st.datetimes(datetime(2011, 12, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_moments_rise_and_none_is_left_out_whatever_moment_one_begins_from(
    text: str, zone: str, after: datetime
) -> None:
    moments = next_times(cron(text, zone), after, 12)
    assert all(later > earlier for earlier, later in pairwise((after, *moments)))
    for earlier, later in pairwise(moments):
        assert next_time(cron(text, zone), earlier) == later


@settings(max_examples=200, deadline=None)
@given(
    text=st.sampled_from(CRONS),
    zone=st.sampled_from(ZONES),
    first=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    downtime=st.timedeltas(timedelta(0), timedelta(days=9)),
    most=st.integers(1, 30),
)
def test_looking_back_finds_what_going_forward_would(
    text: str, zone: str, first: datetime, downtime: timedelta, most: int
) -> None:
    schedule = cron(text, zone)
    begin = next_time(schedule, first)
    assert begin is not None
    now = begin + downtime
    passed, moment = [begin], begin
    while (following := next_time(schedule, moment)) is not None and following <= now:
        passed.append(following)
        moment = following
        if len(passed) > 15_000:
            break
    assert due_times(schedule, begin, now, most) == tuple(passed[-most:])
