"""A histogram as a drawing: rectangles in units of its field, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.logs.histogram import Histogram

HEIGHT = 100
WIDTH = 1_000
_GAP = 0.18
"""Of a bar's place that stays empty."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The lines of one level in one bar."""

    level: str
    y: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBar:
    """One bar."""

    at: datetime
    until: datetime
    x: float
    width: float
    pieces: tuple[Piece, ...]
    counts: tuple[tuple[str, int], ...]
    """Level and lines, errors first."""
    total: int
    counted: bool
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """All of it."""

    bars: tuple[DrawnBar, ...]
    highest: int
    levels: tuple[str, ...]
    """Levels that occur, errors first."""


def drawing(counted: Histogram, addresses: Sequence[str]) -> Drawing:
    """Draw a histogram; ``addresses`` are where a click on each bar leads."""
    highest = max((bar.total for bar in counted.bars), default=0)
    present = {level for bar in counted.bars for level in bar.counts}
    # Unknown levels, should there be any, stand last.
    order = [level for level in reversed(LEVELS) if level in present] + sorted(present - set(LEVELS))
    place = WIDTH / max(1, len(counted.bars))
    drawn = []
    for number, (bar, address) in enumerate(zip(counted.bars, addresses, strict=True)):
        counts = tuple((level, bar.counts[level]) for level in order if level in bar.counts)
        drawn.append(
            DrawnBar(
                at=bar.at,
                until=bar.until,
                x=round(number * place + place * _GAP / 2, 2),
                width=round(place * (1 - _GAP), 2),
                pieces=_pieces(counts, highest),
                counts=counts,
                total=bar.total,
                counted=bar.counted,
                address=address,
            )
        )
    return Drawing(bars=tuple(drawn), highest=highest, levels=tuple(order))


def _pieces(counts: Sequence[tuple[str, int]], highest: int) -> tuple[Piece, ...]:
    """Errors stand at the bottom, where their heights can be compared."""
    pieces, floor = [], float(HEIGHT)
    for level, count in counts:
        # What there is can be seen, however little it is.
        height = max(1.5, HEIGHT * count / highest)
        floor -= height
        pieces.append(Piece(level, round(floor, 2), round(height, 2)))
    return tuple(pieces)
