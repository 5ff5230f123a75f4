"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from chaos.house import House
from chaos.ledger import Ledger


@dataclass(frozen=True)
class Size:
    """How much is done: ``full`` is what the project promises, ``short`` is what fits into CI."""

    full: bool

    def of(self, full: int, short: int) -> int:
        """A number for this size."""
        return full if self.full else short


@dataclass(frozen=True)
class Scenario:
    """A name, the faults that are planned, and what is done."""

    name: str
    faults: Callable[[Size], Mapping[str, int]]
    run: Callable[[House, Size, Ledger], None]
    measures: bool = False
    """Whether it measures times, so that what is heavy must not run beside it."""
