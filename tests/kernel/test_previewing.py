"""Previews: an expression on the values of a past run, by the rules of the place where it stands."""

from __future__ import annotations

from typing import Any

import pytest

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.excerpts import LONGEST_TEXT, MOST_ELEMENTS, MOST_VALUES, excerpt
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.outcome import ErrorInfo
from tropeiro.kernel.packet import Result
from tropeiro.kernel.previewing import OutOfSight, Past, UnknownValue, needed, preview
from tropeiro.kernel.states import StepState
from tropeiro.kernel.surroundings import outline_of

DOCUMENT: dict[str, Any] = {
    "vars": {"unit": "rows"},
    "steps": [
        {"id": "pages", "uses": "x/pages@1"},
        {
            "id": "each",
            "foreach": "{{ steps.pages.output }}",
            "steps": [
                {"id": "fetch", "uses": "x/fetch@1", "with": {"at": "{{ item }}"}},
                {
                    "id": "deep",
                    "foreach": "{{ steps.fetch.output }}",
                    "steps": [{"id": "one", "uses": "x/one@1"}, {"id": "two", "uses": "x/two@1"}],
                },
            ],
        },
        {"id": "calls", "foreach": "{{ steps.pages.output }}", "uses": "x/call@1", "with": {"n": "{{ index }}"}},
        {"id": "wrong", "uses": "x/wrong@1", "on_error": [{"id": "tell", "uses": "x/tell@1"}]},
        {"id": "broken", "uses": 5, "what": []},
    ],
}
PAST = Past(
    inputs={"name": "Ana"},
    results={
        ("pages", 0): Result(output=["a", "b"]),
        ("fetch", 0): Result(output=[10, 11]),
        ("fetch", 1): Result(output=[20, 21, 22]),
        ("one", 0): Result(output="first"),
        ("one", 1): Result(output="second"),
        ("each", 0): Result(output=[[1], [2]]),
        ("wrong", 0): Result(state=StepState.FAILED, error=ErrorInfo("no_money", "Empty.")),
    },
    job={"id": "j", "workflow": "w", "started_at": "2026-01-01T00:00:00Z", "attempt": 1},
    variables=DOCUMENT["vars"],
)
OUTLINE = outline_of(DOCUMENT)


def _at(pointer: str, value: Any, index: int = 0, past: Past = PAST) -> Any:
    found = OUTLINE.around(pointer)
    assert found is not None
    return preview(OUTLINE, found, value, past, index)


@pytest.mark.parametrize(
    ("pointer", "value", "index", "given"),
    [
        ("/steps/0", "{{ inputs.name }} has {{ vars.unit }}", 0, "Ana has rows"),
        ("/steps/1", "{{ steps.pages.output | length }}", 0, 2),
        ("/steps/1/steps/0", {"at": "{{ item }}", "n": ["{{ index }}"]}, 1, {"at": "b", "n": [1]}),
        ("/steps/1/steps/1", "{{ steps.fetch.output }}", 1, [20, 21, 22]),
        ("/steps/1/steps/1/steps/1", "{{ item }} {{ steps.one.output }}", 1, "11 second"),
        ("/steps/2", "{{ item }}{{ index }}", 1, "b1"),
        ("/steps/3/on_error/0", "{{ steps.wrong.error.code }}", 0, "no_money"),
        ("/output", "{{ steps.each.output[1][0] + 1 }}", 0, 3),
        ("", "{{ job.workflow }}", 0, "w"),
        ("/steps/4", "{{ steps.each.state }}", 0, "succeeded"),
    ],
)
def test_an_expression_gives_what_it_would_have_given_in_the_run(
    pointer: str, value: Any, index: int, given: Any
) -> None:
    assert _at(pointer, value, index) == given


@pytest.mark.parametrize(
    ("pointer", "value", "index", "code"),
    [
        ("/steps/0", "{{ steps.each.output }}", 0, "out_of_sight"),
        ("/steps/2", "{{ steps.fetch.output }}", 0, "out_of_sight"),
        ("/steps/0", "{{ steps.nobody.output }}", 0, "out_of_sight"),
        ("/steps/1/steps/1/steps/1", "{{ steps.deep.output }}", 0, "out_of_sight"),
        ("/steps/3", "{{ steps.calls.output }}", 0, "no_value"),
        ("/steps/1/steps/0", "{{ item }}", 7, "no_value"),
        ("/steps/0", "{{ item }}", 0, "expression_error"),
        ("/steps/0", "{{ inputs.nothing }}", 0, "expression_error"),
        ("/steps/0", "{{ 1 +", 0, "expression_error"),
        ("/steps/0", "{{ 'x' * 3 }}", 0, "expression_error"),
    ],
)
def test_why_an_expression_gives_nothing_is_said(pointer: str, value: Any, index: int, code: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        _at(pointer, value, index)
    assert refused.value.code == code


def test_only_what_an_expression_needs_is_asked_for() -> None:
    found = OUTLINE.around("/steps/1/steps/1/steps/1")
    assert found is not None
    assert needed(OUTLINE, found, compile_template("{{ steps.one.output }}")) == {"one", "fetch", "pages"}
    top = OUTLINE.around("/steps/4")
    assert top is not None
    assert needed(OUTLINE, top, compile_template("{{ inputs.name }}")) == frozenset()


def test_what_can_be_seen_of_a_broken_document_is_seen() -> None:
    outline = outline_of([{"id": "a", "uses": "x/y@1"}, 5, {"id": "b"}, {"id": "c", "steps": "no"}])
    found = outline.around("/3")
    assert found is not None
    assert preview(outline, found, "{{ steps.a.output }}", Past({}, {("a", 0): Result(output=1)}, {}), 0) == 1
    assert outline_of("text").around("/0") is None
    assert outline_of(None).around("/output") is not None


def test_the_errors_are_expression_errors() -> None:
    assert issubclass(OutOfSight, ExpressionError)
    assert issubclass(UnknownValue, ExpressionError)


def test_a_small_value_is_shown_whole() -> None:
    value = {"a": [1, {"b": "text"}], "c": None}
    assert excerpt(value) == (value, False)


@pytest.mark.parametrize(
    "value",
    [
        "x" * (LONGEST_TEXT + 1),
        list(range(MOST_ELEMENTS + 1)),
        {str(n): n for n in range(10_000)},
        [[list(range(90)) for _ in range(90)] for _ in range(90)],
    ],
)
def test_a_large_value_is_cut_and_said_to_be(value: Any) -> None:
    shown, cut = excerpt(value)
    assert cut
    assert type(shown) is type(value)
    assert len(str(shown)) <= 8 * MOST_VALUES


def test_a_deep_value_is_cut() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    assert excerpt(value)[1]
