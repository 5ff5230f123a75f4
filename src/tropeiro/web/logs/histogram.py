"""How many lines there are over time, by level: counted when it is asked for, back in time while somebody waits.

What the index by time holds is counted there alone, some millions of lines a second; what must be looked at, as far as
the time allows. Nothing is kept beside the lines, so that writing them costs nothing more and every count is true.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.utils import timezone

from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.logs.conditions import condition
from tropeiro.web.logs.search import WITHIN, stretches
from tropeiro.web.logs.wanted import Wanted
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST_BARS = 96
BUDGET_SECONDS = 1.5
COUNTED_AT_ONCE = 500_000
"""Lines that one statement counts in the index alone."""
_SECOND, _MINUTE, _HOUR, _DAY = (timedelta(seconds=n) for n in (1, 60, 3600, 86400))
_STEPS = (
    _SECOND, 5 * _SECOND, 15 * _SECOND, 30 * _SECOND, _MINUTE, 2 * _MINUTE, 5 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE,
    _HOUR, 2 * _HOUR, 3 * _HOUR, 6 * _HOUR, 12 * _HOUR, _DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY,
)  # fmt: skip
_NAMES = {number: name for name, number in LEVELS.items()}

_COUNTS = f"""
SELECT date_bin(make_interval(secs => %(step)s), l.at, %(origin)s), l.level, count(*)
FROM tropeiro_log l WHERE {WITHIN} AND {{condition}}
GROUP BY 1, 2
"""  # noqa: S608 - nothing in it is a user's


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """Lines of one stretch of time."""

    at: datetime
    until: datetime
    counts: dict[str, int]
    """By level."""
    counted: bool
    """Whether all of it was counted."""

    @property
    def total(self) -> int:
        """Lines of any level."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Lines over time, the oldest first."""

    bars: tuple[Bar, ...]
    step: timedelta
    counted_to: datetime
    """Back to when it was counted; the beginning when all was."""
    complete: bool

    @property
    def total(self) -> int:
        """All lines that were counted."""
        return sum(bar.total for bar in self.bars)


def step_for(length: timedelta) -> timedelta:
    """How long a bar is, for a time of some length."""
    return next((step for step in _STEPS if length / step <= MOST_BARS), _STEPS[-1])


def histogram(member: Member, wanted: Wanted, *, budget: float = BUDGET_SECONDS) -> Histogram:
    """How many lines are wanted, over time. Bars begin at whole hours and days of the reader's clock.

    Raises `Forbidden`.
    """
    member.require(Verb.VIEW)
    step = step_for(wanted.until - wanted.since)
    origin = timezone.localtime(wanted.since).replace(hour=0, minute=0, second=0, microsecond=0)
    sql, params = condition(wanted)
    counts: dict[datetime, dict[str, int]] = defaultdict(dict)
    reached, complete = wanted.until, False
    size = {"lines": COUNTED_AT_ONCE, "most": COUNTED_AT_ONCE} if wanted.by_index else {}
    with tenant(member.organization), connection.cursor() as cursor:
        for stretch in stretches(cursor, member, wanted, None, budget, whole=False, **size):
            cursor.execute(
                _COUNTS.format(condition=sql),
                {**params, **stretch.params, "step": step.total_seconds(), "origin": origin},
            )
            for at, level, count in cursor.fetchall():
                name = _NAMES.get(level, str(level))
                counts[at][name] = counts[at].get(name, 0) + count
            reached, complete = stretch.down_to.at, stretch.last
    bars = []
    at = origin + step * ((wanted.since - origin) // step)
    while at < wanted.until:
        bars.append(Bar(at=at, until=at + step, counts=counts.get(at, {}), counted=complete or at >= reached))
        at += step
    return Histogram(bars=tuple(bars), step=step, counted_to=wanted.since if complete else reached, complete=complete)
