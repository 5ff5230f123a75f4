"""The latest runs as bars: as high as they took long, in the colour of what they came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.recent import Run
from tropeiro.web.jobs.words import JOB_STATES

_LEAST = 18
"""Height in hundredths of a bar whose run took no time, or is not over."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One run."""

    run: Run
    height: int
    """In hundredths of the longest."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Several runs, the oldest first."""

    bars: tuple[Bar, ...]
    words: str
    """The same for those who do not see the bars."""
    success: float | None
    """Fraction of those that are over and were not cancelled; ``None`` without any."""


def bars_of(runs: Iterable[Run]) -> Bars:
    """The bars of runs that come newest first."""
    ordered = tuple(reversed(tuple(runs)))
    longest = max((run.duration.total_seconds() for run in ordered if run.duration), default=0.0)
    bars = tuple(Bar(run, _height(run, longest)) for run in ordered)
    counts = Counter(run.state for run in ordered)
    ended = counts[JobState.SUCCEEDED] + counts[JobState.FAILED] + counts[JobState.TIMED_OUT]
    return Bars(bars, _words(counts, len(ordered)), counts[JobState.SUCCEEDED] / ended if ended else None)


def _height(run: Run, longest: float) -> int:
    if run.duration is None or not longest:
        return _LEAST
    return max(_LEAST, round(100 * run.duration.total_seconds() / longest))


def _words(counts: Counter[JobState], total: int) -> str:
    if not total:
        return str(_("no run yet"))
    told = ", ".join(f"{count} {JOB_STATES[state]}" for state, count in counts.most_common())
    last = ngettext("the last %(n)s run", "the last %(n)s runs", total) % {"n": total}
    return f"{last}: {told}"
