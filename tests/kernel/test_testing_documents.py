"""Test runs: what is cut from a draft, and what stands in for the steps that do not run."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from driver import run
from hypothesis import given, settings
from hypothesis import strategies as st
from random_workflows import documents
from scripted import Asked, Ended, failing, script

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.errors import DocumentInvalid
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail
from tropeiro.kernel.packet import Result
from tropeiro.kernel.states import JobState, StepState
from tropeiro.kernel.surroundings import outline_of
from tropeiro.kernel.testing import FAILING, ItemGiven, Trial, missing_result, only, unknown_results, up_to, whole

REPORT: dict[str, Any] = {
    "schema": "tropeiro/v1",
    "inputs": {"type": "object", "required": ["property"], "properties": {"property": {"type": "string"}}},
    "vars": {"unit": "rows"},
    "steps": [
        {"id": "pagination", "name": "Pages", "uses": "ga/pagination@1", "with": {"p": "{{ inputs.property }}"}},
        {
            "id": "records",
            "foreach": "{{ steps.pagination.output.pages }}",
            "steps": [
                {"id": "fetch", "uses": "ga/records@1", "with": {"at": "{{ item.at }}"}},
                {"id": "clean", "uses": "core/set@1", "with": {"rows": "{{ steps.fetch.output }}", "n": "{{ index }}"}},
                {"id": "store", "uses": "ga/store@1", "with": {"rows": "{{ steps.clean.output }}"}},
            ],
        },
        {"id": "summary", "uses": "core/flatten@1", "with": {"lists": "{{ steps.records.output }}"}},
    ],
    "output": "{{ steps.summary.output }}",
}


def _run(trial: Trial | None, answers: Any = None, **more: Any) -> Ended:
    assert trial is not None
    return run(trial.document, answers, mock=True, memo=trial.memo, **more)


def _failing_service(asked: Asked) -> Any:
    if asked.service.startswith(FAILING.partition("@")[0]):
        return Fail(ErrorInfo(code=asked.inputs["code"], message=asked.inputs["message"]))
    return Done(asked.inputs)


def test_one_step_runs_on_the_results_of_earlier_ones_and_nothing_else_is_called() -> None:
    results = {"records": Result(output=[[1], [2]])}
    trial = only(REPORT, "/steps/2", results)
    ended = _run(trial)
    assert ended.calls() == ["summary"]
    assert ended.asked[0].inputs == {"lists": [[1], [2]]}
    assert [(one.path, one.reused) for one in ended.records] == [("records", True), ("summary", False)]
    assert ended.records[0].billed is None


def test_one_step_in_a_foreach_runs_with_the_item_that_is_given() -> None:
    trial = only(REPORT, "/steps/1/steps/0", {}, around=ItemGiven({"at": "{{ not a template }}"}))
    ended = _run(trial)
    assert [asked.inputs for asked in ended.asked] == [{"at": "{{ not a template }}"}]
    assert trial is not None
    assert trial.place_in_draft("/steps/1/steps/0/with/at") == "/steps/1/steps/0/with/at"
    assert trial.place_in_draft("/steps/1") == "/steps/1"


def test_a_call_for_each_item_runs_for_one_item_or_for_all() -> None:
    document = [{"id": "a", "uses": "x/y@1", "foreach": [1, 2, 3], "concurrency": 2, "with": {"n": "{{ item }}"}}]
    assert [asked.inputs for asked in _run(only(document, "/0", {}, own=ItemGiven(2))).asked] == [{"n": 2}]
    assert len(_run(only(document, "/0", {})).asked) == 3


def test_a_call_for_each_item_inside_a_foreach_has_its_own_item_and_the_one_around_it() -> None:
    inner = {
        "id": "b",
        "if": "{{ item == 'x' }}",
        "foreach": ["{{ item }}", 2],
        "uses": "x/y@1",
        "with": {"n": "{{ item }}"},
    }
    document = [{"id": "a", "foreach": "{{ inputs.list }}", "steps": [inner]}]
    every = only(document, "/0/steps/0", {}, around=ItemGiven("x"))
    one = only(document, "/0/steps/0", {}, around=ItemGiven("x"), own=ItemGiven(7))
    assert [asked.inputs for asked in _run(every).asked] == [{"n": "x"}, {"n": 2}]
    assert [asked.inputs for asked in _run(one).asked] == [{"n": 7}]


def test_inputs_are_asked_for_only_by_a_step_that_reads_them() -> None:
    first = only(REPORT, "/steps/0", {})
    last = only(REPORT, "/steps/2", {"records": Result(output=[])})
    assert first is not None
    assert last is not None
    assert "inputs" in first.document
    assert "inputs" not in last.document


def test_failed_and_skipped_steps_stand_in_as_that() -> None:
    document = [
        {"id": "a", "uses": "x/y@1", "on_error": "continue"},
        {"id": "b", "uses": "x/y@1", "if": "{{ false }}"},
        {"id": "c", "uses": "x/y@1", "with": {"e": "{{ steps.a.error }}", "s": "{{ steps.b.state }}"}},
    ]
    error = ErrorInfo(code="no_money", message="It said {{ this }}.")
    results = {"a": Result(error=error, state=StepState.FAILED), "b": Result(state=StepState.SKIPPED)}
    ended = _run(only(document, "/2", results), _failing_service)
    told = {"code": "no_money", "message": "It said {{ this }}.", "path": "a", "details": None}
    assert ended.asked[-1].inputs == {"e": told, "s": "skipped"}


def test_a_step_of_a_handler_sees_the_error_that_it_is_for() -> None:
    handler = [{"id": "tell", "uses": "x/y@1", "with": {"m": "{{ steps.a.error.message }}"}}]
    document = [{"id": "a", "uses": "x/y@1", "on_error": handler}]
    results = {"a": Result(error=ErrorInfo(code="Odd Code", message="gone"), state=StepState.FAILED)}
    ended = _run(only(document, "/0/on_error/0", results), _failing_service)
    assert ended.asked[-1].inputs == {"m": "gone"}


def test_what_a_step_names_and_nobody_knows_is_told() -> None:
    found = outline_of(REPORT).around("/steps/2")
    assert found is not None
    unknown = unknown_results(found, set())
    assert [step.id for step in unknown] == ["records"]
    problem = missing_result("/steps/2", unknown)
    assert (problem.code, problem.pointer) == ("no_result", "/steps/2")
    assert "`records`" in problem.message


def test_up_to_a_step_nothing_after_it_runs() -> None:
    trial = up_to(REPORT, "/steps/1/steps/1", {})
    pages = {"pages": [{"at": 0}, {"at": 10}]}
    ended = _run(trial, script(pagination=pages), inputs={"property": "p"})
    assert sorted(ended.calls()) == sorted(
        ["pagination", "records[0].fetch", "records[0].clean", "records[1].fetch", "records[1].clean"]
    )
    assert ended.output == [{"rows": {"at": 0}, "n": 0}, {"rows": {"at": 10}, "n": 1}]


def test_up_to_a_step_in_a_branch_the_other_branches_do_not_run_and_other_cases_stay() -> None:
    document = [
        {
            "id": "both",
            "branches": {"left": [{"id": "a", "uses": "x/a@1"}, {"id": "b", "uses": "x/b@1"}],
                         "right": [{"id": "c", "uses": "x/c@1"}]},
            "output": "{{ steps.both.output.right }}",
        },
        {"id": "d", "uses": "x/d@1"},
    ]  # fmt: skip
    ended = _run(up_to(document, "/0/branches/left/0", {}), script())
    assert ended.calls() == ["both.left.a"]
    cases = [{"if": "{{ inputs.x }}", "steps": [{"id": "a", "uses": "x/a@1"}]}]
    choice = [{"id": "ch", "cases": cases, "else": [{"id": "b", "uses": "x/b@1"}, {"id": "c", "uses": "x/c@1"}]}]
    assert _run(up_to(choice, "/0/else/0", {}), inputs={"x": False}).calls() == ["ch.b"]
    assert _run(up_to(choice, "/0/else/0", {}), inputs={"x": True}).calls() == ["ch.a"]


def test_up_to_a_step_of_a_handler_what_it_is_for_runs_whole() -> None:
    branches = {"left": [{"id": "a", "uses": "x/a@1"}], "right": [{"id": "b", "uses": "x/b@1"}]}
    handler = [{"id": "tell", "uses": "x/t@1"}, {"id": "more", "uses": "x/m@1"}]
    document = [{"id": "both", "branches": branches, "on_error": handler}]
    ended = _run(up_to(document, "/0/on_error/0", {}), script(both__right__b=failing()))
    assert ended.calls() == ["both.left.a", "both.right.b", "both.tell"]


def test_pinned_steps_are_not_run_wherever_they_stand() -> None:
    pins = {"pagination": {"pages": [{"at": 1}]}, "fetch": "{{ 'no template' }}"}
    ended = _run(whole(REPORT, pins), inputs={"property": "p"})
    assert sorted(ended.calls()) == sorted(["records[0].clean", "records[0].store", "summary"])
    assert next(one for one in ended.asked if one.path == "records[0].clean").inputs["rows"] == "{{ 'no template' }}"


def test_a_pinned_group_and_its_inside_are_not_run() -> None:
    ended = _run(whole(REPORT, {"pagination": {"pages": []}, "records": [[7]]}), inputs={"property": "p"})
    assert ended.calls() == ["summary"]
    assert ended.asked[0].inputs == {"lists": [[7]]}


def test_the_step_that_a_test_goes_up_to_runs_also_when_it_is_pinned() -> None:
    ended = _run(up_to(REPORT, "/steps/0", {"pagination": 1}), inputs={"property": "p"})
    assert ended.calls() == ["pagination"]


def test_pins_do_not_take_the_place_of_the_documents_own_variables() -> None:
    document = {"vars": {"pinned_in_test": 5}, "steps": [
        {"id": "a", "uses": "x/y@1"},
        {"id": "b", "uses": "x/y@1", "with": {"own": "{{ vars.pinned_in_test }}", "a": "{{ steps.a.output }}"}},
    ]}  # fmt: skip
    assert _run(whole(document, {"a": 1})).asked[0].inputs == {"own": 5, "a": 1}


@pytest.mark.parametrize(
    ("document", "pointer", "there"),
    [(REPORT, "/steps/2/with/lists", "/steps/2/with/lists"), (REPORT["steps"], "/steps/2/with/lists", "/2/with/lists")],
)
def test_places_lead_back_into_the_draft_as_it_is_written(document: Any, pointer: str, there: str) -> None:
    for trial in (whole(document, {}), up_to(document, there.removesuffix("/with/lists"), {})):
        assert trial is not None
        assert trial.place_in_draft(pointer) == there
    one = only(document, there.removesuffix("/with/lists"), {"records": Result(output=[])})
    assert one is not None
    assert one.place_in_draft("/steps/1/with/lists") == there
    assert one.place_in_draft("/steps/0") == there.removesuffix("/2/with/lists") + "/1"


@pytest.mark.parametrize("pointer", ["/steps/9", "/nothing", "/steps/x", "//"])
def test_a_step_that_is_not_there_gives_nothing(pointer: str) -> None:
    assert only(REPORT, pointer, {}) is None
    assert up_to(REPORT, pointer, {}) is None


@pytest.mark.parametrize(
    "document", [{"steps": [{"id": "a"}, 5, {"uses": 3, "steps": 7}, {"id": "b", "cases": 1}]}, []]
)
def test_a_broken_draft_breaks_nothing_here(document: Any) -> None:
    for pointer in ("/steps/0", "/steps/2", "/steps/3", "/0"):
        for trial in (
            whole(document, {"a": 1, "b": 2}),
            up_to(document, pointer, {"a": 1}),
            only(document, pointer, {}),
        ):
            if trial is not None:
                with pytest.raises(DocumentInvalid):
                    compile_document(trial.document)


@settings(max_examples=100, deadline=None)
@given(documents(), st.data())
def test_up_to_any_step_of_any_document_is_a_valid_document_that_changes_nothing_of_the_draft(
    document: Any, data: st.DataObject
) -> None:
    before = deepcopy(document)
    outline = outline_of(document)
    step = data.draw(st.sampled_from([step for step in outline.steps if not step.inner]))
    pointer = outline.pointer_of(step)
    trial = up_to(document, pointer, {})
    assert trial is not None
    compiled = compile_document(trial.document)
    assert compiled.step(step.id) is not None
    assert trial.place_in_draft(compiled.step(step.id).pointer) == pointer  # type: ignore[union-attr]
    assert document == before


@settings(max_examples=100, deadline=None)
@given(documents(), st.data())
def test_any_step_of_any_document_is_a_valid_document_by_itself(document: Any, data: st.DataObject) -> None:
    outline = outline_of(document)
    step = data.draw(st.sampled_from([step for step in outline.steps if not step.inner]))
    found = outline.around(outline.pointer_of(step))
    assert found is not None
    states = st.sampled_from(
        [Result(output=1), Result(state=StepState.SKIPPED), Result(state=StepState.FAILED, error=ErrorInfo("a", "b"))]
    )
    results = {one.id: data.draw(states) for one in found.visible}
    results |= {one.id: Result(state=StepState.FAILED, error=ErrorInfo("a", "b")) for one in found.failed}
    own = ItemGiven(5) if data.draw(st.booleans()) else None
    trial = only(document, outline.pointer_of(step), results, around=ItemGiven(6), own=own)
    assert trial is not None
    compiled = compile_document(trial.document)
    assert compiled.step(step.id) is not None


def test_a_job_of_one_step_fails_as_the_step_does() -> None:
    ended = _run(only(REPORT, "/steps/2", {"records": Result(output=[])}), script(summary=failing("no_rows")))
    assert (ended.state, ended.error and ended.error.code) == (JobState.FAILED, "no_rows")
