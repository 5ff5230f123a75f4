"""The decision: a packet, what came of its step, and the time → what happens next.

``advance`` is pure and total: no clock, no randomness, no I/O; for every packet and outcome it returns exactly one
command. It reads as an interpreter for the array of steps: ``_enter`` looks at a step, ``_complete`` and ``_fail``
leave it, and a walk ends at the first thing that needs the world outside (a call, a split, a wait) or at the end. Each
of them gives either that command or the step to enter next, so that a thousand skipped steps are a loop and not a
recursion.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec.structs import replace

from tropeiro.kernel import commands
from tropeiro.kernel import outcome as outcomes
from tropeiro.kernel.commands import Advance, Command, StepRecord, WaitKind
from tropeiro.kernel.deadline import packet_deadline
from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import Template
from tropeiro.kernel.merge import merge
from tropeiro.kernel.names import names_for
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail, Joined, Outcome, Retry
from tropeiro.kernel.packet import GroupState, Packet, Result
from tropeiro.kernel.paths import is_root, round_of, step_path
from tropeiro.kernel.retry import RetryPolicy, retry_delay_ms
from tropeiro.kernel.service_ref import is_built_in
from tropeiro.kernel.splitting import checked_items, split_branches, split_items
from tropeiro.kernel.states import JobState, StepState
from tropeiro.kernel.step_errors import expression_failed, job_timed_out, replace_key, timed_out
from tropeiro.kernel.workflow import Kind, Role, Step, StepList

Move = Command | Step
"""What is to be done, or the step to enter next."""


def advance(
    packet: Packet,
    outcome: Outcome | None,
    *,
    now_ms: int,
    chance: float = 0.0,
    inputs: Any = None,
    service_retry: RetryPolicy | None = None,
) -> Advance:
    """Decide what happens to ``packet`` after ``outcome``.

    ``outcome`` is ``None`` when the packet has just come to its step. ``now_ms`` is Unix time in milliseconds by the
    database's clock; ``chance`` in [0, 1) is the randomness of a retry's jitter; ``inputs`` are the rendered inputs of
    the call that ``outcome`` answers, for the record; ``service_retry`` is the called service's own policy, which holds
    where the step says nothing.
    """
    walk = _Walk(packet, now_ms, chance, inputs, service_retry)
    return Advance(command=walk.go(outcome), records=tuple(walk.records))


class _Walk:
    """One run through ``advance``: the packet as it changes, and the history so far."""

    def __init__(
        self, packet: Packet, now_ms: int, chance: float, inputs: Any, service_retry: RetryPolicy | None
    ) -> None:
        self.packet = packet
        self.workflow = packet.route.workflow
        self.now_ms = now_ms
        self.chance = chance
        self.inputs = inputs
        self.service_retry = service_retry
        self.records: list[StepRecord] = []

    def go(self, outcome: Outcome | None) -> Command:
        move = self._answer(self.workflow.steps[self.packet.step], outcome)
        # A packet that came back unexecuted is at its next attempt of the step it stands at, not at its first.
        attempt = self.packet.attempt if outcome is None else 1
        while isinstance(move, Step):
            move, attempt = self._enter(move, attempt), 1
        return move

    def _answer(self, step: Step, outcome: Outcome | None) -> Move:
        if isinstance(outcome, Joined):
            outcome = merge(self.workflow, step, outcome)
            if isinstance(outcome, Fail):
                outcome = Fail(self._relabel(step, outcome.error))
        match outcome:
            case None:
                return commands.Send(self.packet) if self.packet.entered else step
            case Done(output):
                return self._complete(step, output)
            case Fail(error):
                return self._fail(step, error)
            case Retry(error, after_ms):
                return self._fail(step, error, after_ms=after_ms)
            case outcomes.Wait(timeout_ms):
                return self._wait(step, WaitKind.CALLBACK, self.now_ms + timeout_ms, timed_out(step, timeout_ms))
            case _:
                raise AssertionError(outcome)

    # Coming to a step

    def _enter(self, step: Step, attempt: int) -> Move:
        self.packet = replace(self.packet, step=step.n, entered=False, failures=0, attempt=attempt)
        try:
            if step.condition is not None and not step.condition.truth(self._names(step.condition)):
                return self._skip(step)
            return self._begin(step)
        except ExpressionError as error:
            return self._fail(step, expression_failed(error))

    def _begin(self, step: Step) -> Move:
        if step.kind is Kind.CALL:
            return self._call(step)
        if step.kind is Kind.WAIT:
            return self._wait(step, WaitKind.TIMER, self._wait_until(step), None)
        if step.kind is Kind.APPROVAL:
            return self._ask(step)
        if step.kind is Kind.CHOICE:
            return self._choose(step)
        if step.timeout_ms is not None or step.retry is not None:
            self._remember_group(step)
        if step.foreach is not None:
            return self._split_items(step, step.foreach)
        if step.kind is Kind.PARALLEL:
            return self._split_branches(step)
        return self._first(step.body)

    def _first(self, index: int | None) -> Step:
        return self.workflow.steps[self.workflow.lists[index or 0].steps[0]]

    def _call(self, step: Step) -> Move:
        if self.packet.scope.mock and step.mock is not None:
            return self._complete(step, step.mock.render(self._names(step.mock)), reused=True)
        memo = self.packet.memo or self.packet.scope.memo
        known = memo.get(step_path(self.packet, step)) if memo else None
        if known is not None:
            # What is on record went through the step's output template already.
            return self._succeed(step, known.output, reused=True)
        self.packet = replace(self.packet, entered=True)
        return commands.Send(self.packet)

    def _choose(self, step: Step) -> Move:
        if step.timeout_ms is not None or step.retry is not None:
            self._remember_group(step)
        for case in step.cases:
            if case.condition.truth(self._names(case.condition)):
                return self._first(case.body)
        return self._complete(step, None) if step.otherwise is None else self._first(step.otherwise)

    def _wait_until(self, step: Step) -> int:
        if step.wait_until is None:
            return self.now_ms + (step.wait_ms or 0)
        value = step.wait_until.render(self._names(step.wait_until))
        if isinstance(value, str):
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                moment = None
            if moment is not None:
                return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)
        raise ExpressionError(
            f"wait.until must give an ISO 8601 date and time, got {str(value)[:80]!r}", key="/wait/until",
            hint="For example 2026-05-01T09:00:00-03:00.",
        )  # fmt: skip

    def _ask(self, step: Step) -> Command:
        approval = step.approval
        if approval is None:
            raise AssertionError(step)
        question = {
            "title": approval.title.render(self._names(approval.title)),
            "form": approval.form,
            "assignees": list(approval.assignees),
        }
        timeout_ms = approval.timeout_ms if approval.timeout_ms is not None else step.timeout_ms
        due_ms = None if timeout_ms is None else self.now_ms + timeout_ms
        return self._wait(step, WaitKind.APPROVAL, due_ms, timed_out(step, timeout_ms or 0), question)

    def _wait(
        self, step: Step, kind: WaitKind, due_ms: int | None, error: ErrorInfo | None, question: Any = None
    ) -> Command:
        deadline = packet_deadline(self.packet)
        if deadline is not None and (due_ms is None or deadline < due_ms):
            due_ms, error = deadline, timed_out(step, None)
        self.packet = replace(self.packet, entered=True)
        return commands.Wait(
            packet=self.packet, kind=kind, due_ms=due_ms, due_error=error if due_ms is not None else None,
            question=question,
        )  # fmt: skip

    def _split_items(self, step: Step, foreach: Template) -> Move:
        items = checked_items(foreach.render(self._names(foreach)))
        if not items:
            return self._complete(step, [])
        self.packet = replace(self.packet, entered=True)
        return split_items(self.packet, step, items)

    def _split_branches(self, step: Step) -> Command:
        self.packet = replace(self.packet, entered=True)
        return split_branches(self.packet, step)

    # Leaving a step

    def _skip(self, step: Step) -> Move:
        self._record(step, StepState.SKIPPED)
        return self._leave(step, Result(state=StepState.SKIPPED))

    def _complete(self, step: Step, output: Any, *, reused: bool = False) -> Move:
        if step.output is not None:
            names = self._names(step.output)
            names["steps"][step.id] = {"output": output, "error": None, "state": StepState.SUCCEEDED.value}
            try:
                output = step.output.render(names)
            except ExpressionError as error:
                return self._fail(step, expression_failed(error))
        return self._succeed(step, output, reused=reused)

    def _succeed(self, step: Step, output: Any, *, reused: bool) -> Move:
        self._record(step, StepState.SUCCEEDED, output=output, reused=reused)
        return self._leave(step, Result(output=output))

    def _leave(self, step: Step, result: Result) -> Move:
        """Go on after a step that has its result: the next sibling, or the end of the list."""
        packet = self.packet
        outputs = packet.outputs
        if step.live_after or outputs:
            outputs = {name: value for name, value in outputs.items() if name in step.live_after}
            if step.id in step.live_after and not step.inner:
                outputs[step.id] = result
        groups = packet.groups
        if groups:
            groups = self._around(step)
        self.packet = replace(packet, outputs=outputs, groups=groups)
        home = self.workflow.lists[step.home]
        if step.position + 1 < len(home.steps):
            return self.workflow.steps[home.steps[step.position + 1]]
        return self._end_of_list(home, result.output)

    def _end_of_list(self, home: StepList, output: Any) -> Move:
        if is_root(self.workflow.steps, home):
            if home.role is Role.TOP:
                return self._finish(output)
            return commands.Arrive(self.packet, BranchResult(index=self.packet.branch, output=output))
        owner = self.workflow.steps[home.owner or 0]
        if home.role is Role.HANDLER:
            failed = self.packet.outputs.get(owner.id, Result(state=StepState.FAILED))
            return self._leave(owner, replace(failed, output=output))
        return self._complete(owner, output)

    def _finish(self, output: Any) -> Command:
        template = self.workflow.output
        if template is not None:
            try:
                output = template.render(self._names(template))
            except ExpressionError as error:
                failed = expression_failed(replace_key(error, "/output"))
                return commands.Finish(self.packet, JobState.FAILED, error=failed)
        return commands.Finish(self.packet, JobState.SUCCEEDED, output=output)

    # Failing

    def _fail(self, step: Step, error: ErrorInfo, *, after_ms: int = 0) -> Move:
        path = step_path(self.packet, step)
        if not error.path or step.kind is Kind.CALL:
            # What a call brings may name a place in another job, which means nothing here.
            error = replace(error, path=path)
        # What fails because a step inside it timed out did not time out itself.
        state = StepState.TIMED_OUT if error.code == "timeout" and error.path == path else StepState.FAILED
        self._record(step, state, error=error)
        expired = self._expired(step)
        if expired is None:
            again = self._retry(step, error, after_ms)
            if again is not None:
                return again
            if step.continue_on_error:
                return self._leave(step, Result(error=error, state=state))
            if step.handler is not None:
                failed = Result(error=error, state=state)
                outputs = {**self.packet.outputs, step.id: failed}
                self.packet = replace(self.packet, outputs=outputs, groups=self._around(step))
                return self._first(step.handler)
        return self._fail_owner(step, error)

    def _fail_owner(self, step: Step, error: ErrorInfo) -> Move:
        """Nothing at the step itself dealt with the error: what it stands in fails with it."""
        home = self.workflow.lists[step.home]
        while not is_root(self.workflow.steps, home):
            owner = self.workflow.steps[home.owner or 0]
            if home.role is not Role.HANDLER:
                return self._fail(owner, self._relabel(owner, error))
            # The step that the handler was for is on record as failed; a failed handler makes that final.
            home = self.workflow.lists[owner.home]
        if home.role is Role.TOP:
            if self.packet.deadline_ms is not None and self.packet.deadline_ms <= self.now_ms:
                return commands.Finish(self.packet, JobState.TIMED_OUT, error=job_timed_out(error))
            return commands.Finish(self.packet, JobState.FAILED, error=error)
        return commands.Arrive(self.packet, BranchResult(index=self.packet.branch, error=error))

    def _relabel(self, owner: Step, error: ErrorInfo) -> ErrorInfo:
        """A group whose own time is up failed by timeout, whatever its last step said."""
        group = self.packet.groups.get(owner.n)
        if group is not None and group.deadline_ms is not None and group.deadline_ms <= self.now_ms:
            return timed_out(owner, owner.timeout_ms)
        return error

    def _expired(self, step: Step) -> int | None:
        """The outermost thing around the step whose time is up, -1 for what is around the packet: it decides."""
        if self.packet.deadline_ms is not None and self.packet.deadline_ms <= self.now_ms:
            return -1
        for n, group in sorted(self._around(step).items()):
            if group.deadline_ms is not None and group.deadline_ms <= self.now_ms:
                return n
        return None

    def _retry(self, step: Step, error: ErrorInfo, after_ms: int) -> Command | None:
        policy = step.retry
        if policy is None and step.kind is Kind.CALL:
            policy = self.service_retry
        if policy is None or not error.retryable:
            return None
        failures = self.packet.failures + 1 if step.kind is Kind.CALL else self._group_attempt(step)
        if failures >= policy.attempts:
            return None
        delay = max(after_ms, retry_delay_ms(policy, failures, self.chance))
        if step.kind is Kind.CALL:
            self.packet = replace(
                self.packet, step=step.n, entered=True, failures=failures, attempt=self.packet.attempt + 1
            )
            return commands.Send(self.packet, delay_ms=delay)
        deadline = None if step.timeout_ms is None else self.now_ms + delay + step.timeout_ms
        groups = {**self._around(step), step.n: GroupState(failures=failures, deadline_ms=deadline)}
        self.packet = replace(self.packet, step=step.n, entered=False, groups=groups, failures=0, attempt=1)
        return commands.Send(self.packet, delay_ms=delay)

    # What the walk knows

    def _remember_group(self, step: Step) -> None:
        known = self.packet.groups.get(step.n)
        if known is None:
            deadline = None if step.timeout_ms is None else self.now_ms + step.timeout_ms
            self.packet = replace(self.packet, groups={**self.packet.groups, step.n: GroupState(0, deadline)})

    def _around(self, step: Step) -> dict[int, GroupState]:
        """What is remembered of the groups around ``step``: they stand before it in document order."""
        return {n: group for n, group in self.packet.groups.items() if n < step.n}

    def _names(self, template: Template) -> dict[str, Any]:
        return names_for(self.packet, template)

    def _record(
        self, step: Step, state: StepState, *, output: Any = None, error: ErrorInfo | None = None, reused: bool = False
    ) -> None:
        current = step.n == self.packet.step
        self.records.append(
            StepRecord(
                path=step_path(self.packet, step),
                round=round_of(self.packet, step),
                attempt=self.packet.attempt if current and step.kind is Kind.CALL else self._group_attempt(step),
                n=step.n,
                state=state,
                uses=step.called,
                billed=_billed(step) if state is StepState.SUCCEEDED and not reused else None,
                input=self.inputs if current and not self.records else None,
                output=output,
                error=error,
                reused=reused,
            )
        )

    def _group_attempt(self, step: Step) -> int:
        group = self.packet.groups.get(step.n)
        return 1 if group is None else group.failures + 1


def _billed(step: Step) -> UUID | None:
    """The version of the service that a call is recorded as using; the built-in project costs nothing."""
    return None if step.kind is not Kind.CALL or step.uses is None or is_built_in(step.uses) else step.service
