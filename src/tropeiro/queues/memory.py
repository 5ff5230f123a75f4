"""The queue in memory: `tropeiro.ports.queue.Queue` without a database, for tests and simulations.

It keeps the same promises as the PostgreSQL queue, one method after the other where that has one transaction, and it is
given its clock and its ids. Nothing survives the process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from itertools import chain
from math import inf
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tropeiro.kernel import commands
from tropeiro.kernel.commands import WaitKind
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail, Joined
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState
from tropeiro.ports.queue import MANY, POISON_LIMIT, SUSPECT_AFTER, Leased, Ready, Settlement, Verdict
from tropeiro.queues.memory_table import Entry, Meeting, MemoryTable, Registered, poisoned


class MemoryQueue(MemoryTable):
    """The queue of one process."""

    # What a worker does

    async def register(self, worker: UUID, name: str, slots: int, lease_ms: int) -> None:
        self.workers.setdefault(worker, Registered(name, self.now_ms() + lease_ms))

    async def lease(
        self, worker: UUID, limit: int, *, share: int = MANY, rooms: Mapping[UUID, int] = {}
    ) -> list[Leased]:
        known = self.workers.get(worker)
        if known is None or known.state != "up":
            return []
        ready = [entry for entry in self.entries.values() if entry.state == "ready" and not entry.hold]
        suspects = [] if self._holds_a_suspect(worker) else [e for e in ready if e.taken >= SUSPECT_AFTER]
        suspects.sort(key=lambda entry: entry.seq)
        chosen = [*suspects, *self._in_turns([e for e in ready if e.taken < SUSPECT_AFTER])]
        chosen = self._let_begin(chosen, limit, share, rooms)
        for entry in chosen:
            self.served[entry.packet.organization] = self.next_serving()
        return [self._lease(entry, worker) for entry in chosen]

    def limits_of(self, packet: Packet) -> tuple[UUID, ...]:
        return self.limits.book.of(packet)

    async def extend(self, worker: UUID, lease_ms: int) -> set[UUID] | None:
        known = self.workers.get(worker)
        if known is None or known.state not in ("up", "draining"):
            return None
        known.until_ms = self.now_ms() + lease_ms
        return await self.held(worker)

    async def held(self, worker: UUID) -> set[UUID]:
        return {i for i, entry in self.entries.items() if entry.state == "leased" and entry.worker == worker}

    async def release(self, worker: UUID, packets: Sequence[UUID]) -> None:
        for packet in packets:
            entry = self.entries.get(packet)
            if entry is not None and entry.state == "leased" and entry.worker == worker:
                entry.taken = max(0, entry.taken - 1)
                self.requeue(entry)

    async def fault(self, worker: UUID, packet: UUID, token: int) -> None:
        entry = self.entries.get(packet)
        if entry is None or entry.state != "leased" or entry.worker != worker or entry.token < token:
            return
        entry.state, entry.worker, entry.limits = "delayed", None, ()
        entry.token += 1
        entry.packet = replace(entry.packet, attempt=entry.packet.attempt + 1)
        entry.due_ms = self.now_ms() + entry.taken * 1000
        entry.due_answer = poisoned(entry.taken) if entry.taken >= POISON_LIMIT else entry.answer

    async def retire(self, worker: UUID, state: str) -> None:
        known = self.workers.get(worker)
        if known is not None and known.state in ("up", "draining"):
            known.state = state

    async def make_ready(self, settlement: Settlement) -> Ready:
        command = settlement.advance.command
        children: list[Packet] = []
        taken: tuple[Leased, ...] = ()
        if isinstance(command, commands.Split):
            children = [_child(self.new_id(), command, branch) for branch in command.branches]
            take = min(settlement.take, command.concurrency or settlement.take)
            now_ms = settlement.leased.now_ms
            taken = tuple(Leased(packet=child, token=1, now_ms=now_ms, since_ms=now_ms) for child in children[:take])
        return Ready(settlement=settlement, parts=children, packet=command.packet, taken=taken)

    async def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        before = self.seq
        settled = [self._settle(worker, ready) for ready in batch]
        woke = self.seq > before
        return [
            Verdict(accepted=held is not None, held=bool(held), now_ms=self.now_ms(), ready=woke) for held in settled
        ]

    async def announce(self, jobs: Sequence[UUID]) -> None:
        """Nobody watches."""

    async def progress(self, rows: Sequence[tuple[UUID, int, float, str]]) -> None:
        """Nobody looks at progress here."""

    async def wait_ready(self, timeout: float) -> None:
        waiting = [entry.limits for entry in self.entries.values() if entry.state == "ready" and not entry.hold]
        timeout = min(timeout, self.limits.next_token(chain.from_iterable(waiting)))
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self.some_ready.wait()
        self.some_ready.clear()

    async def wait_taken(self) -> None:
        await self.some_taken.wait()
        self.some_taken.clear()

    # How

    def _holds_a_suspect(self, worker: UUID) -> bool:
        return any(
            entry.state == "leased" and entry.worker == worker and entry.taken > SUSPECT_AFTER
            for entry in self.entries.values()
        )

    def _let_begin(self, ready: list[Entry], count: int, share: int, rooms: Mapping[UUID, int]) -> list[Entry]:
        """The first ``count`` of these that their limits and rooms let begin, at most one suspect among them."""
        room: dict[UUID, int] = dict(rooms)
        under_way = [entry.limits for entry in self.entries.values() if entry.state != "ready"]
        free = self.limits.free(chain.from_iterable(under_way))
        begin: list[Entry] = []
        suspected = False
        for entry in ready:
            suspect = entry.taken >= SUSPECT_AFTER
            organization = entry.packet.organization
            if room.setdefault(organization, share) <= 0:
                continue
            if len(begin) < count and not (suspect and suspected) and all(free.get(i, 1) >= 1 for i in entry.limits):
                begin.append(entry)
                room[organization] -= 1
                suspected = suspected or suspect
                self.limits.take(entry.limits)
                for limit in entry.limits:
                    free[limit] = free.get(limit, inf) - 1
        return begin

    def _in_turns(self, ready: list[Entry]) -> list[Entry]:
        """Organizations take turns, the one served longest ago first; within one, priority and then age decide."""
        turns: dict[UUID, int] = {}
        order: list[tuple[int, int, Entry]] = []
        for entry in sorted(ready, key=lambda e: (-e.packet.priority, e.seq)):
            organization = entry.packet.organization
            turns[organization] = turns.get(organization, 0) + 1
            order.append((turns[organization], self.served.get(organization, 0), entry))
        return [entry for *_, entry in sorted(order, key=lambda one: one[:2])]

    def _lease(self, entry: Entry, worker: UUID) -> Leased:
        since_ms = entry.since_ms
        entry.state, entry.worker, entry.since_ms = "leased", worker, self.now_ms()
        entry.token += 1
        entry.taken += 1
        job = self.jobs[entry.packet.job]
        if job.state in (JobState.QUEUED, JobState.WAITING) and entry.packet.join is None:
            job.become(JobState.RUNNING)
        answer = entry.answer
        if entry.joined and answer is None:
            results = self.meetings[entry.packet.id].results
            answer = Joined(tuple(results[index] for index in sorted(results)))
        return Leased(
            packet=entry.packet,
            token=entry.token,
            answer=answer,
            joined=entry.joined,
            caller=entry.caller,
            now_ms=self.now_ms(),
            since_ms=since_ms,
            limits=entry.limits,
        )

    def _settle(self, worker: UUID, ready: Ready) -> bool | None:
        """Whether the job is paused; ``None`` when the settlement came too late."""
        settlement = ready.settlement
        packet_id = settlement.leased.packet.id
        entry = self.entries.get(packet_id)
        if entry is None or entry.state != "leased" or entry.worker != worker or entry.token != settlement.leased.token:
            return None
        self.steps += [(entry.packet.job, record) for record in settlement.advance.records]
        if settlement.leased.joined:
            self.meetings.pop(packet_id, None)
        held = entry.hold
        limits = self.limits.book.borne_after(settlement.advance.command, settlement.leased.limits)
        if entry.limits or limits:
            self.some_ready.set()
        entry.limits = limits
        match settlement.advance.command:
            case commands.Send(packet, delay_ms):
                self._go_on(entry, packet, delay_ms)
                held = held or bool(limits)
            case commands.Split() as split:
                self._split(entry, split, ready, worker)
            case commands.Arrive(packet, result):
                del self.entries[packet_id]
                self._arrive(packet, result)
            case commands.Call() as call:
                self._park(entry, call.packet, call.due_ms, _timeout(call.packet))
                self.start(call.start, hold=held)
            case commands.Wait() as wait:
                self._wait(entry, wait)
            case commands.Finish(_, state, output, error):
                del self.entries[packet_id]
                self._finish(entry, state, output, error)
        return held

    def _go_on(self, entry: Entry, packet: Packet, delay_ms: int) -> None:
        entry.packet, entry.answer, entry.early_answer, entry.joined = packet, None, None, False
        entry.due_answer = None
        entry.taken, entry.since_ms = 1, self.now_ms()
        entry.token += 1
        if delay_ms > 0:
            entry.state, entry.worker, entry.due_ms = "delayed", None, self.now_ms() + delay_ms
        elif entry.hold or entry.limits:
            entry.state, entry.worker = "ready", None
            entry.taken = 0 if entry.limits else 1

    def _split(self, entry: Entry, split: commands.Split, ready: Ready, worker: UUID) -> None:
        due = split.deadline_ms
        self._park(entry, split.packet, due, None if due is None else _timeout(split.packet))
        self.meetings[entry.packet.id] = Meeting(split.join, len(split.branches), split.concurrency, {})
        mine = set() if entry.hold else {leased.packet.id for leased in ready.taken}
        for child in ready.parts:
            sent = self.send(child)
            sent.hold = entry.hold
            if split.concurrency is not None and child.branch >= split.concurrency:
                sent.state = "blocked"
            elif child.id in mine:
                sent.state, sent.worker, sent.token, sent.taken = "leased", worker, 1, 1

    def _arrive(self, packet: Packet, result: BranchResult) -> None:
        meeting = self.meetings.get(packet.join or packet.id)
        parent = self.entries.get(packet.join or packet.id)
        if meeting is None or parent is None or parent.state != "parked":
            return
        meeting.results[result.index] = result
        if meeting.decided():
            self.drop_branches(parent.packet.id)
            parent.joined = True
            self.answer(parent, None)
        elif meeting.concurrency is not None:
            upcoming = meeting.concurrency + len(meeting.results) - 1
            for entry in self.entries.values():
                if entry.packet.join == packet.join and entry.state == "blocked" and entry.packet.branch == upcoming:
                    entry.state, entry.seq = "ready", self.next_seq()

    def _wait(self, entry: Entry, wait: commands.Wait) -> None:
        entry.packet, entry.worker, entry.taken, entry.joined = wait.packet, None, 0, False
        entry.since_ms = self.now_ms()
        entry.wait_kind, entry.question, entry.answer = wait.kind.value, wait.question, None
        early, entry.early_answer = entry.early_answer, None
        if early is not None and wait.kind is WaitKind.CALLBACK:
            self.answer(entry, early)
            return
        entry.state, entry.due_ms = "waiting", wait.due_ms
        entry.due_answer = Fail(wait.due_error) if wait.due_error is not None else None
        if wait.due_error is None and wait.kind is WaitKind.TIMER:
            entry.due_answer = Done(None)
        job = self.jobs[entry.packet.job]
        if entry.packet.join is None and job.state is JobState.RUNNING:
            job.become(JobState.WAITING)

    def _finish(self, entry: Entry, state: JobState, output: Any, error: ErrorInfo | None) -> None:
        job = self.jobs[entry.packet.job]
        if job.state not in FINAL_JOB_STATES:
            job.become(state)
            job.output, job.error = output, error
        caller = self.entries.get(entry.caller) if entry.caller is not None else None
        if caller is not None and caller.state == "parked":
            self.answer(caller, Done(output) if error is None else Fail(error))

    def _park(self, entry: Entry, packet: Packet, due_ms: int | None, error: ErrorInfo | None) -> None:
        entry.packet, entry.state, entry.worker, entry.taken = packet, "parked", None, 0
        entry.answer, entry.early_answer, entry.joined, entry.since_ms = None, None, False, self.now_ms()
        entry.due_ms, entry.due_answer = due_ms, None if error is None else Fail(error)


def _child(packet: UUID, split: commands.Split, branch: commands.Branch) -> Packet:
    parent = split.packet
    return replace(
        parent,
        id=packet,
        scope=split.scope,
        step=branch.step,
        entered=False,
        outputs={},
        groups={},
        failures=0,
        attempt=1,
        join=parent.id,
        branch=branch.index,
        item=branch.item,
        index=branch.index if split.foreach else None,
        memo=branch.memo,
        deadline_ms=split.deadline_ms,
    )


def _timeout(packet: Packet) -> ErrorInfo:
    step = packet.route.workflow.steps[packet.step]
    return ErrorInfo(code="timeout", message=f"Step {step.id} did not end in its time.", retryable=True)
