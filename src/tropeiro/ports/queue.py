"""The promise of a queue: packets wait in it, are leased to one worker at a time, and are settled in batches.

Settling is one transaction: the history that a packet made, what becomes of it, its joins and its job. A settlement is
accepted only while the worker still holds the packet under the token it was leased with (*fencing*), so that a worker
that was believed dead cannot change anything when it comes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import msgspec

from tropeiro.kernel.commands import Advance
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.kernel.outcome import Outcome
from tropeiro.kernel.packet import Packet

POISON_LIMIT = 5
"""A packet taken so often without getting a step further is set aside."""
SUSPECT_AFTER = 3
"""Of the packets taken so often without getting a step further, a worker holds one at a time: so the culprit is set
aside without those that happened to be beside it. ``sql`` names this number too."""


MANY = 1_000_000
"""More packets than anybody takes at once."""


class QueueUnavailable(PlatformUnavailable):
    """The queue cannot be reached at the moment; nothing was changed, or nobody knows: ask again."""

    code = "queue_unavailable"


class Leased(msgspec.Struct, frozen=True, kw_only=True):
    """A packet that a worker holds."""

    packet: Packet
    token: int
    """Must be named when it is settled."""
    answer: Outcome | None = None
    """What came of the step while the packet was parked or waiting; ``None`` when the step is to be executed."""
    joined: bool = False
    """True when the answer is that of its branches."""
    caller: UUID | None = None
    """Packet of another job that waits for this job's end."""
    now_ms: int
    """The database's clock when it was leased or last settled, Unix milliseconds."""
    since_ms: int
    """Since when it had been waiting, parked or ready."""
    limits: tuple[UUID, ...] = ()
    """The limits on calls under which it was let begin."""


class Span(msgspec.Struct, frozen=True):
    """When a step of the history began and ended, in microseconds before the settlement is sent."""

    began: float
    """Monotonic seconds of the worker's clock; only differences count."""
    ended: float


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """What a worker decided for a packet that it holds."""

    leased: Leased
    advance: Advance
    spans: tuple[Span, ...]
    """One a record of ``advance``."""
    take: int = 0
    """How many branches of a split the worker wants to have leased to it at once."""


class Ready(msgspec.Struct, frozen=True):
    """A settlement made ready to be sent; what is in it is the queue's own affair."""

    settlement: Settlement
    parts: Any
    packet: Packet
    """The packet as it goes on after this."""
    taken: tuple[Leased, ...] = ()
    """Branches that will be leased to the worker if the settlement is accepted."""
    size: int = 0
    """About how many bytes are sent for it."""


class Verdict(msgspec.Struct, frozen=True):
    """What became of one settlement."""

    accepted: bool
    held: bool = False
    """Accepted, but the worker no longer has the packet: the job is paused, or the next call is under a limit."""
    now_ms: int = 0
    ready: bool = False
    """Other packets became ready by the batch."""


class Queue(Protocol):
    """Where packets wait."""

    async def register(self, worker: UUID, name: str, slots: int, lease_ms: int) -> None:
        """Make a worker known. Its packets are its own for ``lease_ms`` after each ``extend``."""

    async def lease(
        self, worker: UUID, limit: int, *, share: int = MANY, rooms: Mapping[UUID, int] = {}
    ) -> list[Leased]:
        """Up to ``limit`` ready packets, now the worker's; empty when none is ready or the worker was given up.

        Of each organization at most as many as ``rooms`` says, and ``share`` of one that is not in it.
        """

    def limits_of(self, packet: Packet) -> tuple[UUID, ...]:
        """The limits that the call is under at which the packet stands. It may be made only when it was leased so."""

    async def extend(self, worker: UUID, lease_ms: int) -> set[UUID] | None:
        """Keep the worker's leases. The packets it holds; ``None`` when it was given up as lost and holds nothing."""

    async def held(self, worker: UUID) -> set[UUID]:
        """The packets that the worker holds."""

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        """Give packets back unexecuted."""

    async def fault(self, worker: UUID, packet: UUID, token: int) -> None:
        """Give back a packet that broke the worker's own machinery; it stays counted as taken."""

    async def retire(self, worker: UUID, state: str) -> None:
        """The worker drains (``draining``: it gets no more packets) or has ended (``stopped``)."""

    async def make_ready(self, settlement: Settlement) -> Ready:
        """Encode, and store large values. Raises `NotCarriable`."""

    async def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        """Settle all of them in one transaction, and say for each whether it was accepted."""

    async def announce(self, jobs: Sequence[UUID]) -> None:
        """Tell whoever watches these jobs that something about them was written. Nothing depends on its arrival."""

    async def progress(self, rows: Sequence[tuple[UUID, int, float, str]]) -> None:
        """Note how far steps are: (packet, token, fraction, note)."""

    async def wait_ready(self, timeout: float) -> None:
        """Return when packets may have become ready, at the latest after ``timeout`` seconds."""

    async def wait_taken(self) -> None:
        """Return when packets may have been taken away: a cancelled job, a decided join."""
