"""Quantiles of durations, from histograms with logarithmic buckets; see ``tropeiro_bucket`` in ``090_rollups.sql``."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

GROWTH = 1.1
"""Each bucket ends so many times further than the one before. Told by its middle, a duration is 1/21 off at most."""


def quantile(histogram: Mapping[int, int], part: float) -> timedelta | None:
    """The duration that ``part`` (0 to 1) of what was counted took at most, within 4.8 %; ``None`` when nothing was."""
    total = sum(histogram.values())
    if not total:
        return None
    wanted, seen = part * total, 0
    for bucket in sorted(histogram):
        seen += histogram[bucket]
        if seen >= wanted:
            break
    return timedelta(microseconds=2 * GROWTH**bucket / (1 + GROWTH))


def added(one: Mapping[int, int], other: Mapping[int, int]) -> dict[int, int]:
    """Two histograms as one."""
    both = dict(one)
    for bucket, count in other.items():
        both[bucket] = both.get(bucket, 0) + count
    return both
