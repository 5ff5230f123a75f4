"""The latest runs as bars: the higher the longer they took, in the colour of what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.words import JOB_STATES

_LEAST = 18
"""Height in hundredths of a bar whose run took no time, or is not over."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One run."""

    state: JobState
    height: int
    """In hundredths of the longest."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Several runs, the oldest first."""

    bars: tuple[Bar, ...]
    words: str
    """The same for those who do not see the bars."""


def bars_of(runs: Iterable[tuple[JobState, timedelta | None]]) -> Bars:
    """The bars of runs, which come oldest first as what they came to and how long they took."""
    kept = tuple(runs)
    longest = max((length.total_seconds() for _state, length in kept if length), default=0.0)
    bars = tuple(Bar(state, _height(length, longest)) for state, length in kept)
    return Bars(bars, _words(Counter(state for state, _length in kept), len(kept)))


def _height(length: timedelta | None, longest: float) -> int:
    if length is None or not longest:
        return _LEAST
    # By the root, so that one run that waited for a person does not make dots of all the others.
    return max(_LEAST, round(100 * sqrt(length.total_seconds() / longest)))


def _words(counts: Counter[JobState], total: int) -> str:
    if not total:
        return str(_("no run yet"))
    told = ", ".join(f"{count} {JOB_STATES[state]}" for state, count in counts.most_common())
    last = ngettext("the last %(n)s run", "the last %(n)s runs", total) % {"n": total}
    return f"{last}: {told}"
