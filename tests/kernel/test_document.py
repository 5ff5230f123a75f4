"""From a document to a workflow."""

from __future__ import annotations

import json
import random
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from short_documents import call, choice, found_in, group, parallel, problems_of, split, step_of

from tropeiro.kernel.document import (
    Pinned,
    compile_document,
    document_of,
    parse,
    pin,
    problems,
    references_to_services,
)
from tropeiro.kernel.document_schema import document_schema
from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.expressions import compile_condition, compile_template
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.service_ref import ServiceRef
from tropeiro.kernel.step_rules import KEYS_OF_KIND, KIND_KEYS, STEP_KEYS
from tropeiro.kernel.workflow import Approval, Case, Join, Kind, Role, StepList, Workflow

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.json"))
SERVICE = "0192b1f0-0000-7000-8000-000000000000"

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["core/set@1", "{{ item }}", "{{ steps.a.output }}", "{{", "1s", "all", "continue", "a", "b"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text(max_size=5) | st.sampled_from([*STEP_KEYS, "schema", "inputs", "vars"]), inner, max_size=6
        )
    ),
    max_leaves=40,
)


def valid(document: Any) -> bool:
    """Whether it compiles; anything but `DocumentInvalid` with problems escapes and fails the test."""
    try:
        workflow = compile_document(document)
    except DocumentInvalid as error:
        if not error.problems:
            raise AssertionError("invalid, but without a problem") from None
        return False
    assert all(step.n == n for n, step in enumerate(workflow.steps))
    return True


# The examples


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_compiles_and_matches_the_published_schema(path: Path) -> None:
    assert problems(path.read_bytes()) == ()
    jsonschema_rs.Draft202012Validator(document_schema()).validate(json.loads(path.read_bytes()))


def test_the_examples_show_every_kind_and_every_key() -> None:
    text = "".join(path.read_text() for path in EXAMPLES)
    assert len(EXAMPLES) >= 8
    left_out = {"credential"}
    assert {key for key in STEP_KEYS if f'"{key}":' not in text} == left_out


# Steps and lists


def test_steps_are_numbered_in_document_order_and_know_their_place() -> None:
    workflow = compile_document(
        [
            call("a"),
            group("b", call("c"), parallel("d", x=[call("e")], y=[call("f"), call("g")]), on_error=[call("h")]),
            choice("i", ("{{ 1 }}", [call("j")]), ("{{ 0 }}", [call("k")]), **{"else": [call("l")]}),
        ]
    )
    assert "".join(step.id for step in workflow.steps) == "abcdefghijkl"
    assert workflow.lists == (
        StepList(steps=(0, 1, 8), role=Role.TOP, owner=None),
        StepList(steps=(2, 3), role=Role.BODY, owner=1),
        StepList(steps=(4,), role=Role.BRANCH, owner=3, name="x"),
        StepList(steps=(5, 6), role=Role.BRANCH, owner=3, name="y"),
        StepList(steps=(7,), role=Role.HANDLER, owner=1),
        StepList(steps=(9,), role=Role.CASE, owner=8),
        StepList(steps=(10,), role=Role.CASE, owner=8),
        StepList(steps=(11,), role=Role.CASE, owner=8),
    )
    for step in workflow.steps:
        assert workflow.lists[step.home].steps[step.position] == step.n
    assert (workflow.steps[1].body, workflow.steps[1].handler) == (1, 4)
    assert workflow.steps[3].branches == (2, 3)
    assert workflow.steps[8].cases == (Case(compile_condition("{{ 1 }}"), 5), Case(compile_condition("{{ 0 }}"), 6))
    assert workflow.steps[8].otherwise == 7
    assert [step.pointer for step in workflow.steps[:6]] == [
        "/steps/0",
        "/steps/1",
        "/steps/1/steps/0",
        "/steps/1/steps/1",
        "/steps/1/steps/1/branches/x/0",
        "/steps/1/steps/1/branches/y/0",
    ]


def test_a_call_with_foreach_is_a_group_around_one_inner_call() -> None:
    entry = {
        "id": "a",
        "name": "All",
        "uses": "core/set@1",
        "with": {"x": "{{ item }}"},
        "credential": "key",
        "mock": {"x": 1},
        "if": "{{ inputs.go }}",
        "foreach": "{{ inputs.rows }}",
        "concurrency": 3,
        "retry": {"attempts": 2},
        "timeout": "5s",
        "output": "{{ steps.a.output }}",
        "labels": {"team": "north"},
        "on_error": [call("h")],
    }
    workflow = compile_document([entry, call("z")])
    outer, inner, handler, after = workflow.steps
    assert (outer.kind, outer.id, outer.name, outer.concurrency, outer.labels) == (
        Kind.GROUP, "a", "All", 3, (("team", "north"),),
    )  # fmt: skip
    assert outer.condition == compile_condition("{{ inputs.go }}")
    assert outer.foreach == compile_template("{{ inputs.rows }}")
    assert outer.output == compile_template("{{ steps.a.output }}")
    assert (outer.retry, outer.timeout_ms, outer.mock, outer.uses, outer.inputs) == (None, None, None, None, None)
    assert (inner.kind, inner.id, inner.inner, inner.position, inner.pointer) == (Kind.CALL, "a", True, 0, "/steps/0")
    assert (inner.timeout_ms, inner.credential, str(inner.uses)) == (5_000, "key", "core/set@1")
    assert inner.retry == RetryPolicy(attempts=2)
    assert (inner.inputs, inner.mock) == (compile_template({"x": "{{ item }}"}), compile_template({"x": 1}))
    assert (inner.condition, inner.foreach, inner.output, inner.handler) == (None, None, None, None)
    assert workflow.lists[outer.body or 0] == StepList(steps=(1,), role=Role.BODY, owner=0)
    assert workflow.lists[outer.handler or 0] == StepList(steps=(2,), role=Role.HANDLER, owner=0)
    assert (handler.id, after.id, after.n) == ("h", "z", 3)
    assert workflow.step("a") is outer


def test_a_plain_call_keeps_everything_on_itself() -> None:
    step = compile_document([call("a", retry={"attempts": 3}, timeout="1m", on_error="continue")]).steps[0]
    assert (step.kind, step.inner, step.timeout_ms, step.continue_on_error) == (Kind.CALL, False, 60_000, True)
    assert step.inputs == compile_template({})


def test_retry_has_defaults_and_a_long_first_delay_raises_the_longest() -> None:
    policies = [
        {"attempts": 2},
        {"attempts": 2, "delay": "10m"},
        {"attempts": 9, "delay": "0s", "jitter": 0, "backoff": 1},
    ]
    read = [compile_document([call("a", retry=policy)]).steps[0].retry for policy in policies]
    assert read == [
        RetryPolicy(attempts=2),
        RetryPolicy(attempts=2, delay_ms=600_000, max_delay_ms=600_000),
        RetryPolicy(attempts=9, delay_ms=0, jitter=0.0, backoff=1.0),
    ]


def test_waits_approvals_and_joins_are_read() -> None:
    form = {"type": "object"}
    workflow = compile_document(
        [
            {"id": "a", "wait": "1h30m"},
            {"id": "b", "wait": {"until": "{{ job.started_at }}"}},
            {"id": "c", "approval": {"title": "Go?", "form": form, "timeout": "1d", "assignees": ["alice"]}},
            {"id": "d", "approval": {"title": "Go?"}, "timeout": "2d"},
            {**parallel("e", x=[call("f")]), "join": "settled"},
        ]
    )
    assert workflow.steps[0].wait_ms == 5_400_000
    assert workflow.steps[1].wait_until == compile_template("{{ job.started_at }}")
    assert workflow.steps[2].approval == Approval(compile_template("Go?"), form, 86_400_000, ("alice",))
    assert workflow.steps[3].timeout_ms == 172_800_000
    assert workflow.steps[4].join is Join.SETTLED


def test_an_envelope_is_read() -> None:
    workflow = compile_document(
        {
            "schema": "tropeiro/v1",
            "name": "n",
            "description": "d",
            "inputs": {"type": "object"},
            "vars": {"text": "never {{ evaluated"},
            "timeout": "1h",
            "steps": [call("a")],
            "output": "{{ steps.a.output }}",
        }
    )
    assert (workflow.name, workflow.description, workflow.timeout_ms) == ("n", "d", 3_600_000)
    assert (workflow.inputs, workflow.vars) == ({"type": "object"}, {"text": "never {{ evaluated"})
    assert workflow.output == compile_template("{{ steps.a.output }}")


def test_a_bare_list_and_an_envelope_around_it_are_the_same_workflow() -> None:
    steps = [call("a"), split("b", call("c", "a"))]
    assert compile_document(steps) == compile_document({"steps": steps})
    assert isinstance(parse(json.dumps(steps)), Workflow)


# Refusals


@pytest.mark.parametrize("kind_key", KIND_KEYS)
def test_a_key_of_another_kind_is_refused_by_both_names(kind_key: str) -> None:
    values: dict[str, Any] = {
        "uses": "core/set@1",
        "steps": [call("x")],
        "branches": {"b": [call("x")]},
        "cases": [{"if": True, "steps": [call("x")]}],
        "wait": "1s",
        "approval": {"title": "Go?"},
        "with": {}, "credential": "key", "foreach": [1], "concurrency": 1, "retry": {"attempts": 2}, "timeout": "1s",
        "mock": 1, "join": "all", "else": [call("y")],
    }  # fmt: skip
    kind = KIND_KEYS[kind_key]
    for key in set(values) - set(KIND_KEYS) - set(KEYS_OF_KIND[kind]):
        found = problems_of([{"id": "a", kind_key: values[kind_key], "foreach": [1], key: values[key]}])
        (problem,) = [problem for problem in found if problem.pointer == f"/0/{key}"]
        assert problem.code == "misplaced_key"
        assert f"`{key}`" in problem.message
    for key in set(KEYS_OF_KIND[kind]) - {"concurrency"}:
        assert found_in([{"id": "a", kind_key: values[kind_key], key: values[key]}]) == []


def test_all_problems_are_told_and_not_only_the_first() -> None:
    document = [
        {"id": "A", "uses": "core/"},
        group("g", {"id": "b", "wait": "soon"}, call("c", "nothing", retry={"attempts": 0}), on_error=[]),
        call("d", extra=1),
    ]
    assert sorted(found_in(document)) == [
        ("bad_duration", "/1/steps/0/wait"),
        ("bad_id", "/0/id"),
        ("bad_service", "/0/uses"),
        ("empty", "/1/on_error"),
        ("out_of_range", "/1/steps/1/retry/attempts"),
        ("unknown_key", "/2/extra"),
        ("unknown_step", "/1/steps/1/with/nothing"),
    ]


def test_problems_come_in_the_order_of_their_places() -> None:
    text = json.dumps([call("a", "z"), {"id": "B", "wait": "x"}, call("c", "y")], indent=1)
    places = [(problem.line, problem.column) for problem in problems(text)]
    assert len(places) == 4
    assert places == sorted(places)


def test_limits_hold_exactly() -> None:
    assert valid([call(f"s{i}") for i in range(1_000)])
    assert found_in([call(f"s{i}") for i in range(1_001)]) == [("too_many", "")]
    nested = [call("last")]
    for level in range(19):
        nested = [group(f"g{level}", *nested)]
    assert valid(nested)
    assert [code for code, _ in found_in([group("g", *nested)])] == ["too_deep"]
    assert valid([parallel("p", **{f"b{i}": [call(f"s{i}")] for i in range(100)})])
    assert [code for code, _ in found_in([choice("o", *[("{{ 1 }}", [call(f"s{i}")]) for i in range(101)])])] == [
        "too_many"
    ]
    assert valid([call("a" * 64)])


def test_steps_in_inner_lists_count_too() -> None:
    document = [group("a", *(call(f"s{i}") for i in range(997))), group("b", call("t")), group("c", call("u"))]
    assert found_in(document) == [("too_many", "/1/steps")]


def test_a_report_about_a_hostile_document_stays_bounded() -> None:
    found = problems(json.dumps([{"id": "a", "uses": "core/set@1", **{f"k{i}": 1 for i in range(5_000)}}]))
    assert len(found) == 1_001
    assert found[0].code == "more_problems" or found[-1].code == "more_problems"


def test_values_that_are_not_plain_json_are_refused_wherever_they_come_from() -> None:
    for value in (float("nan"), float("inf"), 2**200, "\0", "\ud800", {1: 2}, {"\ud800": 1}, ("a",), b"x", object()):
        assert not valid([{"id": "a", "uses": "core/set@1", "with": {"x": value}}])
    loop: list[Any] = []
    loop.append(loop)
    assert found_in(loop)[0][0] == "too_deep"


# How long it takes to make examples is the machine's matter.
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON)
def test_any_json_compiles_or_is_refused_with_problems(document: Any) -> None:
    valid(document)
    valid([{"id": "a", "uses": "core/set@1", "with": document}])
    if isinstance(document, dict):
        valid([{"id": "a", **document}])
        valid({"steps": [call("b")], **document})


@settings(max_examples=300)
@given(st.sampled_from(EXAMPLES), st.randoms(use_true_random=False), JSON, st.integers(1, 3))
def test_any_change_of_a_valid_document_compiles_or_is_refused_with_problems(
    path: Path, chance: random.Random, value: Any, changes: int
) -> None:
    document = json.loads(path.read_bytes())
    for _ in range(changes):
        _change(document, chance, value)
    valid(document)


@settings(max_examples=200)
@given(st.sampled_from(EXAMPLES), st.data())
def test_any_change_of_a_text_compiles_or_is_refused_with_places(path: Path, data: st.DataObject) -> None:
    text = path.read_bytes()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 30)))
    changed = text[:start] + data.draw(st.binary(max_size=5)) + text[end:]
    lines = changed.count(b"\n") + 1
    for problem in problems(changed):
        assert 1 <= problem.line <= lines
        assert problem.column >= 1


def _change(document: Any, chance: random.Random, value: Any) -> None:
    """Replace, remove, rename, repeat or move one thing, somewhere."""
    places = []
    waiting = [document]
    while waiting:
        container = waiting.pop()
        for key in container if isinstance(container, dict) else range(len(container)):
            places.append((container, key))
            if isinstance(container[key], (dict, list)):
                waiting.append(container[key])
    if not places:
        return
    container, key = chance.choice(places)
    other, other_key = chance.choice(places)
    match chance.randrange(5):
        case 0:
            container[key] = deepcopy(value)
        case 1:
            del container[key]
        case 2 if isinstance(container, dict):
            container[chance.choice(STEP_KEYS)] = container.pop(key)
        case 3 if isinstance(container, list):
            container.append(deepcopy(container[key]))
        case _:
            container[key] = deepcopy(other[other_key])


# Services


def test_the_services_of_a_workflow_are_told_once_each_in_document_order() -> None:
    workflow = compile_document(
        [
            call("a", foreach=[1]),
            {"id": "b", "uses": "fetch"},
            group("g", call("c"), on_error=[{"id": "d", "uses": "x/y/z"}]),
        ]
    )
    assert [str(ref) for ref in references_to_services(workflow)] == ["core/set@1", "fetch", "x/y/z"]


def _resolve(ref: ServiceRef) -> Pinned | Problem:
    if ref.service == "gone":
        return Problem(code="unknown_service", pointer="", message="There is no such service.")
    return Pinned(uses=f"house/{ref.project or 'own'}/{ref.service}@{ref.version or 7}", service=SERVICE)


def test_pinning_sets_every_call_at_any_depth_and_leaves_the_original_alone() -> None:
    steps = [
        call("a", foreach=[1]),
        group("g", call("b"), on_error=[{"id": "c", "uses": "fetch"}]),
        choice("o", ("{{ 1 }}", [call("d")]), **{"else": [call("e")]}),
        parallel("p", x=[call("f")]),
    ]
    before = json.dumps(steps)
    pinned = pin(steps, _resolve)
    assert json.dumps(steps) == before
    assert list(pinned) == ["schema", "steps"]
    workflow = compile_document(pinned, pinned=True)
    calls = [step for step in workflow.steps if step.kind is Kind.CALL]
    core = "house/core/set@1"
    assert [str(step.uses) for step in calls] == [core, core, "house/own/fetch@7", core, core, core]
    assert {str(step.service) for step in calls} == {SERVICE}
    assert ("unknown_key", "/steps/0/service") in found_in(pinned)


def test_what_cannot_be_pinned_is_told_for_every_call() -> None:
    gone = {"uses": "gone"}
    steps = [{"id": "a", **gone}, group("g", {"id": "b", **gone})]
    for document, prefix in ((steps, ""), ({"steps": steps}, "/steps")):
        with pytest.raises(DocumentInvalid) as raised:
            pin(document, _resolve)
        assert [problem.pointer for problem in raised.value.problems] == [
            f"{prefix}/0/uses",
            f"{prefix}/1/steps/0/uses",
        ]


def test_each_reference_is_resolved_once() -> None:
    asked = []

    def resolve(ref: ServiceRef) -> Pinned | Problem:
        asked.append(str(ref))
        return _resolve(ref)

    pin([call("a"), call("b"), {"id": "c", "uses": "fetch"}], resolve)
    assert asked == ["core/set@1", "fetch"]


def test_a_pinned_service_must_be_an_id_and_stand_on_a_call() -> None:
    with pytest.raises(DocumentInvalid) as raised:
        compile_document([call("a", service="latest"), {"id": "b", "wait": "1s", "service": SERVICE}], pinned=True)
    assert [problem.code for problem in raised.value.problems] == ["bad_service", "misplaced_key"]


def test_the_canonical_document_has_its_keys_in_a_fixed_order() -> None:
    text = '{"steps": [{"id": "a", "wait": "1s"}], "output": 1, "name": "n"}'
    assert list(document_of(text)) == ["schema", "name", "steps", "output"]
    assert document_of('[{"id": "a", "wait": "1s"}]') == {"schema": "tropeiro/v1", "steps": [{"id": "a", "wait": "1s"}]}
    with pytest.raises(DocumentInvalid):
        document_of("[]")


# The published schema


def test_the_published_schema_is_itself_valid_and_knows_every_key() -> None:
    schema = document_schema()
    jsonschema_rs.meta.validate(schema)
    assert tuple(schema["$defs"]["step"]["properties"]) == STEP_KEYS
    assert all("description" in value or "$ref" in value for value in schema["$defs"]["step"]["properties"].values())


@settings(max_examples=200)
@given(st.sampled_from(EXAMPLES), st.randoms(use_true_random=False), JSON)
def test_what_compiles_matches_the_published_schema(path: Path, chance: random.Random, value: Any) -> None:
    document = json.loads(path.read_bytes())
    _change(document, chance, value)
    if valid(document):
        jsonschema_rs.Draft202012Validator(document_schema()).validate(document)


def test_the_inner_step_of_a_call_for_each_item_is_not_found_by_its_id() -> None:
    assert step_of(compile_document([call("a", foreach=[1])]), "a").kind is Kind.GROUP


# The documentation


def test_the_schema_file_for_editors_is_the_published_schema() -> None:
    text = (ROOT / "docs" / "workflow.schema.json").read_text()
    assert json.loads(text) == document_schema(), "document_schema.py says how to write it anew"


def test_every_document_in_the_reference_compiles_and_every_example_is_listed() -> None:
    text = (ROOT / "docs" / "workflow.md").read_text()
    shown = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert len(shown) >= 3
    assert [problems(document) for document in shown] == [()] * len(shown)
    assert all(f"(../examples/{path.name})" in text for path in EXAMPLES)


def test_the_reference_lists_every_code_that_a_broken_document_shows() -> None:
    text = (ROOT / "docs" / "workflow.md").read_text()
    broken = (Path(__file__).parent / "broken_documents").glob("*.json")
    codes = {problem.code for path in broken for problem in problems(path.read_bytes())}
    assert {code for code in codes if f"`{code}`" not in text} == set()
