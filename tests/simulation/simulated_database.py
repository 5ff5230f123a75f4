"""The one database of a run: the queue in memory, whose every action is checked, traced, and told to who listens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Coroutine, Mapping, Sequence
from itertools import chain
from math import inf
from typing import Any
from uuid import UUID

from event_trace import Trace
from invariants import Broken, Invariants
from virtual_loop import Process, VirtualLoop

from tropeiro.kernel import commands
from tropeiro.kernel.commands import WaitKind
from tropeiro.kernel.outcome import BranchResult
from tropeiro.kernel.packet import GroupState, Packet
from tropeiro.kernel.paths import round_of, step_path
from tropeiro.ports.queue import POISON_LIMIT, Leased, Ready, Verdict
from tropeiro.queues.memory import MemoryQueue
from tropeiro.queues.memory_table import Entry

Place = tuple[UUID, str, int, int]
"""Job, path, round and attempt of a step."""


class Bell:
    """Stands for an event whose listeners are far away."""

    def __init__(self) -> None:
        self.rung = False

    def set(self) -> None:
        self.rung = True


class Table(MemoryQueue):
    """The queue in memory, remembering what a comparison with another interpreter needs to know."""

    def __init__(self, now_ms: Callable[[], int], new_id: Callable[[], UUID]) -> None:
        super().__init__(now_ms, new_id)
        self.some_ready, self.some_taken = Bell(), Bell()  # type: ignore[assignment]
        self.merges: dict[Place, list[int]] = {}
        """Which branches had arrived when a join was decided."""
        self.quarantined: set[UUID] = set()
        """Jobs with a packet that was set aside without being poison: its workers died of other things."""
        self.is_poison: Callable[[Packet], bool] = lambda packet: False
        """Whether a packet kills whoever takes it."""
        self.asked: Callable[[UUID, str], None] = lambda job, path: None
        """Told of every approval that begins to wait."""

    def _arrive(self, packet: Packet, result: BranchResult) -> None:
        super()._arrive(packet, result)
        parent = self.entries.get(packet.join or packet.id)
        if parent is not None and parent.joined:
            at = parent.packet
            step = at.route.workflow.steps[at.step]
            tries = at.groups.get(step.n, GroupState()).failures + 1
            place = (at.job, step_path(at, step), round_of(at, step), tries)
            self.merges.setdefault(place, sorted(self.meetings[at.id].results))

    def _wait(self, entry: Entry, wait: commands.Wait) -> None:
        super()._wait(entry, wait)
        if wait.kind is WaitKind.APPROVAL:
            at = wait.packet
            self.asked(at.job, step_path(at, at.route.workflow.steps[at.step]))

    def rescue(self) -> int:
        for entry in self.entries.values():
            if entry.state == "leased" and entry.taken >= POISON_LIMIT and not self.is_poison(entry.packet):
                self.quarantined.add(entry.packet.job)
        return super().rescue()


class Database:
    """The table, its clock, who leads, and who listens."""

    def __init__(
        self,
        loop: VirtualLoop,
        trace: Trace,
        *,
        begins_ms: int,
        new_id: Callable[[], UUID],
        latency: Callable[[], float],
    ) -> None:
        self.process = Process(loop, "database")
        self.jumped_ms = 0
        """How far the clock was set forward, in all; set back when negative."""
        self.table = Table(lambda: begins_ms + self.jumped_ms + int(loop.now * 1000), new_id)
        self.invariants = Invariants(self.table)
        self.homes: dict[UUID, Process] = {}
        """In which process a worker lives, by its id."""
        self.listeners: dict[Process, tuple[Callable[[], None], Callable[[], None]]] = {}
        """Of every process: what is told that packets are ready, and that some were taken."""
        self.leader: Process | None = None
        self._loop, self._trace, self._latency = loop, trace, latency

    def act(self, who: str, name: str, act: Callable[[], Any], about: tuple[Any, ...] = ()) -> Any:
        """Do something, and look at everything afterwards. Raises what the table or its invariants say."""
        said = act()
        self._trace.add((self._loop.now, who, name, *about, "→", said))
        self.invariants.check()
        ready, taken = self.table.some_ready, self.table.some_taken
        if ready.rung or taken.rung:  # type: ignore[attr-defined]
            self.process.later(self._latency(), self._ring, ready.rung, taken.rung)  # type: ignore[attr-defined]
            ready.rung = taken.rung = False  # type: ignore[attr-defined]
        return said

    def tell(self, who: str, what: str, *about: Any) -> None:
        """A line of the trace that is no action."""
        self._trace.add((self._loop.now, who, what, *about))

    def _ring(self, ready: bool, taken: bool) -> None:
        for some_ready, some_taken in self.listeners.values():
            if ready:
                some_ready()
            if taken:
                some_taken()

    # Actions that tell the invariants what was given to whom

    def lease(self, worker: UUID, limit: int, share: int, rooms: Mapping[UUID, int]) -> list[Leased]:
        leased: list[Leased] = at_once(self.table.lease(worker, limit, share=share, rooms=rooms))
        self.invariants.leased(worker, leased, limit)
        for organization, count in Counter(one.packet.organization for one in leased).items():
            if count > rooms.get(organization, share):
                raise Broken(f"{count} packets of one organization were leased, and there was no room for so many")
        return leased

    def settle(self, worker: UUID, batch: Sequence[Ready]) -> list[Verdict]:
        verdicts: list[Verdict] = at_once(self.table.settle(worker, batch))
        for ready, verdict in zip(batch, verdicts, strict=True):
            if verdict.accepted:
                self.invariants.settled(worker, ready, held=verdict.held)
        return verdicts

    def wake_due(self) -> tuple[int, float | None]:
        woken = self.table.wake_due()
        due = [entry.due_ms for entry in self.table.entries.values() if entry.due_ms is not None]
        return woken, max(0.0, (min(due) - self.table.now_ms()) / 1000) if due else None

    def next_token(self) -> float:
        """In how many seconds a call that waits for a rate may begin."""
        entries = self.table.entries.values()
        waiting = [entry.limits for entry in entries if entry.limits and entry.state == "ready" and not entry.hold]
        return self.table.limits.next_token(chain.from_iterable(waiting)) if waiting else inf

    # Leadership: a lock that goes with its connection

    def lead(self, process: Process) -> bool:
        if self.leader is None and not process.dead:
            self.leader = process
        return self.leader is process

    def leads(self, process: Process) -> bool:
        return self.leader is process

    def unlead(self, process: Process) -> None:
        if self.leader is process:
            self.leader = None


def at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("the queue in memory waited")
