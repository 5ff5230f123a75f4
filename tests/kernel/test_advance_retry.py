"""Trying again: of calls, and of everything that steps can stand in."""

from __future__ import annotations

from typing import Any

import pytest
from driver import run
from scripted import Asked, failing, script
from short_documents import call, choice, group, parallel, split

from tropeiro.kernel.outcome import Done, ErrorInfo, Outcome, Retry
from tropeiro.kernel.retry import RetryPolicy, retry_delay_ms
from tropeiro.kernel.states import JobState, StepState

JSON = Any

BUSY = failing("busy", retryable=True)


def retried(attempts: int, **more: Any) -> JSON:
    return {"retry": {"attempts": attempts, "delay": "1s", **more}}


def test_a_retryable_failure_is_tried_again_until_it_succeeds() -> None:
    ended = run([call("a", **retried(5))], script(a=[BUSY, BUSY, Done("ok")]))
    assert ended.output == "ok"
    assert [asked.attempt for asked in ended.asked] == [1, 2, 3]
    assert [(record.attempt, record.state) for record in ended.records] == [
        (1, StepState.FAILED), (2, StepState.FAILED), (3, StepState.SUCCEEDED),
    ]  # fmt: skip


def test_attempts_count_the_first_try() -> None:
    ended = run([call("a", **retried(3))], script(a=BUSY))
    assert ended.state is JobState.FAILED
    assert len(ended.asked) == 3


def test_a_failure_that_is_final_is_not_tried_again() -> None:
    assert len(run([call("a", **retried(3))], script(a=failing())).asked) == 1


def test_without_a_policy_nothing_is_tried_again() -> None:
    assert len(run([call("a")], script(a=BUSY)).asked) == 1


def test_the_services_own_policy_holds_where_the_step_says_nothing() -> None:
    policy = RetryPolicy(attempts=4, delay_ms=10)
    assert len(run([call("a")], script(a=BUSY), service_retry=policy).asked) == 4
    assert len(run([call("a", **retried(2))], script(a=BUSY), service_retry=policy).asked) == 2
    assert len(run([call("a", **retried(1))], script(a=BUSY), service_retry=policy).asked) == 1


def test_delays_grow_by_the_backoff_up_to_the_most() -> None:
    steps = [call("a", **retried(7, backoff=2, max_delay="10s", jitter=0))]
    assert run(steps, script(a=BUSY)).delays == (1000, 2000, 4000, 8000, 10_000, 10_000)


def test_jitter_adds_up_to_its_share_of_the_delay() -> None:
    steps = [call("a", **retried(3, backoff=2, jitter=0.5))]
    assert run(steps, script(a=BUSY), chance=0.0).delays == (1000, 2000)
    assert run(steps, script(a=BUSY), chance=0.5).delays == (1250, 2500)
    assert run(steps, script(a=BUSY), chance=0.999).delays == (1499, 2999)


@pytest.mark.parametrize("failures", [1, 2, 10, 100, 10_000])
@pytest.mark.parametrize("chance", [0.0, 0.3, 0.999_999])
def test_a_delay_is_never_beyond_its_bounds(failures: int, chance: float) -> None:
    policy = RetryPolicy(attempts=100, delay_ms=500, backoff=10, max_delay_ms=60_000, jitter=0.2)
    assert 500 <= retry_delay_ms(policy, failures, chance) < 72_000


def test_a_delay_of_nothing_stays_nothing() -> None:
    assert retry_delay_ms(RetryPolicy(attempts=5, delay_ms=0), 4, 0.9) == 0


def test_the_services_word_when_to_come_back_is_heard() -> None:
    later = Retry(ErrorInfo(code="busy", message="Later.", retryable=True), after_ms=30_000)
    ended = run([call("a", **retried(2, jitter=0))], script(a=[later, Done(1)]))
    assert ended.delays == (30_000,)


def test_the_steps_own_delay_holds_when_it_is_longer() -> None:
    sooner = Retry(ErrorInfo(code="busy", message="Soon.", retryable=True), after_ms=10)
    assert run([call("a", **retried(2, jitter=0))], script(a=[sooner, Done(1)])).delays == (1000,)


def test_the_word_when_to_come_back_alone_is_no_retry() -> None:
    later = Retry(ErrorInfo(code="busy", message="Later.", retryable=True), after_ms=30_000)
    assert run([call("a")], script(a=later)).state is JobState.FAILED


def test_the_next_step_begins_with_its_first_attempt() -> None:
    ended = run([call("a", **retried(3)), call("b", **retried(2))], script(a=[BUSY, BUSY, Done(1)], b=[BUSY, Done(2)]))
    assert [(asked.path, asked.attempt) for asked in ended.asked] == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2)]


# Groups


def by_round(path: str, *answers: Outcome) -> Any:
    """The call at ``path`` answers by round, every other one with its path."""

    def answer(asked: Asked) -> Outcome:
        return answers[min(asked.round, len(answers) - 1)] if asked.path == path else Done(asked.path)

    return answer


def test_a_group_is_run_again_as_a_whole() -> None:
    steps = [group("g", call("a"), call("b"), **retried(3))]
    ended = run(steps, by_round("g.b", BUSY, BUSY, Done("ok")))
    assert ended.output == "ok"
    assert ended.calls() == ["g.a", "g.b"] * 3
    assert [(record.path, record.round, record.attempt, record.state.value) for record in ended.records] == [
        ("g.a", 0, 1, "succeeded"), ("g.b", 0, 1, "failed"), ("g", 0, 1, "failed"),
        ("g.a", 1, 1, "succeeded"), ("g.b", 1, 1, "failed"), ("g", 0, 2, "failed"),
        ("g.a", 2, 1, "succeeded"), ("g.b", 2, 1, "succeeded"), ("g", 0, 3, "succeeded"),
    ]  # fmt: skip


def test_a_group_is_not_run_again_for_a_final_failure() -> None:
    assert len(run([group("g", call("a"), **retried(3))], script(g__a=failing())).asked) == 1


def test_the_tries_of_a_call_begin_anew_in_every_round_of_its_group() -> None:
    ended = run([group("g", call("a", **retried(2)), **retried(2))], script(g__a=BUSY))
    assert [(asked.round, asked.attempt) for asked in ended.asked] == [(0, 1), (0, 2), (1, 1), (1, 2)]


def test_what_a_group_reads_from_before_is_there_in_every_round() -> None:
    steps = [call("before"), group("g", call("a", "before"), call("b", "a"), **retried(2))]
    assert run(steps, by_round("g.b", BUSY, Done("ok"))).output == "ok"


@pytest.mark.parametrize("attempts", [1, 2, 3])
def test_no_two_tries_of_a_step_have_the_same_round_and_attempt(attempts: int) -> None:
    inner = group("inner", call("a", **retried(attempts)), **retried(attempts))
    ended = run([group("outer", inner, **retried(attempts))], script(outer__inner__a=BUSY))
    tried = [(asked.round, asked.attempt) for asked in ended.asked]
    assert len(set(tried)) == len(tried) == attempts**3
    assert sorted(tried) == tried


def test_rounds_stay_apart_across_the_packets_of_a_split() -> None:
    inner = parallel("p", l=[group("inner", call("a"), **retried(2))])
    ended = run([group("outer", {**inner, **retried(2)}, **retried(2))], script(outer__p__l__inner__a=BUSY))
    assert sorted(asked.round for asked in ended.asked) == list(range(8))


def test_rounds_of_many_nested_retries_still_fit_the_databases_integers() -> None:
    steps: list[JSON] = [call("a")]
    for level in range(3):
        steps = [group(f"g{level}", *steps, **retried(100, delay="0s"))]
    path = "g2.g1.g0.a"
    tries = iter(range(400))

    def answer(asked: Asked) -> Outcome:
        assert asked.path == path
        assert 0 <= asked.round < 2**31
        return BUSY if next(tries) < 350 else Done(1)

    assert run(steps, answer).output == 1


@pytest.mark.parametrize(
    "step",
    [
        split("x", call("y"), over=[1]), parallel("x", l=[call("y")]), choice("x", ("{{ true }}", [call("y")])),
    ],
)  # fmt: skip
def test_splits_and_choices_are_run_again_too(step: JSON) -> None:
    ended = run([{**step, **retried(3)}], lambda asked: BUSY if asked.round < 2 else Done("ok"))
    assert ended.state is JobState.SUCCEEDED
    assert [asked.round for asked in ended.asked] == [0, 1, 2]
    assert [(r.attempt, r.state.value) for r in ended.records if r.path == "x"] == [
        (1, "failed"), (2, "failed"), (3, "succeeded"),
    ]  # fmt: skip


def test_a_call_for_each_item_is_tried_again_item_by_item() -> None:
    steps = [call("a", foreach=[1, 2], **retried(2))]
    ended = run(steps, script(**{"a[0]": [BUSY, Done("first")], "a[1]": "second"}))
    assert ended.output == ["first", "second"]
    assert sorted(ended.calls()) == ["a[0]", "a[0]", "a[1]"]


def test_on_error_comes_after_the_last_try() -> None:
    steps = [call("a", on_error="continue", **retried(2)), call("b", **{"with": {"code": "{{ steps.a.error.code }}"}})]
    ended = run(steps, script(a=BUSY))
    assert ended.calls() == ["a", "a", "b"]
    assert ended.output == {"code": "busy"}
