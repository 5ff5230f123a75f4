"""What running steps say of themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from workshop import HOUSE, routed, step

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.packet import Packet, Scope
from tropeiro.ports.queue import Queue, QueueUnavailable
from tropeiro.ports.store import LogLine, Store
from tropeiro.runtime.reports import MAX_BATCH, MAX_LINES_PER_CALL, Reports


class Paper:
    """A store that only takes lines."""

    def __init__(self) -> None:
        self.away = 0
        self.largest = 0
        self.messages: list[str] = []
        self.fields: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()

    async def add_logs(self, worker: str, lines: Sequence[LogLine]) -> None:
        await self.open.wait()
        if self.away:
            self.away -= 1
            raise QueueUnavailable("away")
        if any("unspeakable" in line.message for line in lines):
            raise ValueError("this cannot be written")
        self.largest = max(self.largest, len(lines))
        self.messages += [line.message for line in lines]
        self.fields += [line.fields for line in lines]


def packet() -> Packet:
    return Packet(
        id=uuid7(),
        job=uuid7(),
        organization=HOUSE,
        project=None,
        route=routed(step("a", uuid7())),
        scope=Scope(),
        step=0,
    )


def reports(paper: Paper) -> Reports:
    return Reports(cast(Queue, None), cast(Store, paper), "worker")


async def test_lines_wait_in_their_order_while_the_database_is_away() -> None:
    paper = Paper()
    made = reports(paper)
    paper.away = 2
    made.add(packet(), "a", "info", "one", {})
    await made.flush()
    made.add(packet(), "a", "info", "two", {})
    await made.flush()
    await made.flush()
    assert paper.messages == ["one", "two"]


async def test_who_is_cancelled_while_lines_are_written_loses_none_of_them() -> None:
    paper = Paper()
    made = reports(paper)
    paper.open.clear()
    made.add(packet(), "a", "info", "another job's line", {})
    flushing = asyncio.create_task(made.flush())
    await asyncio.sleep(0.01)
    flushing.cancel()
    await asyncio.gather(flushing, return_exceptions=True)
    paper.open.set()
    await made.flush()
    assert paper.messages == ["another job's line"]


async def test_a_line_that_cannot_be_written_is_left_out_alone() -> None:
    paper = Paper()
    made = reports(paper)
    for message in ("before", "unspeakable", "after"):
        made.add(packet(), "a", "info", message, {})
    await made.flush()
    assert paper.messages == ["before", "after"]


async def test_what_a_database_cannot_hold_is_replaced() -> None:
    paper = Paper()
    made = reports(paper)
    made.add(packet(), "a", "info", "a\0b\udc80c", {"k": "x\0y"})
    made.add(packet(), "a", "info", "fields", {"k": "\ud800"})
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    made.add(packet(), "a", "info", "deep", {"k": deep})
    await made.flush()
    assert paper.messages[0] == "a\N{REPLACEMENT CHARACTER}b?c"
    assert paper.fields[0] == {"k": "x\N{REPLACEMENT CHARACTER}y"}
    assert b"\\u0000" not in msgspec.json.encode([paper.messages, paper.fields])


async def test_many_lines_are_written_in_several_statements() -> None:
    paper = Paper()
    made = reports(paper)
    for number in range(MAX_BATCH * 2 + 1):
        made.add(packet(), "a", "info", str(number), {})
    await made.flush()
    assert paper.messages == [str(number) for number in range(MAX_BATCH * 2 + 1)]
    assert paper.largest == MAX_BATCH


async def test_one_call_says_so_much_and_no_more() -> None:
    paper = Paper()
    made = reports(paper)
    reporter = made.for_call(packet(), 1, "a")
    for _ in range(MAX_LINES_PER_CALL + 100):
        reporter.log("info", "again", {})
    await made.flush()
    assert len(paper.messages) == MAX_LINES_PER_CALL + 1
    assert "left out" in paper.messages[-1]
