"""What happened in a run, in order: enough to compare two runs of a seed, and to read one."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any
from uuid import UUID

from tropeiro.ports.queue import Leased, Verdict


class Trace:
    """Events of one run. They are kept as they come and only told when somebody asks."""

    def __init__(self) -> None:
        self._events: list[tuple[Any, ...]] = []
        self.add = self._events.append
        """Takes (seconds, who, what, details …)."""

    def __len__(self) -> int:
        return len(self._events)

    def lines(self) -> list[str]:
        """One line an event. Ids are told as ``#n``, in the order in which they were given out."""
        return [
            f"{now:9.4f}  {who:<9} {what:<12} {' '.join(told(one) for one in details)}".rstrip()
            for now, who, what, *details in self._events
        ]

    def kinds(self) -> set[str]:
        """What happened, of whatever kind."""
        return {event[2] for event in self._events}

    def digest(self) -> str:
        return blake2b("\n".join(self.lines()).encode(), digest_size=16).hexdigest()


def told(value: Any) -> str:
    if isinstance(value, UUID):
        return f"#{value.int}"
    if isinstance(value, Leased):
        return f"#{value.packet.id.int}/{value.token}"
    if isinstance(value, Verdict):
        return "refused" if not value.accepted else "held" if value.held else "accepted"
    if isinstance(value, (set, frozenset)):
        return "{" + " ".join(sorted(told(one) for one in value)) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(told(one) for one in value) + "]"
    return str(value)
