"""Run whole workflows through the real ``advance``, without a queue, a database or a clock.

The driver does by hand what a worker and ``tropeiro_settle`` do together: it takes packets, answers their calls with a
function, and carries the decisions out. Packets are kept as the texts that ``kernel.wire`` makes of them, so that
everything that happens also went through JSON. Time is virtual and stands still while anything can be done. Which of
the packets that could go on does so, and how many at once, is chosen by a seed: another seed is another interleaving,
the same seed the same one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec.structs import replace
from scripted import After, Answer, Asked, Ended, Merge, echo
from shelf import Shelf
from short_packets import JOB, NOW_MS, ORGANIZATION, PROJECT

from tropeiro.kernel import commands
from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Advance, StepRecord, WaitKind
from tropeiro.kernel.deadline import packet_deadline
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.names import names_for
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Joined, Outcome
from tropeiro.kernel.packet import GroupState, Packet, Result, Route, Scope
from tropeiro.kernel.paths import round_of, step_path
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.route import make_route
from tropeiro.kernel.states import FINAL_JOB_STATES, StepState
from tropeiro.kernel.step_errors import expression_failed, timed_out
from tropeiro.kernel.workflow import Join


class Stuck(AssertionError):
    """Packets are left, and nothing will ever happen to them."""


class Unbounded(AssertionError):
    """More decisions than were thought possible."""


class _Entry(msgspec.Struct):
    """A packet as the queue keeps it."""

    fixed: Packet
    """What never changes; its step, outputs and so on are stale."""
    body: bytes
    scope: bytes
    attempt: int = 1
    state: str = "ready"
    due_ms: int | None = None
    due_answer: bytes | None = None
    answer: bytes | None = None
    joined: bool = False
    inputs: Any = None
    """Of the call that is under way."""


class _Join(msgspec.Struct):
    mode: Join
    total: int
    concurrency: int
    arrived: int = 0
    failed: int = 0
    results: list[bytes] = []
    children: list[UUID] = []
    """By index of the branch."""


class Driver:
    """One job, from its start to its end."""

    def __init__(
        self,
        document: Any,
        answer: Answer,
        *,
        inputs: Any = None,
        seed: int | None = None,
        approvals: Mapping[str, Any] | None = None,
        callbacks: Mapping[str, After] | None = None,
        memo: dict[str, Result] | None = None,
        mock: bool = False,
        chance: float = 0.0,
        service_retry: RetryPolicy | None = None,
        max_decisions: int = 100_000,
    ) -> None:
        """``seed`` of ``None`` takes packets one by one in the order they were sent.

        ``approvals`` are the forms that people fill in at once, ``callbacks`` what services call back with, both by
        path. Approvals and callbacks that are missing stay unanswered.
        """
        self._route: Route = make_route(document)
        self._answer = answer
        self._random = None if seed is None else random.Random(seed)
        self._approvals, self._callbacks = approvals or {}, callbacks or {}
        self._chance, self._service_retry = chance, service_retry
        self._max_decisions = max_decisions
        self._now_ms = NOW_MS
        self._born = 100
        self._entries: dict[UUID, _Entry] = {}
        self._joins: dict[UUID, _Join] = {}
        self._ready: list[UUID] = []
        self._shelf = Shelf()
        self._records: dict[tuple[str, int, int], StepRecord] = {}
        self._asked: list[Asked] = []
        self._merges: list[Merge] = []
        self._delays: list[int] = []
        self._questions: list[Any] = []
        self._decisions = self._most_carried = 0
        self._finish: commands.Finish | None = None
        scope = Scope(inputs={} if inputs is None else inputs, memo=memo or {}, mock=mock)
        limit = self._route.workflow.timeout_ms
        first = Packet(
            id=self._new_id(), job=JOB, organization=ORGANIZATION, project=PROJECT, route=self._route, scope=scope,
            step=self._route.workflow.lists[0].steps[0], deadline_ms=None if limit is None else NOW_MS + limit,
            started_ms=NOW_MS, workflow_name="tests/job@1",
        )  # fmt: skip
        self._store(first, self._shelf.write_scope(scope))

    def run(self) -> Ended:
        """Go on until the job is over."""
        while self._finish is None:
            if not self._ready:
                self._pass_time()
            batch = [self._take() for _ in range(self._batch_size())]
            decided = [(entry, self._decide(entry)) for entry in batch]
            self._settle(decided)
        assert not self._entries, "packets outlived their job"
        assert not self._joins, "joins outlived their job"
        assert self._finish.state in FINAL_JOB_STATES
        return Ended(
            state=self._finish.state, output=self._finish.output, error=self._finish.error,
            records=tuple(self._records.values()), asked=tuple(self._asked), merges=tuple(self._merges),
            delays=tuple(self._delays), questions=tuple(self._questions), decisions=self._decisions,
            most_carried=self._most_carried, took_ms=self._now_ms - NOW_MS,
        )  # fmt: skip

    # Taking

    def _batch_size(self) -> int:
        return 1 if self._random is None else self._random.randint(1, min(4, len(self._ready)))

    def _take(self) -> _Entry:
        if self._random is None:
            chosen = self._ready.pop(0)
        else:
            place = self._random.randrange(len(self._ready))
            self._ready[place], self._ready[-1] = self._ready[-1], self._ready[place]
            chosen = self._ready.pop()
        entry = self._entries[chosen]
        entry.state = "leased"
        return entry

    def _pass_time(self) -> None:
        """Nothing can be done now: on to the next moment at which something is due."""
        due = [entry.due_ms for entry in self._entries.values() if entry.due_ms is not None]
        if not due:
            raise Stuck({str(entry.fixed.id): entry.state for entry in self._entries.values()})
        self._now_ms = max(self._now_ms, min(due))
        entries = [entry for entry in self._entries.values() if entry.due_ms is not None]
        if self._random is not None:
            self._random.shuffle(entries)
        for entry in entries:
            if entry.due_ms is not None and entry.due_ms <= self._now_ms and entry.fixed.id in self._entries:
                if entry.state == "parked":
                    self._drop_branches(entry.fixed.id)
                    self._joins.pop(entry.fixed.id)
                self._wake(entry, entry.due_answer)

    def _wake(self, entry: _Entry, answer: bytes | None) -> None:
        entry.state, entry.answer = "ready", answer
        entry.due_ms = entry.due_answer = None
        self._ready.append(entry.fixed.id)

    # Deciding

    def _decide(self, entry: _Entry) -> Advance | None:
        """``None`` when a call is under way that takes a while."""
        self._decisions += 1
        if self._decisions > self._max_decisions:
            raise Unbounded(self._max_decisions)
        packet = self._packet(entry)
        outcome = self._outcome(entry, packet)
        if outcome is not None or not packet.entered:
            return self._advance(packet, outcome, inputs=entry.inputs)
        return self._execute(entry, packet)

    def _advance(self, packet: Packet, outcome: Outcome | None, *, inputs: Any = None) -> Advance:
        policy = self._service_retry if inputs is not None else None
        ask = {"now_ms": self._now_ms, "chance": self._chance, "inputs": inputs, "service_retry": policy}
        decided = advance(packet, outcome, **ask)
        self._most_carried = max(self._most_carried, len(decided.command.packet.outputs))
        return decided

    def _execute(self, entry: _Entry, packet: Packet) -> Advance | None:
        """What the worker does with a packet that stands at a call."""
        step = self._route.workflow.steps[packet.step]
        deadline = packet_deadline(packet)
        if deadline is not None and deadline <= self._now_ms:
            return self._advance(packet, Fail(timed_out(step, None)))
        try:
            inputs = {} if step.inputs is None else step.inputs.render(names_for(packet, step.inputs))
        except ExpressionError as error:
            return self._advance(packet, Fail(expression_failed(error)))
        asked = Asked(
            path=step_path(packet, step), service=str(step.uses), inputs=inputs, attempt=packet.attempt,
            round=round_of(packet, step), now_ms=self._now_ms,
        )  # fmt: skip
        self._asked.append(asked)
        outcome = self._answer(asked)
        if isinstance(outcome, After):
            limits = [] if step.timeout_ms is None else [step.timeout_ms]
            if deadline is not None:
                limits.append(deadline - self._now_ms)
            limit = min(limits, default=outcome.ms + 1)
            if outcome.ms >= limit:
                outcome = After(limit, Fail(timed_out(step, limit)))
            self._later(entry, outcome)
            entry.state, entry.inputs = "running", inputs
            return None
        return self._advance(packet, outcome, inputs=inputs)

    # Settling

    def _settle(self, decided: list[tuple[_Entry, Advance | None]]) -> None:
        """In the order in which ``tropeiro_settle`` does it: whatever goes on or waits, then arrivals, then the end."""
        arrivals: list[tuple[_Entry, commands.Arrive]] = []
        for entry, decision in decided:
            if decision is None:
                continue
            for record in decision.records:
                key = (record.path, record.round, record.attempt)
                assert key not in self._records, f"two records for {key}"
                self._records[key] = record
            if entry.joined and not isinstance(decision.command, commands.Split):
                self._joins.pop(entry.fixed.id, None)
            match decision.command:
                case commands.Send(packet, delay_ms):
                    self._place(entry, packet)
                    if delay_ms:
                        self._delays.append(delay_ms)
                        entry.state, entry.due_ms = "delayed", self._now_ms + delay_ms
                    else:
                        self._wake(entry, None)
                case commands.Split() as split:
                    self._split(entry, split)
                case commands.Wait() as wait:
                    self._wait(entry, wait)
                case commands.Arrive() as arrive:
                    arrivals.append((entry, arrive))
                case commands.Finish() as finish:
                    self._finish = finish
                    del self._entries[entry.fixed.id]
                case other:
                    raise AssertionError(other)
        self._arrive(arrivals)

    def _split(self, entry: _Entry, split: commands.Split) -> None:
        parent = split.packet
        self._place(entry, parent)
        entry.state = "parked"
        if split.deadline_ms is not None:
            step = self._route.workflow.steps[parent.step]
            late = ErrorInfo(code="timeout", message="late", retryable=True, path=step_path(parent, step))
            entry.due_ms, entry.due_answer = split.deadline_ms, self._shelf.write_answer(Fail(late))
        scope = self._shelf.write_scope(split.scope)
        total = len(split.branches)
        concurrency = split.concurrency or total
        join = self._joins[parent.id] = _Join(split.join, total, concurrency, results=[], children=[])
        for branch in split.branches:
            child = Packet(
                id=self._new_id(), job=JOB, organization=ORGANIZATION, project=PROJECT, route=self._route,
                scope=split.scope, step=branch.step, join=parent.id, branch=branch.index, item=branch.item,
                index=branch.index if split.foreach else None, memo=branch.memo, deadline_ms=split.deadline_ms,
                started_ms=parent.started_ms, workflow_name=parent.workflow_name,
            )  # fmt: skip
            self._store(child, scope, blocked=branch.index >= concurrency)
            join.children.append(child.id)

    def _wait(self, entry: _Entry, wait: commands.Wait) -> None:
        self._place(entry, wait.packet)
        entry.state, entry.due_ms = "waiting", wait.due_ms
        error = wait.due_error
        if error is not None or wait.kind is WaitKind.TIMER:
            due = Done() if error is None else Fail(error)
            entry.due_answer = self._shelf.write_answer(due)
        path = step_path(wait.packet, self._route.workflow.steps[wait.packet.step])
        if wait.kind is WaitKind.APPROVAL:
            self._questions.append(wait.question)
            if path in self._approvals:
                self._wake(entry, self._shelf.write_answer(Done(self._approvals[path])))
        elif wait.kind is WaitKind.CALLBACK and path in self._callbacks:
            called = self._callbacks[path]
            if wait.due_ms is None or self._now_ms + called.ms < wait.due_ms:
                self._later(entry, called)

    def _later(self, entry: _Entry, after: After) -> None:
        entry.due_ms = self._now_ms + after.ms
        entry.due_answer = self._shelf.write_answer(after.outcome)

    def _arrive(self, arrivals: list[tuple[_Entry, commands.Arrive]]) -> None:
        touched: dict[UUID, int] = {}
        for entry, arrive in arrivals:
            parent = entry.fixed.join
            assert parent is not None
            del self._entries[entry.fixed.id]
            join = self._joins[parent]
            join.arrived += 1
            join.failed += arrive.result.error is not None
            join.results.append(self._shelf.write_arrived(arrive.result))
            touched[parent] = touched.get(parent, 0) + 1
        for parent, count in touched.items():
            self._release(parent, count)
        closing = [parent for parent in touched if self._decided(self._joins[parent])]
        for parent in closing:
            if parent in self._joins and self._joins[parent].arrived < self._joins[parent].total:
                self._drop_branches(parent)
        for parent in closing:
            # It may itself have been dropped with what encloses it.
            if parent in self._entries:
                self._entries[parent].joined = True
                self._wake(self._entries[parent], None)

    def _decided(self, join: _Join) -> bool:
        first_failure = join.mode is Join.ALL and join.failed > 0
        first_success = join.mode is Join.ANY and join.arrived > join.failed
        return join.arrived == join.total or first_failure or first_success

    def _release(self, parent: UUID, count: int) -> None:
        join = self._joins[parent]
        for branch in range(join.concurrency + join.arrived - count, join.concurrency + join.arrived):
            if branch < join.total:
                child = self._entries[join.children[branch]]
                assert child.state == "blocked"
                self._wake(child, None)

    def _drop_branches(self, parent: UUID) -> None:
        self._drop_below(parent)
        self._ready = [packet for packet in self._ready if packet in self._entries]

    def _drop_below(self, parent: UUID) -> None:
        """As ``tropeiro_drop_branches``; the join of ``parent`` itself stays."""
        join = self._joins.get(parent)
        if join is None:
            return
        for child in [self._entries[child] for child in join.children if child in self._entries]:
            self._drop_below(child.fixed.id)
            self._joins.pop(child.fixed.id, None)
            if child.state != "blocked":
                packet = self._packet(child)
                step = self._route.workflow.steps[packet.step]
                record = StepRecord(
                    path=step_path(packet, step), round=round_of(packet, step), attempt=child.attempt, n=step.n,
                    state=StepState.CANCELLED,
                )  # fmt: skip
                self._records.setdefault((record.path, record.round, record.attempt), record)
            del self._entries[child.fixed.id]

    # Keeping

    def _new_id(self) -> UUID:
        self._born += 1
        return UUID(int=self._born)

    def _store(self, packet: Packet, scope: bytes, *, blocked: bool = False) -> None:
        bare = replace(packet, scope=Scope(), item=None, index=None, memo={})
        entry = _Entry(bare, self._shelf.write_body(packet), scope)
        self._entries[packet.id] = entry
        if blocked:
            entry.state = "blocked"
        else:
            self._ready.append(packet.id)

    def _place(self, entry: _Entry, packet: Packet) -> None:
        entry.body, entry.attempt = self._shelf.write_body(packet), packet.attempt
        entry.answer, entry.joined, entry.inputs = None, False, None

    def _packet(self, entry: _Entry) -> Packet:
        return self._shelf.read_packet(entry.fixed, entry.body, entry.scope, entry.attempt)

    def _outcome(self, entry: _Entry, packet: Packet) -> Outcome | None:
        if entry.answer is not None:
            return self._shelf.read_answer(entry.answer)
        if not entry.joined:
            return None
        results = self._shelf.read_arrived(self._joins[packet.id].results)
        step = self._route.workflow.steps[packet.step]
        tries = packet.groups.get(step.n, GroupState()).failures + 1
        indexes = tuple(sorted(result.index for result in results))
        self._merges.append(Merge(step_path(packet, step), round_of(packet, step), tries, indexes))
        return Joined(results)


def run(document: Any, answer: Answer | None = None, **options: Any) -> Ended:
    """The end of one job. Without ``answer`` every call returns its inputs."""
    return Driver(document, answer or echo, **options).run()
