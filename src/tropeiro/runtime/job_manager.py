"""The JobManager: the life of a packet in a worker, from top to bottom.

A packet is taken, its step is executed (or its answer heard), the kernel decides, the decision is settled, and the
packet goes on here, goes to wait, or is over. Steps declared pure need no commit before the next one starts: should the
worker die, doing them again changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Advance, Arrive, Finish, Send, Split, StepRecord
from tropeiro.kernel.commands import Call as StartChild
from tropeiro.kernel.deadline import packet_deadline
from tropeiro.kernel.errors import ExpressionError, NotCarriable, NotFound, SchemaMismatch, TropeiroError
from tropeiro.kernel.keys import idempotency_key
from tropeiro.kernel.names import names_for
from tropeiro.kernel.outcome import BranchResult, ErrorInfo, Fail, Outcome, Retry, storable
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.paths import step_path
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.start import Start, ready_inputs
from tropeiro.kernel.states import JobState
from tropeiro.kernel.step_errors import expression_failed, mismatch, timed_out
from tropeiro.kernel.workflow import Kind, Step
from tropeiro.ports.executor import Automation, Call, Executor, HttpEndpoint, ServiceVersion
from tropeiro.ports.queue import Leased, Queue, QueueUnavailable, Ready, Settlement, Span, Verdict
from tropeiro.ports.store import Store
from tropeiro.runtime.callees import Callee, Callees
from tropeiro.runtime.reports import Reports
from tropeiro.runtime.settler import Settler
from tropeiro.runtime.surroundings import REAL, Surroundings

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

MAX_PURE_RUN = 64
"""Pure steps that may be executed before they are settled together."""
MAX_CHILD_MS = 7 * 24 * 3_600_000
"""How long a caller waits for an automation that sets no time of its own: a week."""

_PATIENCE_FIRST, _PATIENCE_LAST = 0.05, 2.0


class Decision(msgspec.Struct, frozen=True):
    """What the kernel decided after one or several steps, and when each of them ran."""

    advance: Advance
    spans: tuple[Span, ...]


class Prepared(msgspec.Struct, frozen=True):
    """All of a call that goes by its packet alone and has no effect."""

    callee: Callee
    inputs: Any
    path: str
    key: str
    """Its idempotency key."""


class JobManager:
    """Executes packets for one worker."""

    def __init__(
        self,
        *,
        queue: Queue,
        store: Store,
        executor: Executor,
        settler: Settler,
        reports: Reports,
        callback_url: Callable[[UUID, int], str],
        spare: Callable[[UUID], int],
        begin: Callable[[Leased], None],
        draining: Callable[[], bool],
        changed: Callable[[UUID], None],
        surroundings: Surroundings = REAL,
    ) -> None:
        """``spare`` tells how many packets more of an organization the worker could execute now, ``begin`` gives it
        one; ``changed`` hears of every job about which something was written."""
        self._queue, self._store, self._executor = queue, store, executor
        self._settler, self._reports = settler, reports
        self._callees = Callees(store.service)
        self._callback_url = callback_url
        self._spare, self._begin, self._draining = spare, begin, draining
        self._changed = changed
        self._now, self._chance, self._new_id = surroundings.clock, surroundings.chance, surroundings.new_id
        self._clock_offset_ms = 0.0
        self._promised = 0
        self.settling: set[UUID] = set()
        """Packets whose settlement is on its way: nobody may cancel them now."""

    async def live(self, leased: Leased) -> None:
        """Carry a packet as far as it goes on this worker."""
        self._hear_clock(leased.now_ms)
        current: Leased | None = leased
        prepared: Prepared | None = None
        while current is not None:
            decision = await self._decide(current, prepared)
            current, prepared = await self._settle(current, decision)

    # Deciding

    async def _decide(self, leased: Leased, prepared: Prepared | None) -> Decision:
        """Execute the step, and further ones for as long as the next is pure."""
        records: list[StepRecord] = []
        spans: list[Span] = []
        here = leased
        while True:
            if self._must_wait(here):
                return Decision(Advance(tuple(records), Send(here.packet)), tuple(spans))
            began = self._began(here)
            step_advance = await self._one_step(here, prepared)
            prepared = None
            span = Span(began, self._now())
            records += step_advance.records
            spans += [span] * len(step_advance.records)
            command = step_advance.command
            if (
                isinstance(command, Send)
                and command.delay_ms == 0
                and len(records) < MAX_PURE_RUN
                and (not records or await self._is_pure(command.packet))
            ):
                # With nothing on record yet, the packet only came to its call: that needs no commit either.
                here = replace(here, packet=command.packet, answer=None, limits=())
                continue
            return Decision(Advance(records=tuple(records), command=command), tuple(spans))

    def _must_wait(self, leased: Leased) -> bool:
        """Whether the call is under a limit that has not let it begin: then the packet goes back and waits for it."""
        limits = self._queue.limits_of(leased.packet) if leased.answer is None else ()
        return bool(limits) and not set(limits) <= set(leased.limits)

    async def _one_step(self, leased: Leased, prepared: Prepared | None) -> Advance:
        packet = leased.packet
        step = packet.route.workflow.steps[packet.step]
        if leased.answer is not None:
            callee = await self._called(step)
            answer = leased.answer if callee is None else callee.checked(leased.answer)
            return self._advance(packet, answer, policy=None if callee is None else callee.policy)
        if not packet.entered:
            return self._advance(packet, None)
        deadline_ms = packet_deadline(packet)
        if deadline_ms is not None and deadline_ms <= self._now_ms():
            return self._advance(packet, Fail(timed_out(step, None)))
        if prepared is None:
            try:
                callee = self._callees.known(step.service) or await self._callee(step)
                prepared = _prepared(packet, step, callee)
            except NotFound as error:
                return self._advance(packet, Fail(ErrorInfo(code=error.code, message=error.message)))
            except ExpressionError as error:
                return self._advance(packet, Fail(expression_failed(error)))
            except SchemaMismatch as error:
                return self._advance(packet, Fail(mismatch(error)))
        callee, inputs = prepared.callee, prepared.inputs
        if isinstance(callee.version.implementation, Automation):
            return await self._start_child(packet, step, callee.version, inputs)
        outcome = await self._execute(leased, step, prepared)
        if isinstance(outcome, Fail | Retry):
            self._tell(packet, step, outcome)
        return self._advance(packet, outcome, inputs=inputs, policy=callee.policy)

    async def _execute(self, leased: Leased, step: Step, prepared: Prepared) -> Outcome:
        packet, service = leased.packet, prepared.callee.version
        timeout_ms = step.timeout_ms if step.timeout_ms is not None else service.timeout_ms
        deadline_ms = packet_deadline(packet)
        if deadline_ms is not None:
            timeout_ms = max(1, min(timeout_ms, deadline_ms - self._now_ms()))
        try:
            call = await self._call(leased, step, prepared, timeout_ms)
        except TropeiroError as error:
            return Fail(ErrorInfo(code=error.code, message=f"{error.message} {error.hint}".strip()))
        reporter = self._reports.for_call(packet, leased.token, prepared.path, step.called)
        # The call's own time is the executor's affair, and begins when it does; what encloses it goes by the clock.
        if deadline_ms is None:
            outcome = await self._executor.execute(call, reporter)
        else:
            try:
                async with asyncio.timeout(max(0.0, (deadline_ms - self._now_ms()) / 1000)):
                    outcome = await self._executor.execute(call, reporter)
            except TimeoutError:
                return Fail(timed_out(step, None))
        if isinstance(outcome, Fail | Retry):
            return replace(outcome, error=storable(outcome.error))
        return prepared.callee.checked(outcome)

    async def _call(self, leased: Leased, step: Step, prepared: Prepared, timeout_ms: int) -> Call:
        packet, service = leased.packet, prepared.callee.version
        credential = None
        if step.credential is not None:
            name = step.credential
            credential = await self._patiently(
                lambda: self._store.credential(packet.organization, packet.project, name)
            )
        secret = callback = None
        endpoint = service.implementation
        if isinstance(endpoint, HttpEndpoint):
            signer = endpoint.signing_credential
            if signer is not None:
                fields = await self._patiently(
                    lambda: self._store.credential(service.organization, service.project, signer)
                )
                secret = str(fields.get("secret", ""))
            callback = self._callback_url(packet.id, leased.token) if endpoint.callback else None
        return Call(
            service=service, inputs=prepared.inputs, job=packet.job, organization=packet.organization,
            project=packet.project, path=prepared.path, attempt=packet.attempt, key=prepared.key, timeout_ms=timeout_ms,
            credential=credential, credential_name=step.credential, signing_secret=secret, callback_url=callback,
            trace=packet.trace,
        )  # fmt: skip

    async def _start_child(self, packet: Packet, step: Step, service: ServiceVersion, inputs: Any) -> Advance:
        """An automation runs as a job of its own, in its provider's project; the caller sees one step."""
        implementation = service.implementation
        if not isinstance(implementation, Automation):
            raise AssertionError(service)
        version = implementation.workflow_version
        try:
            runnable = await self._patiently(lambda: self._store.runnable(version))
            ready = ready_inputs(runnable.route.workflow, inputs)
        except SchemaMismatch as error:
            return self._advance(packet, Fail(mismatch(error)))
        except NotFound as error:
            return self._advance(packet, Fail(ErrorInfo(code=error.code, message=error.message)))
        timeout_ms = step.timeout_ms if step.timeout_ms is not None else MAX_CHILD_MS
        due_ms = min(self._now_ms() + timeout_ms, packet_deadline(packet) or 2**62)
        start = Start(
            id=self._new_id(), organization=runnable.organization, project=runnable.project,
            name=f"{service.name}@{service.version}", route=runnable.route, inputs=ready,
            workflow_version=runnable.id, service_version=service.id, trigger="parent", priority=packet.priority,
            mock=packet.scope.mock, parent_job=packet.job, parent_packet=packet.id,
            trace=packet.trace,
        )  # fmt: skip
        return Advance(records=(), command=StartChild(packet=packet, start=start, due_ms=due_ms))

    def _advance(
        self, packet: Packet, outcome: Outcome | None, *, inputs: Any = None, policy: RetryPolicy | None = None
    ) -> Advance:
        return advance(
            packet, outcome, now_ms=self._now_ms(), chance=self._chance(), inputs=inputs, service_retry=policy
        )

    async def _is_pure(self, packet: Packet) -> bool:
        step = packet.route.workflow.steps[packet.step]
        if step.kind is not Kind.CALL or not packet.entered or step.retry is not None:
            return False
        try:
            callee = self._callees.known(step.service) or await self._callee(step)
        except NotFound:
            return False
        return callee.runs_ahead

    async def _called(self, step: Step) -> Callee | None:
        """The service that a step calls, for an answer that came later: a callback, a child job."""
        if step.kind is not Kind.CALL:
            return None
        try:
            return await self._callee(step)
        except NotFound:
            return None

    async def _callee(self, step: Step) -> Callee:
        version = step.service
        if version is None:
            raise NotFound(f"The call of {step.called} is not pinned to a version.")
        return await self._patiently(lambda: self._callees.load(version))

    def _tell(self, packet: Packet, step: Step, outcome: Fail | Retry) -> None:
        """A failed try is a line of the job's log, whatever becomes of it."""
        error = outcome.error
        path = step_path(packet, step)
        level = "warning" if error.retryable else "error"
        told = f"Attempt {packet.attempt} failed: {error.message}"
        self._reports.add(packet, path, level, told, {"code": error.code}, uses=step.called)

    # Settling

    async def _settle(self, leased: Leased, decision: Decision) -> tuple[Leased | None, Prepared | None]:
        """Write the decision. The packet as it goes on here, or ``None`` when it does not; and what of its next call
        could be prepared meanwhile."""
        if isinstance(decision.advance.command, Finish):
            await self._reports.flush()
        packet = leased.packet.id
        self.settling.add(packet)
        try:
            return await self._written(leased, decision)
        finally:
            self.settling.discard(packet)

    async def _written(self, leased: Leased, decision: Decision) -> tuple[Leased | None, Prepared | None]:
        # Several splits may be on their way at once: each room is promised to the branches of one of them.
        take = (
            max(0, self._spare(leased.packet.organization) - self._promised)
            if isinstance(decision.advance.command, Split)
            else 0
        )
        self._promised += take
        try:
            ready, decision = await self._made_ready(leased, decision, take)
            command = decision.advance.command
            goes_on = isinstance(command, Send) and command.delay_ms == 0
            answer = self._settler.submit(ready)
            prepared = None
            if goes_on:
                # Once the settlement is on its way, there is time until it has arrived.
                await asyncio.sleep(0)
                prepared = self._prepared_ahead(ready.packet)
            verdict = await answer
        finally:
            self._promised -= take
        self._changed(leased.packet.job)
        if not verdict.accepted or verdict.held:
            return None, None
        self._hear_clock(verdict.now_ms)
        for branch in ready.taken:
            self._begin(replace(branch, now_ms=verdict.now_ms))
        return (await self._onward(leased, ready.packet, verdict), prepared) if goes_on else (None, None)

    def _prepared_ahead(self, packet: Packet) -> Prepared | None:
        """The packet's next call, where no more is needed for it than is known here. What is wrong with it is said by
        whoever makes it."""
        step = packet.route.workflow.steps[packet.step]
        callee = self._callees.known(step.service) if step.kind is Kind.CALL and packet.entered else None
        if callee is None:
            return None
        try:
            return _prepared(packet, step, callee)
        except (ExpressionError, SchemaMismatch):
            return None

    async def _onward(self, leased: Leased, packet: Packet, verdict: Verdict) -> Leased | None:
        if self._draining():
            with suppress(QueueUnavailable):
                await self._queue.release(self._settler.worker, [packet.id])
            return None
        return Leased(
            packet=packet, token=leased.token + 1, caller=leased.caller, now_ms=verdict.now_ms, since_ms=verdict.now_ms
        )

    async def _made_ready(self, leased: Leased, decision: Decision, take: int) -> tuple[Ready, Decision]:
        """What cannot be carried fails the step where the packet came from; if that cannot be either, all it walks."""
        try:
            return await self._make_ready(leased, decision, take), decision
        except NotCarriable as error:
            retold = self._retold(decision, self._refused(leased.packet, not_carriable(error)))
        try:
            return await self._make_ready(leased, retold, take), retold
        except NotCarriable as error:
            retold = self._retold(decision, given_up(leased.packet, not_carriable(error)))
        return await self._make_ready(leased, retold, take), retold

    async def _make_ready(self, leased: Leased, decision: Decision, take: int) -> Ready:
        settlement = Settlement(leased=leased, advance=decision.advance, spans=decision.spans, take=take)
        return await self._patiently(lambda: self._queue.make_ready(settlement))

    def _retold(self, decision: Decision, retold: Advance) -> Decision:
        last = decision.spans[-1] if decision.spans else Span(self._now(), self._now())
        return Decision(retold, (last,) * len(retold.records))

    def _refused(self, packet: Packet, error: ErrorInfo) -> Advance:
        return self._advance(replace(packet, memo={}), Fail(error))

    # The world's delays

    async def _patiently(self, ask: Callable[[], Awaitable[Answer]]) -> Answer:
        """Ask until the database answers: a packet in hand is not failed because the database is away."""
        delay = _PATIENCE_FIRST
        while True:
            try:
                return await ask()
            except QueueUnavailable as error:
                log.warning("waiting for the database: %s", error)
                await asyncio.sleep(delay)
                delay = min(delay * 2, _PATIENCE_LAST)

    def _hear_clock(self, now_ms: int) -> None:
        self._clock_offset_ms = now_ms - self._now() * 1000

    def _now_ms(self) -> int:
        """The database's clock, as last heard and continued by our own."""
        return int(self._now() * 1000 + self._clock_offset_ms)

    def _began(self, leased: Leased) -> float:
        """When the step began: for one that was parked or waited, when it was put there."""
        if leased.answer is None:
            return self._now()
        return (leased.since_ms - self._clock_offset_ms) / 1000


def _prepared(packet: Packet, step: Step, callee: Callee) -> Prepared:
    """The call of a packet's step. Raises `ExpressionError` and `SchemaMismatch`."""
    inputs = step.inputs.render(names_for(packet, step.inputs)) if step.inputs is not None else {}
    callee.check_input(inputs)
    path = step_path(packet, step)
    return Prepared(callee, inputs, path, idempotency_key(packet.job, path))


def not_carriable(error: NotCarriable) -> ErrorInfo:
    """What a step gave cannot be carried."""
    return ErrorInfo(code=error.code, message=f"{error.message} {error.hint}".strip())


def given_up(packet: Packet, error: ErrorInfo) -> Advance:
    """The end of all that a packet walks, whatever would deal with the error."""
    if packet.join is None:
        return Advance(records=(), command=Finish(packet, JobState.FAILED, error=error))
    return Advance(records=(), command=Arrive(packet, BranchResult(index=packet.branch, error=error)))
