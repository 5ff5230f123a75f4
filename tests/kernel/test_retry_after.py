from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tropeiro.kernel.retry_after import LONGEST_MS, read_retry_after

NOW = datetime(2026, 5, 4, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0", 0),
        (" 120 ", 120_000),
        ("999999999", LONGEST_MS),
        ("Mon, 04 May 2026 12:00:30 GMT", 30_000),
        ("Mon, 04 May 2026 12:00:30 -0000", 30_000),
        ("Monday, 04-May-26 12:01:00 GMT", 60_000),
        ("Mon, 04 May 2026 14:00:00 +0200", 0),
        ("Mon, 04 May 2020 12:00:00 GMT", 0),
        ("Mon, 04 May 2099 12:00:00 GMT", LONGEST_MS),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("１", None),
        ("9999999999", None),
        ("Mon, 99 May 2026 12:00:30 GMT", None),
    ],
)
def test_seconds_and_dates_are_read(text: str, milliseconds: int | None) -> None:
    assert read_retry_after(text, NOW) == milliseconds
