from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tropeiro.kernel.differences import ABSENT, Difference, differences, document_differences, is_comparable


def step(id_: str, **rest: Any) -> dict[str, Any]:
    return {"id": id_, "uses": "core/set@1", "with": {"x": 1}, **rest}


def told(before: Any, after: Any) -> list[tuple[str, str, str]]:
    return [(one.change, one.id, one.place) for one in document_differences(before, after).steps]


def test_equal_values_have_no_differences_and_different_kinds_are_not_equal() -> None:
    assert differences({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}) == ()
    assert differences(1, True) == (Difference("", 1, True),)


def test_differences_go_as_deep_as_possible_and_name_their_place() -> None:
    before = {"a": {"b/c": 1, "gone": 2}, "list": [1, 2]}
    after = {"a": {"b/c": 3, "new": 4}, "list": [1, 2, 3]}
    assert differences(before, after) == (
        Difference("/a/b~1c", 1, 3),
        Difference("/a/gone", 2, ABSENT),
        Difference("/a/new", ABSENT, 4),
        Difference("/list", [1, 2], [1, 2, 3]),
    )


def test_steps_are_told_apart_by_their_ids() -> None:
    before = [step("a"), step("b"), step("c")]
    after = [step("a", timeout="3s"), step("c"), step("d")]
    assert told(before, after) == [("changed", "a", ""), ("added", "d", ""), ("removed", "b", "")]
    (changed, *_) = document_differences(before, after).steps
    assert changed.details == (Difference("/timeout", ABSENT, "3s"),)


def test_as_few_steps_as_possible_are_called_moved() -> None:
    before = [step(one) for one in "abcde"]
    after = [step(one) for one in "bcdea"]
    assert told(before, after) == [("moved", "a", "")]


def test_a_step_that_went_into_another_list_has_moved_and_its_new_place_is_named() -> None:
    before = [step("a"), {"id": "g", "steps": [step("b")]}]
    after = [{"id": "g", "steps": [step("b"), step("a")]}]
    assert told(before, after) == [("moved", "a", "g › ")]


def test_a_change_inside_a_group_is_told_once_at_the_step_it_is_in() -> None:
    def document(x: int) -> Any:
        return [
            {"id": "g", "foreach": "{{ inputs.l }}", "steps": [{"id": "b", "uses": "core/set@1", "with": {"x": x}}]}
        ]

    assert told(document(1), document(2)) == [("changed", "b", "g › ")]


def test_branches_cases_and_error_handlers_are_looked_into() -> None:
    def document(x: int) -> Any:
        return [
            {"id": "p", "branches": {"one": [step("b", timeout=f"{x}s")]}},
            {"id": "c", "cases": [{"if": "{{ inputs.l }}", "steps": [step("d", timeout=f"{x}s")]}]},
            step("e", on_error=[step("f", timeout=f"{x}s")]),
        ]

    assert [(id_, place) for _, id_, place in told(document(1), document(2))] == [
        ("b", "p (branches/one) › "),
        ("d", "c (cases/0) › "),
        ("f", "e (on_error) › "),
    ]


def test_a_changed_condition_of_a_case_is_a_change_of_the_choice() -> None:
    def document(condition: str) -> Any:
        return [{"id": "c", "cases": [{"if": condition, "steps": [step("d")]}]}]

    assert told(document("{{ inputs.a }}"), document("{{ inputs.b }}")) == [("changed", "c", "")]


def test_a_bare_list_and_an_envelope_around_it_say_the_same() -> None:
    assert not document_differences([step("a")], {"schema": "tropeiro/v1", "steps": [step("a")]})


def test_what_stands_around_the_steps_is_told_apart_from_them() -> None:
    found = document_differences([step("a")], {"steps": [step("a")], "output": "{{ steps.a.output }}"})
    assert [one.pointer for one in found.around] == ["/output"]
    assert found.steps == ()


@given(st.permutations(list("abcdefg")))
def test_steps_that_kept_their_order_are_never_called_moved(order: list[str]) -> None:
    before = [step(one) for one in "abcdefg"]
    moved = {id_ for change, id_, _ in told(before, [step(one) for one in order]) if change == "moved"}
    kept = [one for one in order if one not in moved]
    assert kept == sorted(kept)
    assert (not moved) == (order == sorted(order))


def test_a_difference_says_where_the_step_stands_in_both_documents() -> None:
    before = {"steps": [step("a"), {"id": "g", "steps": [step("b")]}]}
    after = [{"id": "g", "steps": [step("b", timeout="1s"), step("a", timeout="2s")]}, step("c")]
    found = {one.id: one for one in document_differences(before, after).steps}
    assert (found["b"].before, found["b"].after) == ("/steps/1/steps/0", "/0/steps/0")
    assert (found["a"].change, found["a"].moved, found["a"].before, found["a"].after) == (
        "changed",
        True,
        "/steps/0",
        "/0/steps/1",
    )
    assert (found["c"].before, found["c"].after) == ("", "/1")
    gone = document_differences(after, before).steps[-1]
    assert (gone.id, gone.before, gone.after) == ("c", "/1", "")


def test_only_documents_whose_steps_can_be_told_apart_are_compared() -> None:
    for document in (
        [],
        [step("a"), {"id": "g", "branches": {"x": [step("b")]}}],
        {"steps": [step("a", **{"if": "{{ not an expression"})], "unknown": 1},
    ):
        assert is_comparable(document)
    for document in (
        None,
        7,
        {},
        {"steps": {}},
        [1],
        [{"uses": "core/set@1"}],
        [{"id": 7}],
        [step("a"), step("a")],
        [step("a", steps=[step("a")])],
        [{"id": "g", "branches": []}],
        [{"id": "g", "branches": {"x": 1}}],
        [{"id": "g", "cases": {}}],
        [{"id": "g", "cases": [{"if": "x"}]}],
        [{"id": "g", "else": "x"}],
    ):
        assert not is_comparable(document)
