"""Feeding jobs at a pace, and how many of them ended a second."""

from __future__ import annotations

import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from chaos.outside import Outside
from chaos.workloads import Desk, Kind

_ENDED = (
    "SELECT extract(epoch FROM finished_at)::float8 FROM tropeiro_job WHERE finished_at >= to_timestamp(%s) ORDER BY 1"
)
_NOW = "SELECT extract(epoch FROM clock_timestamp())::float8"


class Feeder:
    """Starts jobs in a thread of its own: so many a second, or always enough that nobody waits for work."""

    def __init__(self, url: str, kind: Kind, *, per_second: float = 0, ahead: int = 0) -> None:
        self._outside = Outside(url)
        self._desk = Desk(self._outside)
        self._kind, self._per_second, self._ahead = kind, per_second, ahead
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._feed, name="feeder", daemon=True)
        self.failure: Exception | None = None

    @classmethod
    @contextmanager
    def feeding(cls, url: str, kind: Kind, *, per_second: float = 0, ahead: int = 0) -> Iterator[Feeder]:
        """Feed until the block ends."""
        feeder = cls(url, kind, per_second=per_second, ahead=ahead)
        feeder._thread.start()
        try:
            yield feeder
        finally:
            feeder._stop.set()
            feeder._thread.join(120)
            feeder._outside.close()
            if feeder.failure is not None:
                raise feeder.failure

    @property
    def started(self) -> list[UUID]:
        return self._desk.started

    def _feed(self) -> None:
        try:
            began, fed = time.monotonic(), 0
            while not self._stop.wait(0.1):
                due = int((time.monotonic() - began) * self._per_second) - fed
                if self._ahead:
                    due = self._ahead - self._outside.value("SELECT count(*) FROM tropeiro_packet")
                if due > 0:
                    fed += len(self._desk.start(self._kind, due))
        except Exception as error:  # noqa: BLE001 - told to whoever ends the block
            self.failure = error


def now(outside: Outside) -> float:
    """The database's clock, as Unix time."""
    return float(outside.value(_NOW))


def ends_since(outside: Outside, moment: float) -> list[float]:
    """When jobs ended, by the database's clock."""
    return [row[0] for row in outside.rows(_ENDED, [moment])]


def rate(ends: list[float], begin: float, end: float) -> float:
    """Jobs a second that ended between two moments."""
    return sum(begin <= one < end for one in ends) / (end - begin)


def usual_rate(ends: list[float], begin: float, end: float, window: float) -> float:
    """The median rate over the windows between two moments."""
    count = int((end - begin) / window)
    return statistics.median(rate(ends, begin + i * window, begin + (i + 1) * window) for i in range(count))


def recovered(ends: list[float], moment: float, within: float, window: float, least: float) -> tuple[float, float]:
    """The best rate of a window that ends ``within`` seconds of a moment, and when a window first reached ``least``."""
    best, first = 0.0, float("inf")
    for i in range(int((within - window) * 10) + 1):
        begin = moment + i / 10
        seen = rate(ends, begin, begin + window)
        best = max(best, seen)
        if seen >= least:
            first = min(first, i / 10 + window)
    return best, first
