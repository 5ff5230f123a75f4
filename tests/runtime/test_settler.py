"""Settlements in batches."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import UUID

import pytest

from tropeiro.kernel.ids import uuid7
from tropeiro.ports.queue import Queue, QueueUnavailable, Ready, Verdict
from tropeiro.runtime import settler
from tropeiro.runtime.settler import Settler


class Desk:
    """A queue that only settles: numbers for rows, and a number that it cannot take."""

    def __init__(self) -> None:
        self.away = 0
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def settle(self, worker: UUID, rows: Sequence[Ready]) -> list[Verdict]:
        await self.open.wait()
        batch = [row.parts for row in rows]
        if self.away:
            self.away -= 1
            raise QueueUnavailable("away")
        self.batches.append(batch)
        if 13 in batch:
            raise ValueError("13 cannot be written")
        return [Verdict(accepted=True, now_ms=number) for number in batch]


@asynccontextmanager
async def settling(desk: Desk) -> AsyncIterator[Settler]:
    made = Settler(cast(Queue, desk), uuid7())
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def settle(made: Settler, number: int, *, size: int = 0) -> int:
    ready = Ready(settlement=cast(Any, None), parts=number, packet=cast(Any, None), size=size)
    return (await made.submit(ready)).now_ms


async def test_what_was_decided_while_one_batch_was_written_makes_the_next() -> None:
    desk = Desk()
    desk.open.clear()
    async with settling(desk) as made:
        first = asyncio.create_task(settle(made, 0))
        await asyncio.sleep(0.01)
        rest = [asyncio.create_task(settle(made, number)) for number in range(1, 6)]
        await asyncio.sleep(0.01)
        desk.open.set()
        assert await asyncio.gather(first, *rest) == [0, 1, 2, 3, 4, 5]
    assert desk.batches == [[0], [1, 2, 3, 4, 5]]


async def test_a_batch_that_is_long_enough_takes_no_more() -> None:
    desk = Desk()
    large = settler.MAX_BATCH_BYTES // 2 + 1
    async with settling(desk) as made:
        await asyncio.gather(*(settle(made, number, size=large) for number in range(5)))
    assert desk.batches == [[0, 1], [2, 3], [4]]


async def test_an_unavailable_queue_is_asked_again_and_nothing_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settler, "_FIRST_DELAY", 0.001)
    desk = Desk()
    desk.away = 4
    async with settling(desk) as made:
        assert await asyncio.gather(*(settle(made, number) for number in range(5))) == [0, 1, 2, 3, 4]
    assert sorted(number for batch in desk.batches for number in batch) == [0, 1, 2, 3, 4]


async def test_one_bad_row_does_not_keep_the_others_from_being_written() -> None:
    desk = Desk()
    async with settling(desk) as made:
        answers = await asyncio.gather(*(settle(made, number) for number in range(10, 16)), return_exceptions=True)
    assert isinstance(answers[3], ValueError)
    assert [answer for answer in answers if not isinstance(answer, ValueError)] == [10, 11, 12, 14, 15]


async def test_who_no_longer_waits_does_not_undo_what_was_decided() -> None:
    desk = Desk()
    desk.open.clear()
    async with settling(desk) as made:
        gone = asyncio.create_task(settle(made, 1))
        await asyncio.sleep(0.01)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        desk.open.set()
        assert await settle(made, 2) == 2
    assert desk.batches == [[1], [2]]
