"""What happens to the kinds of step, and to the keys that all of them have."""

from __future__ import annotations

from typing import Any

import pytest
from driver import run
from scripted import failing, script
from short_documents import call, choice, group, parallel, split
from short_packets import JOB

from tropeiro.kernel.outcome import Done
from tropeiro.kernel.packet import Result
from tropeiro.kernel.states import JobState, StepState


def test_a_call_gets_its_with_rendered_and_gives_what_the_service_returned() -> None:
    steps = [call("a", **{"with": {"n": "{{ inputs.n + 1 }}", "text": "n={{ inputs.n }}"}})]
    ended = run(steps, script(a={"rows": [1]}), inputs={"n": 1})
    assert ended.asked[0].inputs == {"n": 2, "text": "n=1"}
    assert ended.asked[0].service == "core/set@1"
    assert (ended.state, ended.output) == (JobState.SUCCEEDED, {"rows": [1]})


def test_steps_run_one_after_the_other_and_the_last_output_is_the_jobs() -> None:
    ended = run([call("a"), call("b"), call("c")], script(a=1, b=2, c=3))
    assert ended.calls() == ["a", "b", "c"]
    assert ended.output == 3


def test_a_later_step_sees_what_an_earlier_one_gave() -> None:
    assert run([call("a"), call("b", "a")], script(a=Done([1, 2]))).output == {"a": [1, 2]}


def test_a_group_gives_the_output_of_its_last_step() -> None:
    ended = run([group("g", call("a"), call("b")), call("c", "g")], script(g__a=1, g__b=2))
    assert ended.output == {"g": 2}
    assert ended.calls() == ["g.a", "g.b", "c"]
    assert ended.record("g").output == 2


def test_groups_nest() -> None:
    steps: list[Any] = [call("deep")]
    for level in range(15):
        steps = [group(f"g{level}", *steps)]
    ended = run(steps, lambda asked: Done(asked.path.count(".")))
    assert ended.output == 15
    assert ended.decisions <= 2


def test_a_choice_takes_the_first_case_that_applies() -> None:
    cases = [
        ("{{ inputs.n > 5 }}", [call("high")]),
        ("{{ inputs.n > 1 }}", [call("middle")]),
        ("{{ true }}", [call("low")]),
    ]
    for n, taken in ((9, "high"), (3, "middle"), (0, "low")):
        assert run([choice("c", *cases)], lambda asked: Done(asked.path), inputs={"n": n}).output == f"c.{taken}"


def test_a_choice_without_a_fitting_case_runs_else() -> None:
    steps = [choice("c", ("{{ inputs.n > 5 }}", [call("high")]), **{"else": [call("low"), call("lower")]})]
    assert run(steps, script(c__lower="else"), inputs={"n": 0}).output == "else"


def test_a_choice_with_nothing_to_take_gives_null_and_succeeds() -> None:
    ended = run([choice("c", ("{{ false }}", [call("a")])), call("b", "c")])
    assert ended.output == {"c": None}
    assert ended.record("c").state is StepState.SUCCEEDED


def test_a_step_whose_if_is_false_is_skipped_and_gives_null() -> None:
    steps = [
        call("a", **{"if": "{{ inputs.n > 1 }}"}),
        call("b", **{"with": {"a": "{{ steps.a.output }}", "why": "{{ steps.a.state }}"}}),
    ]
    ended = run(steps, inputs={"n": 0})
    assert ended.output == {"a": None, "why": "skipped"}
    assert ended.states() == {"a": StepState.SKIPPED, "b": StepState.SUCCEEDED}


@pytest.mark.parametrize(
    "step",
    [
        call("x"), call("x", foreach=[1]), group("x", call("y")), split("x", call("y")), parallel("x", l=[call("y")]),
        choice("x", ("{{ true }}", [call("y")])), {"id": "x", "wait": "1h"}, {"id": "x", "approval": {"title": "?"}},
    ],
)  # fmt: skip
def test_every_kind_can_be_skipped(step: Any) -> None:
    ended = run([{**step, "if": False}])
    assert ended.states() == {"x": StepState.SKIPPED}
    assert (ended.state, ended.output, ended.asked, ended.took_ms) == (JobState.SUCCEEDED, None, (), 0)


def test_the_last_step_of_a_group_being_skipped_makes_the_group_null() -> None:
    assert run([group("g", call("a"), call("b", **{"if": False})), call("c", "g")], script(g__a=1)).output == {
        "g": None
    }


def test_an_output_template_makes_the_output_from_the_steps_own_result() -> None:
    ended = run(
        [call("a", output={"n": "{{ steps.a.output.rows | length }}"}), call("b", "a")], script(a={"rows": [1, 2]})
    )
    assert ended.output == {"a": {"n": 2}}
    assert ended.record("a").output == {"n": 2}


@pytest.mark.parametrize(
    ("step", "own"),
    [
        (call("x"), {}), (call("x", foreach=[1]), [{}]), (group("x", call("y")), {}), (split("x", call("y")), [{}, {}]),
        (parallel("x", l=[call("y")]), {"l": {}}), (choice("x", ("{{ true }}", [call("y")])), {}),
        ({"id": "x", "wait": "1h"}, None),
    ],
)  # fmt: skip
def test_every_kind_can_have_an_output_template_which_sees_earlier_steps_too(step: Any, own: Any) -> None:
    step = {**step, "output": ["{{ steps.x.output }}", "{{ steps.before.output }}"]}
    assert run([call("before"), step], script(before=7)).output == [own, 7]


def test_expressions_see_inputs_vars_and_the_job() -> None:
    document = {
        "vars": {"k": 7},
        "steps": [call("a", **{"with": {"k": "{{ vars.k }}", "job": "{{ job }}", "all": "{{ inputs }}"}})],
    }
    seen = run(document, inputs={"n": 1}).output
    assert (seen["k"], seen["all"]) == (7, {"n": 1})
    assert seen["job"] == {
        "id": str(JOB), "workflow": "tests/job@1", "started_at": "2023-11-14T22:13:20.000Z", "attempt": 1,
    }  # fmt: skip


def test_the_documents_output_is_rendered_at_the_end() -> None:
    document = {"steps": [call("a"), call("b")], "output": {"first": "{{ steps.a.output }}", "n": "{{ inputs.n }}"}}
    assert run(document, script(a=1), inputs={"n": 2}).output == {"first": 1, "n": 2}


def test_every_step_that_ended_is_on_record_in_the_order_of_the_ends() -> None:
    ended = run([group("g", call("a"), call("b", **{"if": False})), call("c")])
    assert [(record.path, record.state.value) for record in ended.records] == [
        ("g.a", "succeeded"), ("g.b", "skipped"), ("g", "succeeded"), ("c", "succeeded"),
    ]  # fmt: skip


def test_the_record_of_a_call_tells_its_inputs_and_its_service() -> None:
    record = run([call("a", **{"with": {"n": 1}})], script(a=2)).record("a")
    assert (record.input, record.output, record.uses, record.n, record.attempt) == ({"n": 1}, 2, "core/set@1", 0, 1)


# Mocks


def test_a_test_run_gives_the_mock_instead_of_calling() -> None:
    steps = [call("a", mock={"n": "{{ inputs.n }}"}), call("b", "a")]
    ended = run(steps, inputs={"n": 1}, mock=True)
    assert ended.calls() == ["b"]
    assert ended.output == {"a": {"n": 1}}
    assert ended.record("a").reused


def test_a_real_run_ignores_the_mock() -> None:
    assert run([call("a", mock=1)], script(a=2)).output == 2


def test_a_mock_for_each_item_sees_the_item() -> None:
    assert run([call("a", foreach=[1, 2], mock="{{ item * 10 }}")], mock=True).output == [10, 20]


def test_a_mock_passes_through_the_output_template_as_an_answer_would() -> None:
    assert run([call("a", mock={"rows": [1]}, output="{{ steps.a.output.rows }}")], mock=True).output == [1]


def test_a_mock_inside_a_branch_of_a_split_is_used_too() -> None:
    assert run([parallel("p", l=[call("a", mock=1)])], mock=True).output == {"l": 1}


# Results of an earlier job


def test_a_result_of_an_earlier_job_is_reused_instead_of_calling() -> None:
    ended = run([call("a"), call("b", "a")], memo={"a": Result(output=5)})
    assert ended.calls() == ["b"]
    assert ended.output == {"a": 5}
    assert (ended.record("a").reused, ended.record("b").reused) == (True, False)


def test_a_reused_result_does_not_pass_through_the_output_template_again() -> None:
    steps = [call("a", output="{{ steps.a.output.rows }}")]
    first = run(steps, script(a={"rows": [1]}))
    assert run(steps, memo={"a": Result(output=first.record("a").output)}).output == [1]


def test_items_and_branches_reuse_their_own_results() -> None:
    steps = [
        split("f", call("a"), over=[10, 20]),
        parallel("p", left=[call("b")], right=[group("g", call("c"))]),
        call("each", foreach=[1, 2, 3]),
    ]
    known = {"f[1].a": 1, "p.right.g.c": 2, "each[0]": 3, "each[2]": 4}
    ended = run(steps, its_path, memo={path: Result(output=value) for path, value in known.items()})
    assert sorted(ended.calls()) == ["each[1]", "f[0].a", "p.left.b"]
    assert ended.output == [3, "each[1]", 4]


def its_path(asked: Any) -> Done:
    return Done(asked.path)


def test_a_rerun_calls_again_what_failed() -> None:
    steps = [call("a"), call("b", "a")]
    first = run(steps, script(a=1, b=failing()))
    memo = {record.path: Result(output=record.output) for record in first.records if record.state == "succeeded"}
    again = run(steps, memo=memo)
    assert (again.calls(), again.output) == (["b"], {"a": 1})


# What packets carry


def test_a_packet_carries_only_what_something_later_names() -> None:
    steps = [call("s0"), *(call(f"s{i}", f"s{i - 1}") for i in range(1, 40))]
    ended = run(steps, lambda asked: Done(asked.path))
    assert ended.output == "s39"
    assert ended.most_carried == 1


def test_a_packet_whose_steps_name_nothing_carries_nothing() -> None:
    assert run([call(f"s{i}") for i in range(40)]).most_carried == 0


def test_what_a_distant_step_names_is_carried_all_the_way() -> None:
    steps = [call("first"), *(call(f"s{i}") for i in range(20)), call("last", "first")]
    ended = run(steps, script(first="kept"))
    assert ended.output == {"first": "kept"}
    assert ended.most_carried == 1


def test_a_thousand_skipped_steps_are_one_decision() -> None:
    steps = [call(f"s{i}", **{"if": False}) for i in range(999)]
    ended = run([*steps, call("end")], script(end="done"))
    assert ended.output == "done"
    assert ended.decisions == 2
    assert len(ended.records) == 1000
