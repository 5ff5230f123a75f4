"""Places for which organizations take turns."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest

from tropeiro.executors.turns import Turns

ALICE, BOB, CAROL = (UUID(int=number) for number in (1, 2, 3))


class Hall:
    """Somebody in one place; others wait in the order in which they came, and leave at once when it was their turn."""

    def __init__(self, *waiting: tuple[UUID, str]) -> None:
        self.turns = Turns(1)
        self.served: list[str] = []
        self.leave = asyncio.Event()
        self.first = asyncio.create_task(self._sit())
        self.others = {name: asyncio.create_task(self._visit(who, name)) for who, name in waiting}

    async def _sit(self) -> None:
        async with self.turns.place(ALICE):
            await self.leave.wait()

    async def _visit(self, who: UUID, name: str) -> None:
        async with self.turns.place(who):
            self.served.append(name)

    async def empty(self) -> list[str]:
        """Who was served, in order, once everybody has gone."""
        self.leave.set()
        await asyncio.gather(self.first, *self.others.values(), return_exceptions=True)
        return self.served


async def settled() -> None:
    """Until every task that can go on has."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_each_organization_gets_one_place_before_any_gets_its_second() -> None:
    hall = Hall((ALICE, "a1"), (ALICE, "a2"), (ALICE, "a3"), (BOB, "b1"), (BOB, "b2"), (CAROL, "c1"))
    await settled()
    assert await hall.empty() == ["a1", "b1", "c1", "a2", "b2", "a3"]


async def test_there_are_never_more_inside_than_places() -> None:
    turns, inside, most = Turns(3), 0, 0

    async def visit(number: int) -> None:
        nonlocal inside, most
        async with turns.place(UUID(int=number % 4)):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(visit(number) for number in range(40)))
    assert (inside, most) == (0, 3)


async def test_who_gives_up_waiting_is_passed_over() -> None:
    hall = Hall((ALICE, "a1"), (BOB, "b1"), (ALICE, "a2"))
    await settled()
    hall.others["a1"].cancel()
    await settled()
    assert await hall.empty() == ["a2", "b1"]


async def test_a_place_that_comes_with_the_word_to_stop_goes_to_the_next() -> None:
    turns, served = Turns(1), []

    async def visit(who: UUID) -> None:
        async with turns.place(who):
            served.append(who)

    async with turns.place(ALICE):
        stopped, other = asyncio.create_task(visit(BOB)), asyncio.create_task(visit(CAROL))
        await settled()
    # The place is Bob's, who has not woken up yet.
    stopped.cancel()
    await asyncio.gather(stopped, other, return_exceptions=True)
    assert stopped.cancelled()
    assert served == [CAROL]


async def test_a_failure_inside_gives_the_place_back() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="inside"):
        async with turns.place(ALICE):
            raise ValueError("inside")
    async with asyncio.timeout(1), turns.place(BOB):
        pass
