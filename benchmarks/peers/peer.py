"""What a peer is: something to install, start, and measure."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from benchmarks.peers.surroundings import Place

STEPS = {"W1": 40, "W2": 5}
"""Steps of one workflow."""


class Peer(ABC):
    """One engine in one documented setup. Used in the order of its methods; what it starts ends with the `Place`."""

    engine: ClassVar[str]
    setup: ClassVar[str]
    """How it is run, for the reader of the results."""
    remarks: ClassVar[Mapping[str, str]] = {}
    """What there is to say about one workload."""
    workflows: ClassVar[int] = 1000
    """How many workflows W2 starts; fewer for an engine that would need very long."""
    items: ClassVar[int] = 1000
    """How many items W3 fans out over."""
    runs: ClassVar[Mapping[str, int]] = {"W1": 5, "W2": 3, "W3": 3}

    @abstractmethod
    def install(self) -> None:
        """Bring its code into the cache, once. Raises `CannotMeasureError`."""

    @abstractmethod
    def version(self) -> str:
        """Of what was installed."""

    @abstractmethod
    def start(self, place: Place) -> None:
        """Start all its processes, until it is ready. Raises `CannotMeasureError`."""

    @abstractmethod
    def seconds(self, workload: str) -> float:
        """Run W1, W2 or W3 once. Raises `CannotMeasureError`."""
