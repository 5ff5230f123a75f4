"""Mistakes that somebody could make in the queue or the worker. The simulation must find each of them.

Every mutant is a context: inside of it the product has that mistake.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import wraps
from typing import Any

from msgspec.structs import replace
from simulated_database import Table

from tropeiro.kernel.commands import Send
from tropeiro.ports.queue import Leased, QueueUnavailable, Verdict
from tropeiro.queues.memory import MemoryQueue
from tropeiro.queues.memory_table import Entry, Meeting, MemoryTable
from tropeiro.runtime.job_manager import JobManager
from tropeiro.runtime.settler import Settler
from tropeiro.runtime.worker import Worker

MUTANTS: dict[str, Callable[[], AbstractContextManager[None]]] = {}


def mutant(owner: type, method: str) -> Callable[[Callable[..., Any]], None]:
    """The decorated function takes the method that it stands for as its first argument."""

    def register(wrong: Callable[..., Any]) -> None:
        @contextmanager
        def applied() -> Iterator[None]:
            own = method in owner.__dict__
            right = getattr(owner, method)
            setattr(owner, method, wraps(right)(lambda *args, **keys: wrong(right, *args, **keys)))
            try:
                yield
            finally:
                setattr(owner, method, right) if own else delattr(owner, method)

        MUTANTS[wrong.__name__] = applied

    return register


# The queue


@mutant(MemoryQueue, "_settle")
def a_settlement_counts_under_any_token(right: Any, table: MemoryQueue, worker: Any, ready: Any) -> Any:
    entry = table.entries.get(ready.settlement.leased.packet.id)
    if entry is not None and entry.state == "leased":
        worker = entry.worker
        leased = replace(ready.settlement.leased, token=entry.token)
        ready = replace(ready, settlement=replace(ready.settlement, leased=leased))
    return right(table, worker, ready)


@mutant(MemoryQueue, "_settle")
def history_is_written_without_a_look_at_the_token(right: Any, table: MemoryQueue, worker: Any, ready: Any) -> Any:
    before = len(table.steps)
    held = right(table, worker, ready)
    if held is None:
        del table.steps[before:]
        table.steps += [(ready.packet.job, record) for record in ready.settlement.advance.records]
    return held


@mutant(MemoryQueue, "_lease")
def a_packet_that_is_leased_again_keeps_its_token(right: Any, table: MemoryQueue, entry: Entry, worker: Any) -> Any:
    again = entry.taken > 0
    leased = right(table, entry, worker)
    if again:
        entry.token -= 1
        leased = replace(leased, token=entry.token)
    return leased


@mutant(Table, "rescue")
def the_rescuer_goes_by_what_it_saw_before(right: Any, table: Any) -> int:
    lost = [w for w, known in table.workers.items() if known.until_ms < table.now_ms() and known.state == "up"]
    for packet in table.__dict__.pop("_saw", []):
        if packet in table.entries and table.entries[packet].state != "blocked":
            table.requeue(table.entries[packet])
    table._saw = [packet for packet, entry in table.entries.items() if entry.worker in lost]
    return 0 if table._saw else int(right(table))


@mutant(MemoryTable, "cancel")
def a_cancelled_job_leaves_its_branches_behind(right: Any, table: MemoryTable, job: Any) -> int:
    branches = {i: entry for i, entry in table.entries.items() if entry.packet.job == job and entry.packet.join}
    ended = int(right(table, job))
    table.entries |= branches
    return ended


@mutant(MemoryTable, "pause")
def a_pause_forgets_the_branches(right: Any, table: MemoryTable, job: Any) -> int:
    free = [entry for entry in table.entries.values() if entry.packet.join is not None and not entry.hold]
    paused = int(right(table, job))
    for entry in free:
        entry.hold = False
    return paused


@mutant(Meeting, "decided")
def a_join_does_not_wait_for_the_last_branch(right: Any, meeting: Meeting) -> bool:
    return bool(right(meeting)) or (meeting.total > 2 and len(meeting.results) == meeting.total - 1)


@mutant(MemoryTable, "callback")
def a_callback_that_comes_early_is_lost(right: Any, table: MemoryTable, packet: Any, token: int, answer: Any) -> bool:
    entry = table.entries.get(packet)
    return entry is not None and entry.state == "waiting" and bool(right(table, packet, token, answer))


@mutant(MemoryTable, "drop_branches")
def branches_of_a_decided_join_stay(right: Any, table: MemoryTable, parent: Any) -> None:
    """Nothing is dropped."""


# The worker


@mutant(JobManager, "_written")
async def a_worker_goes_on_before_the_verdict(right: Any, manager: Any, leased: Leased, decision: Any) -> Leased | None:
    command = decision.advance.command
    if not isinstance(command, Send) or command.delay_ms:
        going_on: Leased | None = await right(manager, leased, decision)
        return going_on
    writing = asyncio.create_task(right(manager, leased, decision))
    manager.__dict__.setdefault("_written_later", []).append(writing)
    await asyncio.sleep(0)
    return replace(leased, packet=command.packet, token=leased.token + 1, answer=None, joined=False)


@mutant(Settler, "_until_answered")
async def a_settlement_without_an_answer_is_sent_again_as_a_new_one(right: Any, settler: Any, batch: Any) -> Any:
    while True:
        try:
            return await settler._queue.settle(settler.worker, batch)
        except QueueUnavailable:
            await asyncio.sleep(0.05)
            batch = [
                replace(one, settlement=replace(one.settlement, leased=replace(leased, token=leased.token + 1)))
                for one, leased in ((one, one.settlement.leased) for one in batch)
            ]


@mutant(Settler, "_until_answered")
async def a_settlement_without_an_answer_is_taken_for_accepted(right: Any, settler: Any, batch: Any) -> Any:
    try:
        return await settler._queue.settle(settler.worker, batch)
    except QueueUnavailable:
        return [Verdict(accepted=True) for _ in batch]


@mutant(Worker, "_start_over")
async def a_worker_that_was_given_up_goes_on_as_it_was(right: Any, worker: Worker) -> None:
    """Nothing is done about it."""


@mutant(Worker, "_return_strangers")
async def packets_whose_lease_nobody_heard_of_are_kept(right: Any, worker: Worker, held: Any) -> None:
    """Nothing is done about them."""
