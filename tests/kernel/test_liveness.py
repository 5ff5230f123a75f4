"""Which results a packet still carries after each step."""

from __future__ import annotations

from typing import Any

from short_documents import call, choice, group, parallel, split, step_of

from tropeiro.kernel.document import compile_document


def live(document: Any) -> dict[str, set[str]]:
    """``live_after`` of every step by id, as its outer step."""
    workflow = compile_document(document)
    return {step.id: set(step.live_after) for step in workflow.steps if not step.inner}


def inside(document: Any, step_id: str) -> set[str]:
    return set(step_of(compile_document(document), step_id).reads_inside)


def test_a_result_lives_until_the_last_step_that_names_it() -> None:
    found = live([call("a"), call("b", "a"), call("c", "a"), call("d", "b"), call("e")])
    assert found == {"a": {"a"}, "b": {"a", "b"}, "c": {"b"}, "d": set(), "e": set()}


def test_a_result_that_nothing_names_is_never_carried() -> None:
    steps = [call("start"), *(call(f"s{i}") for i in range(50)), call("end", "start")]
    found = live(steps)
    assert all(found[f"s{i}"] == {"start"} for i in range(50))
    assert found["end"] == set()


def test_a_chain_carries_one_result_at_a_time() -> None:
    steps = [call("s0"), *(call(f"s{i}", f"s{i - 1}") for i in range(1, 50))]
    found = live(steps)
    assert all(found[f"s{i}"] == {f"s{i}"} for i in range(49))


def test_what_the_output_of_the_document_names_lives_to_the_end() -> None:
    document = {"steps": [call("a"), call("b"), call("c")], "output": {"x": "{{ steps.a.output }}"}}
    assert live(document) == {"a": {"a"}, "b": {"a"}, "c": {"a"}}
    assert compile_document(document).live_at_end == {"a"}


def test_without_an_output_the_last_result_is_handed_over_and_not_carried() -> None:
    workflow = compile_document([call("a"), call("b", "a")])
    assert workflow.live_at_end == frozenset()
    assert step_of(workflow, "b").live_after == frozenset()


def test_every_template_of_a_later_step_counts() -> None:
    later = [
        call("x", **{"if": "{{ steps.a.state == 'failed' }}"}),
        call("x", foreach="{{ steps.a.output }}"),
        call("x", mock="{{ steps.a.output }}"),
        call("x", output="{{ steps.a.output }}"),
        call("x", on_error=[call("y", "a")]),
        {"id": "x", "wait": {"until": "{{ steps.a.output }}"}},
        {"id": "x", "approval": {"title": "{{ steps.a.output }}"}},
        choice("x", ("{{ steps.a.output }}", [call("y")])),
        choice("x", ("{{ 1 }}", [call("y", "a")])),
        choice("x", ("{{ 1 }}", [call("y")]), **{"else": [call("z", "a")]}),
        group("x", call("y"), call("z", "a")),
        split("x", call("y"), call("z", "a")),
        parallel("x", one=[call("y")], two=[call("z", "a")]),
        group("x", group("y", split("z", parallel("p", q=[call("r", "a")])))),
    ]
    for step in later:
        assert live([call("a"), call("b"), step])["b"] == {"a"}, step


def test_inside_a_group_lives_what_its_steps_its_output_and_what_follows_it_name() -> None:
    found = live(
        [
            call("a"),
            call("b"),
            call("c"),
            group("g", call("d", "a"), call("e", "d"), call("f"), output="{{ steps.b.output }}"),
            call("h", "c"),
        ]
    )
    assert found["c"] == {"a", "b", "c"}
    assert found["d"] == {"b", "c", "d"}
    assert found["e"] == {"b", "c"}
    assert found["f"] == {"b", "c"}
    assert found["g"] == {"c"}


def test_what_a_handler_names_lives_while_what_it_handles_can_fail_and_no_longer() -> None:
    found = live(
        [call("a"), group("g", call("b"), group("i", call("c")), on_error=[call("h"), call("k", "a")]), call("d")]
    )
    assert found["b"] == {"a"}
    assert found["c"] == {"a"}
    assert found["h"] == {"a"}
    assert found["k"] == set()
    assert found["g"] == set()


def test_the_error_of_a_failed_step_lives_while_its_handler_names_it() -> None:
    note = {"id": "k", "uses": "core/log@1", "with": {"message": "{{ steps.a.error.message }}"}}
    found = live([call("a", on_error=[call("h"), note, call("m")]), call("d")])
    assert found["h"] == {"a"}
    assert found["k"] == set()
    assert found["a"] == set()


def test_a_step_that_is_done_needs_its_own_handler_no_more() -> None:
    assert live([call("a"), call("b", on_error=[call("h", "a")]), call("c")])["b"] == set()


def test_a_group_that_may_be_tried_again_keeps_what_its_body_read_from_outside() -> None:
    body = [call("b", "a"), call("c", "b"), call("d")]
    assert live([call("a"), group("g", *body)])["c"] == set()
    again = live([call("a"), group("g", *body, retry={"attempts": 2}), call("e")])
    assert again["c"] == {"a"}
    assert again["d"] == {"a"}
    assert again["g"] == set()


def test_a_choice_that_may_be_tried_again_keeps_what_its_conditions_read() -> None:
    found = live([call("a"), choice("o", ("{{ steps.a.output }}", [call("b"), call("c")]), retry={"attempts": 2})])
    assert found["b"] == {"a"}


def test_a_branch_or_item_carries_only_what_the_rest_of_it_names() -> None:
    body = [call("b", "a"), call("c", "b"), call("d", "c")]
    for step in (split("s", *body), parallel("s", one=body, two=[call("z")])):
        found = live([call("a"), step, call("e", "a")])
        assert found["b"] == {"b"}
        assert found["c"] == {"c"}
        assert found["d"] == set()
        assert found["s"] == {"a"}


def test_a_split_inherits_what_something_inside_it_names_at_any_depth() -> None:
    deep = group(
        "g", call("d", "b"), choice("o", ("{{ steps.c.output }}", [call("e", "d", on_error=[call("f", "a")])]))
    )
    steps = [call("a"), call("b"), call("c"), call("n")]
    assert inside([*steps, split("s", deep)], "s") == {"a", "b", "c"}
    assert inside([*steps, parallel("s", one=[call("x")], two=[deep])], "s") == {"a", "b", "c"}


def test_a_split_does_not_inherit_what_only_its_own_keys_name() -> None:
    step = split(
        "s", call("x"), over="{{ steps.a.output }}", output="{{ steps.b.output }}", on_error=[call("h", "a")],
        **{"if": "{{ steps.b.output }}"},
    )  # fmt: skip
    assert inside([call("a"), call("b"), step], "s") == set()
    assert live([call("a"), call("b"), step])["b"] == {"a", "b"}


def test_a_split_inside_a_split_inherits_from_both() -> None:
    document = [call("a"), split("s", call("b"), split("t", call("c", "a", "b")))]
    assert inside(document, "t") == {"a", "b"}
    assert inside(document, "s") == {"a"}
    assert live(document)["b"] >= {"b"}


def test_a_split_in_a_handler_inherits_the_error_that_it_names() -> None:
    note = {"id": "k", "uses": "core/log@1", "with": {"message": "{{ steps.a.error.message }}"}}
    assert inside([call("a", on_error=[split("s", note)])], "s") == {"a"}


def test_a_call_for_each_item_is_a_split_that_inherits_what_each_call_names() -> None:
    workflow = compile_document(
        [call("a"), call("b"), call("s", "a", foreach="{{ steps.b.output }}", mock="{{ item }}")]
    )
    outer, inner = workflow.steps[2:]
    assert outer.reads_inside == {"a"}
    assert inner.live_after == frozenset()
    assert workflow.steps[1].live_after == {"a", "b"}


def test_steps_that_split_nothing_inherit_nothing() -> None:
    assert inside([call("a"), group("g", call("b", "a"))], "g") == set()
