"""Waiting, being asked, being called back, and running out of time."""

from __future__ import annotations

from typing import Any

import pytest
from driver import run
from scripted import After, Asked, failing, script
from short_documents import call, choice, group, parallel, split
from short_packets import NOW_MS, packet_at

from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Finish, Send, Wait, WaitKind
from tropeiro.kernel.outcome import BranchResult, Done, ErrorInfo, Fail, Joined, Outcome
from tropeiro.kernel.outcome import Wait as WaitForCallback
from tropeiro.kernel.packet import GroupState
from tropeiro.kernel.states import JobState, StepState

JSON = Any

SECOND, MINUTE, HOUR = 1000, 60_000, 3_600_000


# Waits


def test_a_wait_takes_as_long_as_it_says_and_gives_null() -> None:
    ended = run([{"id": "w", "wait": "10m"}, call("a", "w")])
    assert ended.output == {"w": None}
    assert ended.took_ms == 10 * MINUTE


def test_a_wait_until_a_moment_ends_then() -> None:
    steps = [{"id": "w", "wait": {"until": "{{ inputs.until }}"}}]
    for until in ("2023-11-14T23:13:20Z", "2023-11-14T20:13:20-03:00", "2023-11-14T23:13:20"):
        assert run(steps, inputs={"until": until}).took_ms == HOUR


def test_a_date_alone_is_its_midnight_in_utc() -> None:
    command = advance(packet_at([{"id": "w", "wait": {"until": "2026-05-01"}}], entered=False), None, now_ms=0).command
    assert isinstance(command, Wait)
    assert (command.kind, command.due_ms, command.due_error) == (WaitKind.TIMER, 1_777_593_600_000, None)


def test_a_moment_that_has_passed_is_not_waited_for() -> None:
    assert run([{"id": "w", "wait": {"until": "1990-01-01"}}]).took_ms == 0


def test_waits_in_branches_pass_at_the_same_time() -> None:
    steps = [parallel("p", l=[{"id": "a", "wait": "1h"}], r=[{"id": "b", "wait": "2h"}])]
    assert run(steps).took_ms == 2 * HOUR


# Approvals


def asks(**keys: Any) -> JSON:
    return {"id": "ok", "approval": {"title": "Pay {{ inputs.sum }}?", **keys}}


def test_an_approval_asks_with_its_title_rendered_and_gives_the_form() -> None:
    form = {"type": "object"}
    steps = [asks(form=form, assignees=["ana"]), call("a", "ok")]
    ended = run(steps, inputs={"sum": 5}, approvals={"ok": {"yes": True}})
    assert ended.questions == ({"title": "Pay 5?", "form": form, "assignees": ["ana"]},)
    assert ended.output == {"ok": {"yes": True}}


def test_an_approval_in_a_branch_is_asked_at_its_own_path() -> None:
    steps = [split("f", asks(), over=[1, 2])]
    ended = run(steps, inputs={"sum": 5}, approvals={"f[0].ok": "yes", "f[1].ok": "no"})
    assert ended.output == ["yes", "no"]


@pytest.mark.parametrize("step", [asks(timeout="1h"), {**asks(), "timeout": "1h"}])
def test_an_approval_that_nobody_answers_times_out(step: JSON) -> None:
    ended = run([step], inputs={"sum": 5})
    assert ended.states() == {"ok": StepState.TIMED_OUT}
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.path, ended.took_ms) == ("timeout", "ok", HOUR)


def test_an_approval_without_a_time_limit_waits_for_as_long_as_it_takes() -> None:
    command = advance(packet_at([{"id": "ok", "approval": {"title": "?"}}], entered=False), None, now_ms=0).command
    assert isinstance(command, Wait)
    assert (command.kind, command.due_ms, command.due_error) == (WaitKind.APPROVAL, None, None)


def test_an_approval_that_timed_out_can_be_handled() -> None:
    steps = [{**asks(timeout="1h"), "on_error": [call("h")]}, call("a", **{"with": {"s": "{{ steps.ok.state }}"}})]
    assert run(steps, inputs={"sum": 5}).output == {"s": "timed_out"}


# Callbacks


def test_a_call_that_will_be_answered_later_waits_for_its_callback() -> None:
    answer = script(a=WaitForCallback(timeout_ms=HOUR))
    ended = run([call("a"), call("b", "a")], answer, callbacks={"a": After(MINUTE, Done("called back"))})
    assert ended.output == {"a": "called back"}
    assert ended.took_ms == MINUTE


def test_a_callback_may_bring_a_failure_which_is_tried_again() -> None:
    busy = failing(retryable=True)
    answer = script(a=[WaitForCallback(timeout_ms=HOUR), Done("ok")])
    steps = [call("a", retry={"attempts": 2, "delay": "1s", "jitter": 0})]
    ended = run(steps, answer, callbacks={"a": After(MINUTE, busy)})
    assert (ended.output, ended.took_ms) == ("ok", MINUTE + SECOND)


def test_a_callback_that_never_comes_times_the_call_out() -> None:
    ended = run([call("a")], script(a=WaitForCallback(timeout_ms=HOUR)))
    assert ended.states() == {"a": StepState.TIMED_OUT}
    assert ended.took_ms == HOUR


def test_waiting_for_a_callback_ends_with_what_is_around_it() -> None:
    ended = run(
        [group("g", call("a"), timeout="1m", on_error="continue")], script(g__a=WaitForCallback(timeout_ms=HOUR))
    )
    assert (ended.took_ms, ended.states()["g"]) == (MINUTE, StepState.TIMED_OUT)


# Time limits


def slow(ms: int, outcome: Outcome | None = None) -> Any:
    """Every call takes so long."""

    def answer(asked: Asked) -> After:
        return After(ms, outcome or Done(asked.path))

    return answer


def test_a_call_that_takes_too_long_times_out_and_may_be_tried_again() -> None:
    steps = [call("a", timeout="1m", retry={"attempts": 2, "delay": "1s", "jitter": 0})]
    ended = run(steps, script(a=[After(HOUR, Done(1)), After(SECOND, Done(2))]))
    assert ended.output == 2
    assert [record.state for record in ended.records] == [StepState.TIMED_OUT, StepState.SUCCEEDED]
    assert ended.took_ms == MINUTE + 2 * SECOND


def test_a_step_that_timed_out_fails_its_group_which_did_not_time_out() -> None:
    ended = run([group("g", call("a", timeout="1m"))], slow(HOUR))
    assert ended.states() == {"g.a": StepState.TIMED_OUT, "g": StepState.FAILED}
    assert ended.state is JobState.FAILED


INSIDE = {
    "group": (group("x", call("y")), "x.y"),
    "choice": (choice("x", ("{{ true }}", [call("y")])), "x.y"),
    "foreach": (split("x", call("y"), over=[1, 2]), "x[0].y"),
    "parallel": (parallel("x", l=[call("y")], r=[call("z")]), "x.l.y"),
}


@pytest.mark.parametrize("kind", INSIDE)
@pytest.mark.parametrize("seed", range(6))
def test_what_a_step_stands_in_times_out_as_itself(kind: str, seed: int) -> None:
    """Whichever comes first: the end of a branch's call, or that of its parent's patience."""
    step, path = INSIDE[kind]
    ended = run([call("before"), {**step, "timeout": "1m"}], slow(50 * SECOND), seed=seed)
    assert ended.took_ms == 50 * SECOND + 50 * SECOND
    ended = run([call("before"), {**step, "timeout": "1m"}], slow(70 * SECOND), seed=seed)
    assert ended.took_ms == 70 * SECOND + MINUTE
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.path) == ("timeout", "x")
    assert ended.states()["x"] is StepState.TIMED_OUT
    assert ended.states()[path] in (StepState.TIMED_OUT, StepState.CANCELLED)


CONTINUING = {
    "group": group("x", call("y", on_error="continue")),
    "choice": choice("x", ("{{ true }}", [call("y", on_error="continue")])),
    "foreach": split("x", call("y", on_error="continue"), over=[1, 2]),
    "parallel": parallel("x", l=[call("y", on_error="continue")], r=[call("z", on_error="continue")]),
}


@pytest.mark.parametrize("kind", CONTINUING)
@pytest.mark.parametrize("seed", range(4))
def test_a_time_limit_is_dealt_with_where_it_stands_and_nowhere_inside(kind: str, seed: int) -> None:
    step = {**CONTINUING[kind], "timeout": "1m", "on_error": "continue"}
    after = call("after", **{"with": {"path": "{{ steps.x.error.path }}", "state": "{{ steps.x.state }}"}})

    def answer(asked: Asked) -> Outcome | After:
        return Done(asked.inputs) if asked.path == "around.after" else After(HOUR, Done())

    ended = run([group("around", step, after)], answer, seed=seed)
    assert ended.state is JobState.SUCCEEDED
    assert ended.output == {"path": "around.x", "state": "timed_out"}
    assert ended.took_ms == MINUTE


def test_the_inner_of_two_groups_timing_out_leaves_the_outer_its_on_error() -> None:
    inner = group("inner", call("a"), timeout="1m")
    steps = [
        group("outer", inner, timeout="1h", on_error="continue"),
        call("b", **{"with": {"s": "{{ steps.outer.state }}"}}),
    ]
    ended = run(steps, lambda asked: Done(asked.inputs) if asked.path == "b" else After(HOUR, Done()))
    assert ended.output == {"s": "failed"}
    assert ended.states() == {
        "outer.inner.a": StepState.TIMED_OUT, "outer.inner": StepState.TIMED_OUT, "outer": StepState.FAILED,
        "b": StepState.SUCCEEDED,
    }  # fmt: skip


def test_the_outer_of_two_groups_timing_out_is_not_for_the_inner_to_handle() -> None:
    inner = group("inner", call("a"), on_error="continue", retry={"attempts": 9})
    ended = run([group("outer", inner, timeout="1m")], slow(HOUR))
    assert ended.error is not None
    assert (ended.error.path, ended.took_ms, len(ended.asked)) == ("outer", MINUTE, 1)


@pytest.mark.parametrize("kind", ["foreach", "parallel"])
def test_a_split_whose_branch_was_the_first_to_notice_the_time_times_out_as_itself(kind: str) -> None:
    step = {**INSIDE[kind][0], "timeout": "1m"}
    late = ErrorInfo(code="timeout", message="Late.", retryable=True, path=INSIDE[kind][1])
    packet = packet_at([step], groups={0: GroupState(0, NOW_MS)})
    decided = advance(packet, Joined((BranchResult(index=0, error=late),)), now_ms=NOW_MS)
    assert isinstance(decided.command, Finish)
    assert decided.command.error is not None
    assert (decided.command.state, decided.command.error.path) == (JobState.FAILED, "x")
    assert decided.records[0].state is StepState.TIMED_OUT


def test_every_try_of_a_group_has_the_whole_time() -> None:
    steps = [
        group("g", call("a"), call("b"), timeout="1m", retry={"attempts": 3, "delay": "5s", "backoff": 1, "jitter": 0})
    ]
    ended = run(steps, slow(40 * SECOND))
    assert [record.state for record in ended.records if record.path == "g"] == [StepState.TIMED_OUT] * 3
    assert ended.took_ms == 3 * MINUTE + 2 * 5 * SECOND


def test_the_time_of_a_group_ends_with_the_group() -> None:
    ended = run([group("g", call("a"), timeout="1m"), call("b")], slow(50 * SECOND))
    assert (ended.state, ended.output) == (JobState.SUCCEEDED, "b")


def test_a_wait_longer_than_its_group_may_take_times_out_with_it() -> None:
    ended = run([group("g", {"id": "w", "wait": "1h", "on_error": "continue"}, timeout="1m", on_error="continue")])
    assert ended.took_ms == MINUTE
    assert ended.states() == {"g.w": StepState.TIMED_OUT, "g": StepState.TIMED_OUT}


def test_an_approval_longer_than_its_group_may_take_times_out_with_it() -> None:
    ended = run([group("g", asks(timeout="1d"), timeout="1m")], inputs={"sum": 1})
    assert ended.error is not None
    assert (ended.error.path, ended.took_ms) == ("g", MINUTE)


def test_a_call_for_each_item_has_its_time_for_each_item() -> None:
    steps = [call("a", foreach=[1, 2, 3], concurrency=1, timeout="1m")]
    ended = run(steps, slow(50 * SECOND))
    assert (ended.state, ended.took_ms) == (JobState.SUCCEEDED, 150 * SECOND)


# The job's own time


@pytest.mark.parametrize("kind", CONTINUING)
@pytest.mark.parametrize("seed", range(4))
def test_a_job_whose_time_is_up_has_timed_out_whatever_its_steps_would_do(kind: str, seed: int) -> None:
    step = {**CONTINUING[kind], "on_error": "continue", "retry": {"attempts": 9}}
    ended = run({"timeout": "1m", "steps": [step, call("after")]}, slow(HOUR), seed=seed)
    assert ended.state is JobState.TIMED_OUT
    assert ended.error is not None
    assert ended.error.code == "timeout"
    assert ended.error.path.startswith("x")
    assert ended.took_ms == MINUTE
    assert "after" not in ended.states()


def test_a_job_is_timed_out_also_when_a_step_failed_of_itself_too_late() -> None:
    late = advance(packet_at([call("a", on_error="continue")], deadline_ms=NOW_MS), failing("broken"), now_ms=NOW_MS)
    assert isinstance(late.command, Finish)
    assert late.command.error is not None
    assert (late.command.state, late.command.error.code) == (JobState.TIMED_OUT, "timeout")
    assert late.command.error.path == "a"
    assert "It broke." in late.command.error.message


def test_a_job_that_ends_in_its_time_is_not_timed_out() -> None:
    ended = run({"timeout": "1m", "steps": [call("a")]}, slow(50 * SECOND))
    assert ended.state is JobState.SUCCEEDED


def test_a_wait_longer_than_the_job_may_take_times_it_out() -> None:
    ended = run({"timeout": "1m", "steps": [{"id": "w", "wait": "1h"}]})
    assert (ended.state, ended.took_ms) == (JobState.TIMED_OUT, MINUTE)


# What advance itself promises


def test_a_packet_that_stands_at_a_call_is_told_to_make_it() -> None:
    packet = packet_at([call("a")])
    assert advance(packet, None, now_ms=0).command == Send(packet)


def test_the_same_question_gets_the_same_decision() -> None:
    steps = [group("g", call("a", retry={"attempts": 3}), timeout="1m")]
    packet = packet_at(steps, 1, groups={0: GroupState(0, NOW_MS + MINUTE)})
    error = Fail(ErrorInfo(code="busy", message="Busy.", retryable=True))
    decided = [advance(packet, error, now_ms=NOW_MS, chance=0.5) for _ in range(2)]
    assert decided[0] == decided[1]
