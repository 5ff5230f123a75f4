"""Durations as people write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.durations import MAX_DURATION_MS, PATTERN, format_duration, parse_duration
from tropeiro.kernel.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("250ms", 250),
        ("0s", 0),
        ("30s", 30_000),
        ("10m", 600_000),
        ("2h", 7_200_000),
        ("1d", 86_400_000),
        ("1h30m", 5_400_000),
        ("1d2h3m4s5ms", 93_784_005),
        ("90m", 5_400_000),
        ("1m500ms", 60_500),
        ("365d", MAX_DURATION_MS),
    ],
)
def test_a_duration_is_read_as_milliseconds(text: str, milliseconds: int) -> None:
    assert parse_duration(text) == milliseconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10",
        "s",
        "1.5s",
        "-1s",
        "+1s",
        "1 s",
        " 1s",
        "1s\n",
        "30 seconds",
        "1S",
        "1h1h",
        "30m1h",
        "1w",
        "١s",
        "9" * 99,
    ],
)
def test_anything_else_is_refused_with_the_forms_that_are_allowed(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not a duration") as raised:
        parse_duration(text)
    assert "1h30m" in raised.value.hint
    assert len(raised.value.message) < 100


@pytest.mark.parametrize("text", ["366d", "365d1ms", "8761h", "99999999999s"])
def test_more_than_a_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match="longer than 365 days"):
        parse_duration(text)


@given(st.integers(0, MAX_DURATION_MS))
def test_what_is_written_is_read_back_as_the_same(milliseconds: int) -> None:
    text = format_duration(milliseconds)
    assert parse_duration(text) == milliseconds
    assert re.fullmatch(PATTERN, text)


def test_durations_are_written_with_the_largest_units() -> None:
    assert [format_duration(ms) for ms in (0, 250, 90_000, 5_400_000, 86_400_000)] == [
        "0s",
        "250ms",
        "1m30s",
        "1h30m",
        "1d",
    ]
