"""The promise of who keeps tables small and fast to walk, whatever else goes on in the database."""

from __future__ import annotations

from typing import Protocol


class Upkeep(Protocol):
    """What the duties of upkeep ask for. Its methods raise `QueueUnavailable` when the database cannot be reached."""

    async def move_front(self, most: int, *, everything: bool) -> int:
        """Let walks along the ready packets begin at the first of them, but not past number ``most``; ``everything``
        looks also at those that were passed over. The last number that a packet was given."""

    async def swollen(self, dead: int) -> dict[str, int]:
        """The tables of which more than ``dead`` rows are dead and which may be vacuumed, with how many are."""

    async def sweep_sessions(self, rows: int) -> int:
        """Delete about ``rows`` of the console's sessions that have run out. How many; 0 when none is left."""

    async def vacuum(self, table: str) -> None:
        """Clean one of them up; nobody has to wait for it. Takes as long as it takes."""
