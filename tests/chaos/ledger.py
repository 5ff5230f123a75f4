"""What a scenario planned, what fired, and which invariants held."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass, field

_BEGAN = time.monotonic()
_ONE_AT_A_TIME = threading.Lock()


def say(text: str) -> None:
    """One line of progress, with the seconds since the program began."""
    with _ONE_AT_A_TIME:
        sys.stdout.write(f"{time.monotonic() - _BEGAN:7.1f} s  {text}\n")
        sys.stdout.flush()


@dataclass(frozen=True)
class Broken:
    """An invariant that did not hold."""

    invariant: str
    detail: str


@dataclass
class Ledger:
    """One scenario's account. Faults are planned by name and number, and count only once somebody saw them happen."""

    scenario: str
    planned: dict[str, int] = field(default_factory=dict)
    fired: dict[str, int] = field(default_factory=dict)
    held: list[str] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    caught: int = 0
    """Mutants that an invariant caught."""
    seconds: float = 0.0
    quiet: bool = False
    """Keep figures to oneself, as those of drills are."""

    def plan(self, fault: str, count: int = 1) -> None:
        """The scenario fails unless ``fault`` is seen ``count`` times."""
        self.planned[fault] = self.planned.get(fault, 0) + count

    def fire(self, fault: str, count: int = 1) -> None:
        """``fault`` was seen to happen."""
        if fault not in self.planned:
            raise LookupError(f"{self.scenario} did not plan: {fault}")
        self.fired[fault] = self.fired.get(fault, 0) + count

    def check(self, invariant: str, holds: bool, detail: object = "") -> bool:
        """Enter whether an invariant holds; ``detail`` says what was found."""
        if holds:
            self.held.append(invariant)
        else:
            self.broken.append(Broken(invariant, str(detail)))
        return holds

    def figure(self, text: str) -> None:
        """A measurement for the table."""
        self.figures.append(text)
        if not self.quiet:
            say(f"{self.scenario}: {text}")

    @property
    def missing(self) -> dict[str, int]:
        """Faults that were planned and did not fire as often."""
        lacking = {fault: count - self.fired.get(fault, 0) for fault, count in self.planned.items()}
        return {fault: count for fault, count in lacking.items() if count > 0}

    @property
    def good(self) -> bool:
        """Whether everything planned happened and everything promised held."""
        return not self.broken and not self.missing
