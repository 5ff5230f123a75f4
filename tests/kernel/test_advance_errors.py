"""Failing: what a failure reaches, what stops it, and what is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from driver import run
from scripted import failing, script
from short_documents import call, choice, group, parallel, split
from short_packets import packet_at

from tropeiro.kernel.advance import advance
from tropeiro.kernel.commands import Finish
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail
from tropeiro.kernel.splitting import MAX_ITEMS
from tropeiro.kernel.states import JobState, StepState

JSON = Any

AT_A = {"with": {"error": "{{ steps.a.error }}", "state": "{{ steps.a.state }}", "output": "{{ steps.a.output }}"}}


def test_a_failed_step_fails_its_job_with_code_message_and_path() -> None:
    ended = run([call("a"), call("b")], script(a=failing("no_money", message="The account is empty.")))
    assert ended.state is JobState.FAILED
    assert ended.error == ErrorInfo(code="no_money", message="The account is empty.", path="a")
    assert ended.calls() == ["a"]


def test_a_failure_fails_everything_it_stands_in() -> None:
    ended = run([group("g", choice("c", ("{{ true }}", [call("a")]))), call("b")], script(g__c__a=failing()))
    assert ended.states() == {"g.c.a": "failed", "g.c": "failed", "g": "failed"}
    assert ended.error is not None
    assert ended.error.path == "g.c.a"


def test_the_error_of_a_call_stands_where_the_call_stands() -> None:
    stray = Fail(ErrorInfo(code="broken", message="Inside.", path="their.own.step"))
    ended = run([group("g", call("a"))], script(g__a=stray))
    assert ended.error is not None
    assert ended.error.path == "g.a"


# Going on after a failure


def test_with_continue_the_step_is_failed_and_the_job_goes_on() -> None:
    ended = run([call("a", on_error="continue"), call("b", **AT_A)], script(a=failing("no_money", message="Empty.")))
    assert ended.state is JobState.SUCCEEDED
    assert ended.states() == {"a": StepState.FAILED, "b": StepState.SUCCEEDED}
    error = {"code": "no_money", "message": "Empty.", "path": "a", "details": None}
    assert ended.output == {"error": error, "state": "failed", "output": None}


def test_a_step_that_succeeded_has_no_error() -> None:
    ended = run([call("a", on_error="continue"), call("b", **AT_A)], script(a=1))
    assert ended.output == {"error": None, "state": "succeeded", "output": 1}


@pytest.mark.parametrize(
    "step",
    [
        group("x", call("y")), split("x", call("y"), over=[1]), parallel("x", l=[call("y")]), call("x", foreach=[1]),
        choice("x", ("{{ true }}", [call("y")])),
    ],
)  # fmt: skip
@pytest.mark.parametrize("on_error", ["continue", [call("mend")]])
def test_every_kind_can_deal_with_what_fails_inside_it(step: JSON, on_error: JSON) -> None:
    after = call("after", **{"with": {"x": "{{ steps.x.output }}", "code": "{{ steps.x.error.code }}"}})
    answer = script(
        x__mend="mended",
        after=Done("end"),
        **{"x.y": failing(), "x[0].y": failing(), "x.l.y": failing(), "x[0]": failing()},
    )
    ended = run([{**step, "on_error": on_error}, after], answer)
    assert ended.state is JobState.SUCCEEDED
    assert ended.asked[-1].inputs == {"x": None if on_error == "continue" else "mended", "code": "broken"}
    assert ended.states()["x"] is StepState.FAILED


def test_a_failure_inside_a_handled_group_does_not_reach_what_is_around_it() -> None:
    steps = [group("outer", group("inner", call("a"), on_error="continue"), call("b"))]
    ended = run(steps, script(outer__inner__a=failing()))
    assert ended.states()["outer"] is StepState.SUCCEEDED


# Doing something else instead


def test_a_handler_runs_instead_and_its_last_output_is_the_steps() -> None:
    steps = [
        call("a", on_error=[call("h1", **{"with": {"code": "{{ steps.a.error.code }}"}}), call("h2", "h1")]),
        call("b", **AT_A),
    ]
    ended = run(steps, script(a=failing("no_money")))
    assert ended.calls() == ["a", "a.h1", "a.h2", "b"]
    assert ended.output["output"] == {"h1": {"code": "no_money"}}
    assert (ended.output["state"], ended.output["error"]["code"]) == ("failed", "no_money")


def test_a_handler_does_not_run_when_the_step_succeeded() -> None:
    assert run([call("a", on_error=[call("h")])], script(a=1)).calls() == ["a"]


def test_a_handler_sees_what_came_before_the_step() -> None:
    assert run([call("z"), call("a", on_error=[call("h", "z")])], script(z=1, a=failing())).output == {"z": 1}


def test_the_error_is_still_there_after_a_handler_that_does_not_name_it() -> None:
    steps = [call("a", on_error=[call("h1"), call("h2")]), call("b", **{"with": {"code": "{{ steps.a.error.code }}"}})]
    assert run(steps, script(a=failing())).output == {"code": "broken"}


def test_a_handler_of_steps_in_branches_can_name_the_error_too() -> None:
    handler = parallel("p", l=[call("h", **{"with": {"code": "{{ steps.a.error.code }}"}})])
    assert run([call("a", on_error=[handler])], script(a=failing())).output == {"l": {"code": "broken"}}


def test_when_a_handler_fails_its_error_is_final() -> None:
    steps = [group("g", call("a", on_error=[call("h")]), call("b")), call("c")]
    ended = run(steps, script(g__a=failing("first"), **{"g.a.h": failing("second")}))
    assert ended.error is not None
    assert (ended.error.code, ended.error.path) == ("second", "g.a.h")
    assert ended.states() == {"g.a": "failed", "g.a.h": "failed", "g": "failed"}


def test_what_is_around_a_failed_handler_may_deal_with_its_error() -> None:
    steps = [
        group("g", call("a", on_error=[call("h")]), on_error="continue"),
        call("c", **{"with": {"e": "{{ steps.g.error.path }}"}}),
    ]
    assert run(steps, script(g__a=failing(), **{"g.a.h": failing("second")})).output == {"e": "g.a.h"}


def test_a_handler_in_a_branch_that_fails_fails_the_branch() -> None:
    steps = [parallel("p", l=[call("a", on_error=[call("h")])])]
    ended = run(steps, script(**{"p.l.a": failing(), "p.l.a.h": failing("second")}))
    assert ended.error is not None
    assert ended.error.path == "p.l.a.h"


def test_handlers_nest() -> None:
    steps = [call("a", on_error=[call("h", on_error=[call("last")])])]
    ended = run(steps, script(a=failing(), **{"a.h": failing(), "a.h.last": "mended"}))
    assert (ended.state, ended.output) == (JobState.SUCCEEDED, "mended")


def test_a_step_with_a_handler_that_was_tried_again_succeeds_without_it() -> None:
    steps = [call("a", on_error=[call("h")], retry={"attempts": 2})]
    ended = run(steps, script(a=[failing(retryable=True), Done(1)]))
    assert (ended.calls(), ended.output) == (["a", "a"], 1)


# Expressions


@pytest.mark.parametrize(
    ("step", "key"),
    [
        (call("x", **{"if": "{{ inputs.gone }}"}), "/if"),
        (call("x", **{"with": {"deep": [{"n": "{{ inputs.n / 0 }}"}]}}), "/with/deep/0/n"),
        (split("x", call("y"), over="{{ inputs.gone }}"), "/foreach"),
        (split("x", call("y"), over="{{ inputs.n }}"), "/foreach"),
        (call("x", output="{{ steps.x.output.gone }}"), "/output"),
        (group("x", call("y"), output={"v": "{{ steps.x.output.gone }}"}), "/output/v"),
        (choice("x", ("{{ false }}", [call("y")]), ("{{ inputs.gone }}", [call("z")])), "/cases/1/if"),
        ({"id": "x", "wait": {"until": "{{ inputs.gone }}"}}, "/wait/until"),
        ({"id": "x", "approval": {"title": "Pay {{ inputs.gone }}?"}}, "/approval/title"),
    ],
)
def test_an_expression_that_fails_fails_its_step_and_names_its_key(step: JSON, key: str) -> None:
    ended = run([step], inputs={"n": 1})
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.path) == ("expression_error", "x")
    assert ended.error.details["key"].endswith(key)
    assert not ended.error.retryable


def test_an_expression_of_a_mock_that_fails_fails_its_step() -> None:
    ended = run([call("x", mock="{{ inputs.gone }}")], mock=True)
    assert ended.error is not None
    assert ended.error.details["key"].endswith("/mock")


def test_a_failed_expression_is_not_tried_again_but_may_be_handled() -> None:
    steps = [
        call("x", **{"with": {"n": "{{ inputs.gone }}"}}, retry={"attempts": 5}, on_error="continue"),
        call("after"),
    ]
    ended = run(steps)
    assert ended.calls() == ["after"]
    assert ended.delays == ()


def test_a_failed_output_template_is_one_failed_try() -> None:
    ended = run([call("a", output="{{ steps.a.output.gone }}", on_error="continue")], script(a={}))
    assert [(record.path, record.state.value) for record in ended.records] == [("a", "failed")]


def test_a_foreach_over_too_many_items_fails_with_a_hint() -> None:
    ended = run([split("x", call("y"), over="{{ inputs.many }}")], inputs={"many": [0] * (MAX_ITEMS + 1)})
    assert ended.error is not None
    assert "100001 items; the limit is 100000" in ended.error.message


def test_a_job_whose_output_template_fails_has_failed_although_its_steps_have_not() -> None:
    ended = run({"steps": [call("a")], "output": {"n": "{{ steps.a.output.gone }}"}}, script(a={}))
    assert ended.state is JobState.FAILED
    assert ended.error is not None
    assert (ended.error.code, ended.error.path, ended.error.details["key"]) == ("expression_error", "", "/output/n")
    assert ended.states() == {"a": StepState.SUCCEEDED}


@pytest.mark.parametrize("until", ["tomorrow", "", "2026-13-01", "12:00"])
def test_waiting_until_something_that_is_no_moment_fails_the_step(until: str) -> None:
    ended = run([{"id": "w", "wait": {"until": "{{ inputs.until }}"}}], inputs={"until": until})
    assert ended.error is not None
    assert (ended.error.code, ended.error.details["key"]) == ("expression_error", "/wait/until")
    assert "2026-05-01T09:00:00-03:00" in ended.error.message


@pytest.mark.parametrize("until", [None, 5, True, ["2026-01-01"], {}])
def test_waiting_until_something_that_is_no_text_fails_the_step(until: JSON) -> None:
    ended = run([{"id": "w", "wait": {"until": "{{ inputs.until }}"}, "on_error": "continue"}], inputs={"until": until})
    assert ended.states() == {"w": StepState.FAILED}


# Packets that workers could not execute


def test_a_packet_that_was_set_aside_fails_its_step() -> None:
    error = ErrorInfo(code="quarantined", message="Taken 5 times.")
    command = advance(packet_at([call("a", retry={"attempts": 9})]), Fail(error), now_ms=0).command
    assert isinstance(command, Finish)
    assert command.error is not None
    assert (command.state, command.error.code, command.error.path) == (JobState.FAILED, "quarantined", "a")
