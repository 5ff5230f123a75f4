"""What a template may name, by where it stands."""

from __future__ import annotations

from typing import Any

import pytest
from short_documents import call, choice, found_in, group, parallel, problems_of, split

from tropeiro.kernel.document import compile_document, problems

WAIT = {"id": "pause", "wait": "1s"}


def naming(expression: str, step_id: str = "reader", **keys: Any) -> Any:
    return {"id": step_id, "uses": "core/set@1", "with": {"x": f"{{{{ {expression} }}}}"}, **keys}


@pytest.mark.parametrize(
    "document",
    [
        [call("a"), call("b", "a"), call("c", "a", "b")],
        [call("a"), group("g", call("b", "a"), call("c", "a", "b")), call("d", "a", "g")],
        [call("a"), group("g", group("h", group("i", call("b", "a"))))],
        [call("a"), split("g", call("b", "a"), naming("item + index + steps.b.output"))],
        [call("a"), parallel("p", left=[call("b", "a")], right=[call("c", "a")]), call("d", "p")],
        [
            call("a"),
            choice("o", ("{{ steps.a.output }}", [call("b", "a")]), **{"else": [call("c", "a")]}),
            call("d", "o"),
        ],
        [call("a", on_error=[naming("steps.a.error.message")])],
        [call("a", on_error=[naming("steps.a.state")])],
        [call("a", on_error=[naming("steps.a")])],
        [call("a"), call("b", on_error=[call("c", "a"), call("d", "a", "c")])],
        [group("g", call("a"), on_error=[call("b", on_error=[naming("[steps.g.error, steps.b.error]")])])],
        [group("g", call("a", on_error="continue"), naming("steps.a.error"))],
        [call("a"), call("b", output="{{ steps.b.output.x + steps.a.output }}")],
        [call("a"), group("g", call("b"), output="{{ steps.g.output + steps.a.output }}")],
        [split("g", call("b"), output="{{ steps.g.output | length }}")],
        [{**naming("item"), "foreach": [1], "mock": "{{ item }}"}],
        [split("g", parallel("p", a=[naming("item")], b=[naming("index", "other")]))],
        [split("g", {**naming("item"), "foreach": "{{ item.rows }}", "if": "{{ item.go }}", "output": "{{ item }}"})],
        [split("g", call("b", on_error=[naming("item")]))],
        {"vars": {"a": 1}, "steps": [naming("vars.a + job.attempt")]},
        {"steps": [naming("inputs.anything")]},
        {"inputs": {"properties": {"a": {}}}, "steps": [naming("inputs.b")]},
        {"inputs": {"properties": {"a": {}}, "additionalProperties": False}, "steps": [naming("inputs.a")]},
        {"inputs": {"patternProperties": {"^x": {}}, "additionalProperties": False}, "steps": [naming("inputs.xy")]},
        {"steps": [call("a"), group("g", call("b"))], "output": ["{{ steps.a.output }}", "{{ steps.g.output }}"]},
    ],
)
def test_what_is_finished_and_around_may_be_named(document: Any) -> None:
    compile_document(document)


@pytest.mark.parametrize(
    ("document", "code", "pointer", "told"),
    [
        ([naming("steps.reader.output")], "out_of_sight", "/0/with/x", "has not finished"),
        ([naming("steps.nobody.output")], "unknown_step", "/0/with/x", "no step `nobody`"),
        ([call("fetch"), naming("steps.fetsh.output")], "unknown_step", "/1/with/x", "Did you mean `fetch`?"),
        ([naming("steps.pause.output"), WAIT], "runs_later", "/0/with/x", "`pause` runs later"),
        ([naming("steps.pause.output"), group("g", WAIT)], "runs_later", "/0/with/x", "`pause` runs later"),
        ([group("g", naming("steps.pause.output")), WAIT], "runs_later", "/0/steps/0/with/x", "`pause` runs later"),
        ([group("g", WAIT), naming("steps.pause.output")], "out_of_sight", "/1/with/x", "Use steps.g.output."),
        (
            [group("g", group("h", WAIT)), naming("steps.pause.state")],
            "out_of_sight",
            "/1/with/x",
            "Use steps.g.output.",
        ),
        (
            [group("g", group("h", WAIT), naming("steps.pause.state"))],
            "out_of_sight",
            "/0/steps/1/with/x",
            "Use steps.h.output.",
        ),
        ([group("g", naming("steps.g.output"))], "out_of_sight", "/0/steps/0/with/x", "`g` has not finished"),
        ([group("g", WAIT, output="{{ steps.pause.output }}")], "out_of_sight", "/0/output", "Use steps.g.output."),
        ([group("g", WAIT, output="{{ steps.g.error }}")], "out_of_sight", "/0/output", "only steps.g.output"),
        (
            [group("g", WAIT, on_error=[naming("steps.pause.output")])],
            "out_of_sight",
            "/0/on_error/0/with/x",
            "steps.g.error",
        ),
        (
            [group("g", naming("steps.pause.output"), on_error=[WAIT])],
            "out_of_sight",
            "/0/steps/0/with/x",
            "only when `g` has failed",
        ),
        (
            [call("a", on_error=[WAIT]), naming("steps.pause.output")],
            "out_of_sight",
            "/1/with/x",
            "Use steps.a.output.",
        ),
        ([call("a", on_error=[naming("steps.a.output")])], "out_of_sight", "/0/on_error/0/with/x", "steps.a.error"),
        (
            [parallel("p", a=[WAIT], b=[naming("steps.pause.output")])],
            "out_of_sight",
            "/0/branches/b/0/with/x",
            "another branch",
        ),
        ([choice("o", ("{{ steps.pause.output }}", [WAIT]))], "out_of_sight", "/0/cases/0/if", "Use steps.o.output."),
        (
            [choice("o", ("{{ 1 }}", [WAIT]), **{"else": [naming("steps.pause.output")]})],
            "out_of_sight",
            "/0/else/0/with/x",
            "another branch",
        ),
        ([naming("item")], "item_outside_foreach", "/0/with/x", "nothing around it has a `foreach`"),
        ([naming("index")], "item_outside_foreach", "/0/with/x", "`index`"),
        ([split("g", WAIT, **{"if": "{{ item }}"})], "item_outside_foreach", "/0/if", "not to each item"),
        ([split("g", WAIT, output="{{ index }}")], "item_outside_foreach", "/0/output", "not to each item"),
        ([split("g", WAIT, over="{{ item }}")], "item_outside_foreach", "/0/foreach", "not to each item"),
        ([split("g", WAIT, on_error=[naming("item")])], "item_outside_foreach", "/0/on_error/0/with/x", "`item`"),
        ([call("a", "a", foreach=[1])], "out_of_sight", "/0/with/a", "`a` has not finished"),
        ([naming("job.workflw")], "unknown_name", "/0/with/x", "Did you mean `workflow`?"),
        ([naming("vars.a")], "unknown_name", "/0/with/x", "no variable `a`"),
        (
            {"steps": [group("g", WAIT)], "output": "{{ steps.pause.output }}"},
            "out_of_sight",
            "/output",
            "Use steps.g.output.",
        ),
        ({"steps": [WAIT], "output": {"a": ["{{ item }}"]}}, "item_outside_foreach", "/output/a/0", "`item`"),
        ({"steps": [WAIT], "output": "{{ steps.puase.output }}"}, "unknown_step", "/output", "Did you mean `pause`?"),
    ],
)
def test_what_is_not_there_is_refused_with_the_reason(document: Any, code: str, pointer: str, told: str) -> None:
    (problem,) = problems_of(document)
    assert (problem.code, problem.pointer) == (code, pointer)
    assert told in f"{problem.message} {problem.hint}"


def test_every_wrong_name_of_a_template_is_told_in_its_own_text() -> None:
    document = [
        {
            "id": "a",
            "uses": "core/set@1",
            "with": {"p": ["{{ item }}", "{{ steps.x.output + steps.y.output }}"], "q": "{{ vars.z }}"},
        }
    ]
    assert sorted(found_in(document)) == [
        ("item_outside_foreach", "/0/with/p/0"),
        ("unknown_name", "/0/with/q"),
        ("unknown_step", "/0/with/p/1"),
        ("unknown_step", "/0/with/p/1"),
    ]


def test_the_column_leads_to_the_name_in_the_text() -> None:
    text = '[{"id": "a", "uses": "core/set@1",\n  "with": {"x": "caf\\u00e9 {{ steps[\'gone\'].output }} {{ item }}"}}]'
    line = text.splitlines()[1]
    assert [(p.code, p.line, p.column) for p in problems(text)] == [
        ("unknown_step", 2, line.index("steps[") + 1),
        ("item_outside_foreach", 2, line.index("item") + 1),
    ]


def test_a_reference_into_a_part_that_could_not_be_read_is_no_problem_of_its_own() -> None:
    document = [
        {"id": "g", "uses": "core/set@1", "steps": [WAIT]},
        naming("steps.pause.output"),
        naming("steps.g.output", "b"),
    ]
    assert found_in(document) == [("two_kinds", "/0")]
