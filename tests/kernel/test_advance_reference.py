"""The real ``advance`` against the naive interpreter: random workflows, random answers, random interleavings."""

from __future__ import annotations

from typing import Any

from driver import Driver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_workflows import INPUTS, Plan, approvals_in, blurred, documents, good_answers, plans
from reference_interpreter import Interpreter, Ran
from scripted import Asked, Ended

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome
from tropeiro.kernel.packet import Result
from tropeiro.kernel.states import StepState
from tropeiro.kernel.workflow import Kind

JSON = Any

MAX_DECISIONS = 30_000

seeds = st.one_of(st.none(), st.integers(0, 2**32))


class Approvals(dict[str, Any]):
    """Forms by path of the approval, looked up by the id at its end."""

    def __contains__(self, path: object) -> bool:
        return super().__contains__(str(path).rpartition(".")[2])

    def __getitem__(self, path: str) -> Any:
        return super().__getitem__(path.rpartition(".")[2])


def really(document: JSON, plan: Plan, seed: int | None, *, mock: bool = False, memo: Any = None) -> Ended:
    def answer(asked: Asked) -> Outcome:
        said = plan.say(asked.path, asked.round, asked.attempt, asked.inputs)
        if said.failed:
            return Fail(ErrorInfo(code=said.code, message="No.", retryable=said.retryable))
        return Done(said.output)

    forms = Approvals(plan.forms(approvals_in(document)))
    return Driver(
        document, answer, inputs=INPUTS, seed=seed, approvals=forms, mock=mock, memo=memo, max_decisions=MAX_DECISIONS
    ).run()


def naively(document: JSON, plan: Plan, ended: Ended, *, mock: bool = False) -> Ran:
    """What should have come of it, given which branches had arrived when a split ended."""
    merges = {(merge.path, merge.round, merge.attempt): list(merge.arrived) for merge in ended.merges}
    forms = plan.forms(approvals_in(document))
    return Interpreter(
        document, plan.say, lambda *place: merges.get(place), inputs=INPUTS, forms=forms, mock=mock
    ).run()


def below(path: str, splits: set[str]) -> bool:
    return any(path.startswith((f"{split}.", f"{split}[")) for split in splits)


def check_agreement(ended: Ended, ran: Ran) -> None:
    assert ended.state.value == ran.state
    assert blurred(ended.output) == blurred(ran.output)
    assert (None if ended.error is None else (ended.error.code, ended.error.path)) == ran.error
    history = {(record.path, record.round, record.attempt): record.state.value for record in ended.records}
    for place, state in history.items():
        if state == StepState.CANCELLED:
            assert below(place[0], ran.cut), place
        else:
            assert ran.history.get(place) == state, place
    for place, state in ran.history.items():
        assert history.get(place) == state or below(place[0], ran.cut), place


relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@settings(relaxed, max_examples=400)
@given(documents(), plans(), seeds, st.booleans())
def test_a_job_ends_as_the_naive_interpreter_says(document: JSON, plan: Plan, seed: int | None, mock: bool) -> None:
    ended = really(document, plan, seed, mock=mock)
    check_agreement(ended, naively(document, plan, ended, mock=mock))


@settings(relaxed, max_examples=150)
@given(documents(), plans(), seeds)
def test_a_job_takes_no_more_decisions_than_its_history_is_long(document: JSON, plan: Plan, seed: int | None) -> None:
    ended = really(document, plan, seed)
    assert ended.decisions <= 3 * len(ended.records) + 1


@settings(relaxed, max_examples=150)
@given(documents(joins=("all", "settled")), plans(), st.tuples(seeds, seeds))
def test_the_order_in_which_branches_end_changes_nothing(
    document: JSON, plan: Plan, two: tuple[int | None, int | None]
) -> None:
    """Unless one fails while others are under way: then which of them got how far is a matter of luck."""
    ended, again = (really(document, plan, seed) for seed in two)
    if not naively(document, plan, ended).cut and not naively(document, plan, again).cut:
        assert (ended.state, ended.output, ended.error) == (again.state, again.output, again.error)
        assert ended.states() == again.states()


@settings(relaxed, max_examples=150)
@given(documents(joins=("all", "settled")), plans(good_answers), seeds)
def test_a_rerun_of_a_job_without_failures_calls_nothing_and_gives_the_same(
    document: JSON, plan: Plan, seed: int | None
) -> None:
    ended = really(document, plan, seed)
    steps = compile_document(document).steps
    memo = {
        record.path: Result(output=record.output)
        for record in ended.records
        if record.state is StepState.SUCCEEDED and steps[record.n].kind is Kind.CALL
    }
    again = really(document, plan, seed, memo=memo)
    if set(ended.states().values()) <= {StepState.SUCCEEDED, StepState.SKIPPED}:
        assert again.asked == ()
        assert (again.state, again.output, again.states()) == (ended.state, ended.output, ended.states())
