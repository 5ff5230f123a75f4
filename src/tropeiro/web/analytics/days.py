"""The histograms of a reader's days, of few rows: days of UTC, less the hours that are another day's, and with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tropeiro.web.analytics.bars import COLUMNS
from tropeiro.web.analytics.period import DAY, HOUR, Period, Unit, floor

HOURS_SURELY_KEPT = timedelta(days=450)
"""A day less its hours is right only where the hours are kept as well; ten days less than the duty keeps."""


@dataclass(frozen=True, slots=True)
class Days:
    """Days one after another, each of 24 hours; and, of the last, only what is before the period's end."""

    starts: dict[datetime, datetime]
    """By the hour with which it begins: the bucket of the period."""
    first: datetime
    end: datetime
    """Up to here the days are whole, or last until now."""
    period_end: datetime

    def rows(self, condition: str) -> tuple[str, dict[str, Any]]:
        """Rows of the rollups of jobs, with ``key``, a day's first hour, and the ``sign`` with which they count."""
        hour = int((self.first - floor(self.first, DAY)) / HOUR)
        # A reader's day begins as the day of UTC that most of it is in; hours go from one day to the one beside it.
        early = hour <= 12
        shift = hour if early else hour - 24
        moved = range(hour) if early else range(hour, 24)
        beside = DAY if early else -DAY
        containing = "date_bin('24 hours', r.at, %(first)s)"
        selects: list[str] = []
        params: dict[str, Any] = {"first": self.first, "last": self.end, "period_end": self.period_end}
        for n, (grain, key, sign, back) in enumerate(
            (
                ("day", "r.at + %(shift)s", 1, timedelta(hours=shift)),
                ("hour", containing, 1, timedelta()),
                ("hour", f"{containing} + %(beside)s", -1, beside),
            )
        ):
            start, end = self.first - back, self.end - back
            days = range((end - start) // DAY + 2)
            at = [floor(start, DAY) + day * DAY + HOUR * one for day in days for one in (moved if n else (0,))]
            params |= {f"at_{n}": [one for one in at if start <= one < end]}
            selects.append(
                f"SELECT {key} AS key, {sign} AS sign, {COLUMNS} FROM tropeiro_rollup r"  # noqa: S608 - names of ours
                f" WHERE r.organization_id = %(organization)s AND r.grain = '{grain}'"
                f" AND r.at = ANY (%(at_{n})s::timestamptz[]) AND {condition}"
            )
        selects.append(
            f"SELECT %(last)s::timestamptz AS key, 1 AS sign, {COLUMNS} FROM tropeiro_rollup r"  # noqa: S608 - ours
            " WHERE r.organization_id = %(organization)s AND r.grain = 'hour'"
            f" AND r.at >= %(last)s AND r.at < %(period_end)s AND {condition}"
        )
        return " UNION ALL ".join(selects), params | {"shift": timedelta(hours=shift), "beside": beside}


def days_of(period: Period, now: datetime) -> Days | None:
    """The days of a period; ``None`` where clocks change, days begin late, or hours may be gone: it takes the hours."""
    if period.unit is not Unit.DAY:
        return None
    buckets = period.buckets
    first = floor(buckets[0], HOUR)
    starts = {first + n * DAY: bucket for n, bucket in enumerate(buckets)}
    if (
        any(floor(bucket, HOUR) != start for start, bucket in starts.items())
        or floor(period.start, HOUR) != first
        or now - first > HOURS_SURELY_KEPT
    ):
        return None
    end = after = first + len(buckets) * DAY
    if period.end < now - timedelta(minutes=1) and floor(period.end, HOUR) != end:
        end -= DAY
    # Midnight in the middle of an hour: that hour is the next day's.
    return Days(starts, first, end, min(period.end, after))
