"""The state of the queue in memory, and what people and duties do to it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tropeiro.kernel.commands import StepRecord
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail, Outcome
from tropeiro.kernel.packet import Packet, Scope
from tropeiro.kernel.paths import round_of, step_path
from tropeiro.kernel.start import Start
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState, StepState, can_become
from tropeiro.kernel.workflow import Join
from tropeiro.ports.queue import POISON_LIMIT
from tropeiro.queues.memory_limits import MemoryLimits


class Entry(msgspec.Struct):
    """A packet in the queue."""

    packet: Packet
    seq: int
    since_ms: int
    state: str = "ready"
    hold: bool = False
    worker: UUID | None = None
    token: int = 0
    taken: int = 0
    answer: Outcome | None = None
    early_answer: Outcome | None = None
    joined: bool = False
    caller: UUID | None = None
    due_ms: int | None = None
    due_answer: Outcome | None = None
    wait_kind: str = ""
    question: Any = None
    limits: tuple[UUID, ...] = ()


class Meeting(msgspec.Struct):
    """A join and what arrived."""

    mode: Join
    total: int
    concurrency: int | None
    results: dict[int, BranchResult]

    def decided(self) -> bool:
        """Whether no further branch can change what comes of it."""
        failed = any(result.error is not None for result in self.results.values())
        succeeded = any(result.error is None for result in self.results.values())
        return (
            len(self.results) == self.total
            or (self.mode is Join.ALL and failed)
            or (self.mode is Join.ANY and succeeded)
        )


class Job(msgspec.Struct):
    """A job, as far as the queue knows it."""

    start: Start
    state: JobState = JobState.QUEUED
    started: bool = False
    output: Any = None
    error: ErrorInfo | None = None

    def become(self, state: JobState) -> None:
        """Change the state. Only legal transitions happen; another one is a mistake of the queue's."""
        if not can_become(self.state, state):
            raise AssertionError(f"a job cannot become {state} from {self.state}")
        self.state = state
        self.started = self.started or state is JobState.RUNNING


class Registered(msgspec.Struct):
    name: str
    until_ms: int
    state: str = "up"


class MemoryTable:
    """Packets, joins, jobs and workers of one process, with the clock they go by and the ids they get."""

    def __init__(self, now_ms: Callable[[], int], new_id: Callable[[], UUID] = uuid7) -> None:
        self.now_ms, self.new_id = now_ms, new_id
        self.limits = MemoryLimits(now_ms)
        self.seq = 0
        self.servings = 0
        self.served: dict[UUID, int] = {}
        self.workers: dict[UUID, Registered] = {}
        self.some_ready = asyncio.Event()
        self.some_taken = asyncio.Event()
        self.entries: dict[UUID, Entry] = {}
        self.meetings: dict[UUID, Meeting] = {}
        self.jobs: dict[UUID, Job] = {}
        self.steps: list[tuple[UUID, StepRecord]] = []

    # What people and duties do

    def start(self, start: Start, *, hold: bool = False) -> None:
        """Start a job; on ``hold`` when its caller is paused."""
        self.jobs[start.id] = Job(start, JobState.PAUSED if hold else JobState.QUEUED)
        timeout_ms = start.timeout_ms if start.timeout_ms is not None else start.route.workflow.timeout_ms
        packet = Packet(
            id=self.new_id(),
            job=start.id,
            organization=start.organization,
            project=start.project,
            route=start.route,
            scope=Scope(inputs=start.inputs, memo=start.memo, mock=start.mock),
            step=start.route.workflow.lists[0].steps[0],
            deadline_ms=None if timeout_ms is None else self.now_ms() + timeout_ms,
            started_ms=self.now_ms(),
            workflow_name=start.name,
            priority=start.priority,
            trace=start.trace,
        )
        self.send(packet, caller=start.parent_packet).hold = hold

    def cancel(self, job: UUID) -> int:
        """Cancel a job and its children; how many ended."""
        tree = self._tree(job)
        ended = [one for one in tree if self.jobs[one].state not in FINAL_JOB_STATES]
        for entry in [entry for entry in self.entries.values() if entry.packet.job in tree]:
            self._cancel_step(entry)
            self._forget(entry)
        for one in ended:
            self.jobs[one].become(JobState.CANCELLED)
            caller = self.entries.get(self.jobs[one].start.parent_packet or one)
            if caller is not None and caller.state == "parked":
                error = ErrorInfo(code="cancelled", message="The automation's job was cancelled.")
                self.answer(caller, Fail(error))
        self.some_taken.set()
        return len(ended)

    def pause(self, job: UUID) -> int:
        """Start no further step of a job and its children; how many were paused."""
        tree = self._tree(job)
        for entry in self.entries.values():
            entry.hold = entry.hold or entry.packet.job in tree
        paused = [one for one in tree if self.jobs[one].state in (JobState.QUEUED, JobState.RUNNING, JobState.WAITING)]
        for one in paused:
            self.jobs[one].become(JobState.PAUSED)
        return len(paused)

    def resume(self, job: UUID) -> int:
        """Go on after a pause; how many jobs go on."""
        tree = self._tree(job)
        for entry in self.entries.values():
            if entry.packet.job in tree:
                entry.hold = False
        resumed = [one for one in tree if self.jobs[one].state is JobState.PAUSED]
        for one in resumed:
            root = next((e for e in self.entries.values() if e.packet.job == one and e.packet.join is None), None)
            waits = root is not None and root.state == "waiting"
            going_on = JobState.WAITING if waits else JobState.RUNNING
            self.jobs[one].become(going_on if self.jobs[one].started else JobState.QUEUED)
        self.some_ready.set()
        return len(resumed)

    def approve(self, job: UUID, path: str, answer: Done | Fail) -> bool:
        """Answer the approval of a job that waits at this path: yes with a form, or no."""
        for entry in self.entries.values():
            at = step_path(entry.packet, entry.packet.route.workflow.steps[entry.packet.step])
            if entry.packet.job == job and at == path and entry.state == "waiting" and entry.wait_kind == "approval":
                self.answer(entry, answer)
                return True
        return False

    def callback(self, packet: UUID, token: int, answer: Done | Fail) -> bool:
        """Deliver what an asynchronous service called back with."""
        entry = self.entries.get(packet)
        if entry is None or entry.token != token:
            return False
        if entry.state == "waiting" and entry.wait_kind == "callback":
            self.answer(entry, answer)
            return True
        if entry.state == "leased" and entry.early_answer is None:
            entry.early_answer = answer
            return True
        return False

    def wake_due(self) -> int:
        """Wake what is due; how many packets woke."""
        now_ms = self.now_ms()
        due = [e for e in self.entries.values() if e.due_ms is not None and e.due_ms <= now_ms and e.state != "leased"]
        for entry in due:
            if entry.packet.id not in self.entries:
                continue
            parked = entry.state == "parked"
            self.answer(entry, entry.due_answer)
            if parked:
                self.drop_branches(entry.packet.id)
                self.meetings.pop(entry.packet.id, None)
                self._cancel_children(entry.packet.id)
        return len(due)

    def rescue(self) -> int:
        """Take packets back from workers whose lease ended; how many."""
        for worker in self.workers.values():
            if worker.state in ("up", "draining") and worker.until_ms < self.now_ms():
                worker.state = "lost"
        rescued = 0
        for entry in self.entries.values():
            if entry.state != "leased" or entry.worker is None:
                continue
            if self.workers[entry.worker].state in ("lost", "stopped"):
                if entry.taken >= POISON_LIMIT:
                    entry.answer, entry.limits = poisoned(entry.taken), ()
                entry.packet = replace(entry.packet, attempt=entry.packet.attempt + 1)
                self.requeue(entry)
                rescued += 1
        return rescued

    # Shared with the queue

    def answer(self, entry: Entry, answer: Outcome | None) -> None:
        entry.state, entry.answer, entry.limits, entry.seq = "ready", answer, (), self.next_seq()
        entry.due_ms = entry.due_answer = entry.question = None
        entry.wait_kind = ""

    def requeue(self, entry: Entry) -> None:
        entry.state, entry.worker, entry.seq = "ready", None, self.next_seq()
        entry.token += 1

    def send(self, packet: Packet, *, caller: UUID | None = None) -> Entry:
        entry = Entry(packet=packet, seq=self.next_seq(), since_ms=self.now_ms(), caller=caller)
        self.entries[packet.id] = entry
        return entry

    def next_seq(self) -> int:
        self.seq += 1
        self.some_ready.set()
        return self.seq

    def next_serving(self) -> int:
        self.servings += 1
        return self.servings

    def drop_branches(self, parent: UUID) -> None:
        for entry in [entry for entry in self.entries.values() if entry.packet.join == parent]:
            self._cancel_step(entry)
            self.drop_branches(entry.packet.id)
            self._cancel_children(entry.packet.id)
            self._forget(entry)
            self.some_taken.set()

    def _cancel_children(self, packet: UUID) -> None:
        for job in [i for i, job in self.jobs.items() if job.start.parent_packet == packet]:
            self.cancel(job)

    def _cancel_step(self, entry: Entry) -> None:
        if entry.state != "blocked":
            packet = entry.packet
            step = packet.route.workflow.steps[packet.step]
            record = StepRecord(
                path=step_path(packet, step),
                round=round_of(packet, step),
                attempt=packet.groups[step.n].failures + 1 if step.n in packet.groups else packet.attempt,
                n=step.n,
                state=StepState.CANCELLED,
            )
            self.steps.append((packet.job, record))

    def _forget(self, entry: Entry) -> None:
        self.entries.pop(entry.packet.id, None)
        self.meetings.pop(entry.packet.id, None)

    def _tree(self, job: UUID) -> set[UUID]:
        tree = {job}
        while True:
            more = {i for i, one in self.jobs.items() if one.start.parent_job in tree} - tree
            if not more:
                return tree
            tree |= more


def poisoned(taken: int) -> Fail:
    message = f"Taken {taken} times, and each time the worker was lost. The packet is set aside."
    return Fail(ErrorInfo(code="quarantined", message=message))
