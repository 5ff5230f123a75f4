"""A blob store that cannot write holds packets up; it does not fail them."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

import pytest

from tropeiro.kernel.advance import advance
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done
from tropeiro.kernel.packet import Packet, Scope
from tropeiro.kernel.route import make_route
from tropeiro.ports.blobs import Blobs
from tropeiro.ports.queue import Leased, QueueUnavailable, Settlement, Span
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue


class Disk:
    """Full until it is freed."""

    def __init__(self) -> None:
        self.full = True
        self.stored: dict[str, bytes] = {}

    async def put(self, name: str, data: bytes) -> None:
        if self.full:
            raise OSError(28, "No space left on device")
        self.stored[name] = data


class Unlimited:
    """A database without limits on calls."""

    async def rows(self, sql: str, params: Any = None) -> list[Any]:
        return []


async def test_a_large_value_waits_until_the_disk_has_room_again() -> None:
    disk = Disk()
    queue = PostgresQueue(cast(Link, Unlimited()), cast(Blobs, disk))
    call = {"id": "big", "uses": "core/set@1", "service": str(UUID(int=1))}
    packet = Packet(
        id=uuid7(), job=uuid7(), organization=uuid7(), project=None, route=make_route({"steps": [call]}),
        scope=Scope(inputs={}), step=0, entered=True,
    )  # fmt: skip
    leased = Leased(packet=packet, token=1, now_ms=0, since_ms=0)
    decided = advance(packet, Done("x" * 200_000), now_ms=0)
    settlement = Settlement(leased=leased, advance=decided, spans=(Span(0.0, 0.0),))
    with pytest.raises(QueueUnavailable, match="No space left"):
        await queue.make_ready(settlement)
    disk.full = False
    await queue.make_ready(settlement)
    assert [len(data) for data in disk.stored.values()] == [200_002]
