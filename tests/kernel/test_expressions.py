from __future__ import annotations

from typing import Any

import pytest

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expressions import Reference, Template, compile_condition, compile_template

NAMES: dict[str, Any] = {
    "inputs": {"name": "Ana", "days": 28, "tags": ["a", "b"], "note": None, "on": True, "rate": 1.5, "a~b/c": 1},
    "steps": {
        "find": {"output": {"rows": [{"id": 1}, {"id": 2}]}, "error": None, "state": "succeeded"},
        "lost": {"output": None, "error": {"code": "timeout", "message": "m"}, "state": "failed"},
    },
    "item": {"offset": 1_000},
    "index": 2,
    "vars": {"size": 10},
    "job": {"id": "j", "workflow": "w", "started_at": "2024-02-29T00:00:00Z", "attempt": 1},
}


def render(source: Any, names: dict[str, Any] = NAMES) -> Any:
    return compile_template(source).render(names)


def refused(source: Any, key: str = "/with") -> ExpressionError:
    with pytest.raises(ExpressionError) as caught:
        compile_template(source, key=key)
    return caught.value


def failed(source: Any, key: str = "/with") -> ExpressionError:
    template = compile_template(source, key=key)
    with pytest.raises(ExpressionError) as caught:
        template.render(NAMES)
    return caught.value


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ inputs.days }}", 28),
        ("{{inputs.days}}", 28),
        ("{{ inputs['days'] }}", 28),
        ("{{ inputs.tags }}", ["a", "b"]),
        ("{{ inputs.tags[0] }}", "a"),
        ("{{ inputs.tags[-1] }}", "b"),
        ("{{ inputs.tags.0 }}", "a"),
        ("{{ inputs.note }}", None),
        ("{{ inputs.on }}", True),
        ("{{ inputs['a~b/c'] }}", 1),
        ("{{ steps.find.output.rows[1].id }}", 2),
        ("{{ steps['find']['output']['rows'] | length }}", 2),
        ("{{ inputs.tags[index - 1] }}", "b"),
        ("{{ inputs['na' ~ 'me'] }}", "Ana"),
        ("{{ [1, 'a', inputs.days] }}", [1, "a", 28]),
        ("{{ {'k': inputs.days, 'n': {'m': []}} }}", {"k": 28, "n": {"m": []}}),
        ("{{ {'k' ~ 1: 1} }}", {"k1": 1}),
        ("{{ null }}", None),
        ("{{ none }}", None),
        ("{{ 'it''s' }}", "its"),
        ('{{ "double" }}', "double"),
        ("{{ '}}' }}", "}}"),
        ("{{ {'a': {'b': {}}} }}", {"a": {"b": {}}}),
        ("{{ 'São\\n\\u00e9' }}", "São\né"),
        ("{{\r\n  inputs.days\r\n}}", 28),
    ],
)
def test_one_whole_expression_keeps_the_kind_of_its_value(source: str, expected: Any) -> None:
    result = render(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ inputs.name }}: {{ inputs.days }} days", "Ana: 28 days"),
        (" {{ inputs.days }}", " 28"),
        ("{{ inputs.days }} ", "28 "),
        ("{{ inputs.days }}{{ inputs.days }}", "2828"),
        ("{{ inputs.note }}/{{ inputs.on }}/{{ inputs.rate }}", "null/true/1.5"),
        ("{{ inputs.tags }} {{ item }}", '["a","b"] {"offset":1000}'),
        ("{{ '{{' }} {{ '{%' }} }}", "{{ {% }}"),
        ("a } } }} {b}", "a } } }} {b}"),
        ("", ""),
    ],
)
def test_in_any_other_text_values_are_joined_as_json_text(source: str, expected: str) -> None:
    assert render(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("7 // 2", 3),
        ("-7 // 2", -4),
        ("7 % 3", 1),
        ("4 / 2", 2.0),
        ("1 + 0.5", 1.5),
        ("- inputs.days", -28),
        ("170141183460469231731687303715884105727 - 1", 2**127 - 2),
        ("10000000000000000000 * 10000000000", 10**29),
        ("[1] + [2, 3]", [1, 2, 3]),
        ("'a' ~ 1 ~ null ~ [1]", "a1null[1]"),
        ("1 < 2", True),
        ("1 < 2 < 3 <= 3", True),
        ("1 < 3 < 2", False),
        ("'a' < 'b'", True),
        ("1 == 1.0", True),
        ("1 == true", False),
        ("true == true", True),
        ("0 == false", False),
        ("null == false", False),
        ("'1' == 1", False),
        ("[1, true] == [1.0, true]", True),
        ("[1] == [true]", False),
        ("{'a': [1]} == {'a': [1]}", True),
        ("{'a': 1} == {'b': 1}", False),
        ("1 != 2", True),
        ("1 in [1, 2]", True),
        ("true in [1, 2]", False),
        ("3 not in [1, 2]", True),
        ("'name' in inputs", True),
        ("'n' in 'name'", True),
        ("inputs.note or 'nobody'", "nobody"),
        ("inputs.name and 1", 1),
        ("false and 1 / 0", False),
        ("true or 1 / 0", True),
        ("not inputs.note", True),
        ("'yes' if inputs.days > 7 else 'no'", "yes"),
        ("1 if false else 2 if false else 3", 3),
        ("1 if true else 1 / 0", 1),
    ],
)
def test_operators_work_on_json_values(source: str, expected: Any) -> None:
    result = render(f"{{{{ {source} }}}}")
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("'a' + 'b'", "'+' does not work on text and text"),
        ("'a' * 3", "'*' does not work on text and integer"),
        ("[1] * 3", "'*' does not work on list and integer"),
        ("true + 1", "'+' does not work on boolean and integer"),
        ("null + 1", "'+' does not work on null and integer"),
        ("{} + {}", "'+' does not work on object and object"),
        ("-'a'", "'-' does not work on text"),
        ("1 / 0", "divided by zero"),
        ("1.5 % 0", "divided by zero"),
        ("1e308 * 10", "not a finite number"),
        ("170141183460469231731687303715884105727 + 1", "128 bits"),
        ("1 < 'a'", "Cannot order integer and text"),
        ("true < false", "Cannot order boolean and boolean"),
        ("null < 1", "Cannot order null and integer"),
        ("1 in 2", "'in' needs a list"),
        ("1 in 'a'", "Only a text can be in a text"),
        ("1 in {}", "Keys of an object are texts"),
        ("{1: 2}", "A key of an object must be text"),
        ("inputs.name[0]", "A value of kind text has nothing inside it"),
        ("inputs.tags['a']", "A list is reached by a number"),
        ("inputs.tags[true]", "A list is reached by a number"),
        ("inputs.tags[5]", "The list has no element 5: it has 2"),
        ("inputs[1]", "An object is reached by a text"),
    ],
)
def test_operators_refuse_values_of_the_wrong_kind(source: str, message: str) -> None:
    assert message in failed(f"{{{{ {source} }}}}").message


def test_whole_numbers_are_exact_and_leave_128_bits_with_an_error() -> None:
    assert render("{{ 9007199254740993 + 0 }}") == 9007199254740993
    assert render("{{ -170141183460469231731687303715884105727 - 1 }}") == -(2**127)
    assert "128 bits" in failed("{{ -170141183460469231731687303715884105727 - 2 }}").message


@pytest.mark.parametrize(
    ("source", "message", "hint"),
    [
        ("{{ input.days }}", "There is no name 'input'", "Did you mean 'inputs'?"),
        ("{{ now }}", "There is no name 'now'", "There is no clock"),
        ("{{ inputs.days | rounded }}", "There is no filter 'rounded'", "Did you mean 'round'?"),
        ("{{ [] | selectattr('a') }}", "There is no filter 'selectattr'", "select('name', '==', value)"),
        ("{{ 'a' | split(1, 2) }}", "has 2 arguments, and takes 1", "split(separator=null)"),
        ("{{ 'a' | split(separatr=1) }}", "has no argument 'separatr'", "Did you mean 'separator'?"),
        ("{{ 'a' | split('a', separator='b') }}", "given 'separator' twice", ""),
        ("{{ 'a' | replace('a') }}", "needs 'new'", "replace(old, new)"),
        ("{{ 'a' | split(1) }}", "Argument 'separator' of 'split' must be text or null, not integer", ""),
        ("{{ steps }}", "'steps' cannot be read as a whole", "steps.<id>.output"),
        ("{{ steps | length }}", "'steps' cannot be read as a whole", ""),
        ("{{ steps[inputs.name] }}", "The id of a step must be written out", ""),
        ("{{ steps['a' ~ 'b'].output }}", "The id of a step must be written out", ""),
        ("{{ steps[0] }}", "'steps' cannot be read as a whole", ""),
        ("{{ steps.find.rows }}", "A step has output, error, state", "Did you mean 'steps.find.output.rows'?"),
        ("{{ steps.find.ouput }}", "A step has output, error, state", "Did you mean 'output'?"),
        ("{{ inputs.name() }}", "Nothing can be called", "value | filter"),
        ("{{ 2 ** 3 }}", "There is no power operator", ""),
        ("{{ inputs.tags[0:1] }}", "Slices in brackets", "slice(start, end)"),
        ("{{ inputs.note is none }}", "There are no 'is' tests", "== null"),
        ("{{ (1, 2) }}", "There are no tuples", "[a, b]"),
        ("{{ 1, 2 }}", "should end before ','", "[a, b]"),
        ("{{ 1 if true }}", "needs both results", "else"),
        ("{{ 1 + }}", "Unexpected the end of the expression", ""),
        ("{{ 'abc }}", "A text that starts with ' is never closed", ""),
        ("{{ a ? b }}", "The character '?' has no meaning", ""),
        ("{{ (1 }}", "expected ')'", ""),
        ("{{ 1", "never closed", "}}"),
        ("{{ }}", "nothing between the braces", ""),
        ("{{- 1 }}", "Braces with a sign", "space"),
        ("{{ 1 -}}", "Braces with a sign", "}}"),
        ("{% if x %}", "statement or a comment", "{{ '{%' }}"),
        ("{# note #}", "statement or a comment", "{{ '{#' }}"),
        ("{{ 1e999 }}", "out of range", ""),
        ("{{ " + "9" * 60 + " }}", "out of range", ""),
        ("{{ '\\ud800' }}", "surrogate", ""),
    ],
)
def test_what_is_wrong_is_told_when_it_is_compiled_with_what_to_do(source: str, message: str, hint: str) -> None:
    error = refused(source)
    assert message in error.message
    assert hint in error.hint
    assert error.key == "/with"
    assert error.column > 0
    assert "jinja" not in error.message.lower() or "statement" in error.message


def test_what_is_missing_is_told_with_what_is_there() -> None:
    near = failed({"a": ["x", "{{ inputs.nme }}"]})
    assert (near.key, near.column, near.hint) == ("/with/a/1", 10, "Did you mean 'name'?")
    assert "There is no 'nme' here" in near.message
    far = failed("{{ steps.find.output.zzz }}")
    assert far.hint == "It has: rows."
    assert "null has no 'rows'" in failed("{{ steps.lost.output.rows }}").message
    assert failed("{{ steps.fund.output }}").hint == "Did you mean 'find'?"


def test_an_item_outside_a_foreach_is_told_as_such() -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template("{{ item.offset }}").render({"inputs": {}})
    assert caught.value.hint == "It is known only inside a foreach."


def test_the_column_counts_characters_of_the_whole_text() -> None:
    assert refused("São {{ inputs.days }} and {{ foo }}").column == 30
    assert failed("{{ 1 }} {{ inputs.days + 'a' }}").column == 12
    assert failed("{{ inputs.days | split }}").column == 18
    assert failed("{{ inputs.name.first }}").column == 15


def test_a_key_of_an_object_is_escaped_in_the_pointer_and_never_a_template() -> None:
    assert failed({"a/b~c": "{{ inputs.x }}"}).key == "/with/a~1b~0c"
    assert render({"{{ inputs.name }}": 1}) == {"{{ inputs.name }}": 1}


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("inputs.limit | default(100)", 100),
        ("inputs.note | default(100)", 100),
        ("inputs.days | default(100)", 28),
        ("inputs.on | default(false)", True),
        ("'' | default('x')", ""),
        ("'' | default('x', true)", "x"),
        ("0 | default(5, empty=true)", 5),
        ("steps.lost.output.rows[0].id | default('none')", "none"),
        ("steps.gone.output | default([])", []),
        ("inputs.a.b.c | default(inputs.d | default('e'))", "e"),
        ("(inputs.first ~ inputs.last) | default('nobody')", "nobody"),
        ("inputs.tags[9] | default('none')", "none"),
        ("[] | first | default(0)", 0),
        ("inputs.days | default(1 / 0)", 28),
        ("inputs[inputs.name] | default(1)", 1),
    ],
)
def test_default_answers_for_what_is_missing_or_null_on_its_left(source: str, expected: Any) -> None:
    assert render(f"{{{{ {source} }}}}") == expected


def test_default_does_not_hide_other_mistakes() -> None:
    assert "divided by zero" in failed("{{ (1 / 0) | default(0) }}").message
    assert "must be text" in failed("{{ (1 | upper) | default(0) }}").message


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{{ steps.a.output.b }}", {Reference("steps", "a", "output")}),
        ("{{ steps['a']['error'] }}", {Reference("steps", "a", "error")}),
        ("{{ steps.a.state }}", {Reference("steps", "a", "state")}),
        ("{{ steps.a }}", {Reference("steps", "a", None)}),
        ("{{ steps.a[inputs.f] }}", {Reference("steps", "a", None), Reference("inputs", "f")}),
        ("{{ inputs }}", {Reference("inputs")}),
        ("{{ inputs[vars.k] }}", {Reference("inputs"), Reference("vars", "k")}),
        ("{{ inputs.a.b[0] }}", {Reference("inputs", "a")}),
        ("{{ item }} {{ index }} {{ job.id }}", {Reference("item"), Reference("index"), Reference("job", "id")}),
        ("{{ item.offset }}", {Reference("item", "offset")}),
        (
            "{{ [1] | join(vars.sep) | default(steps.z.output) }}",
            {Reference("vars", "sep"), Reference("steps", "z", "output")},
        ),
        ("{{ false and steps.x.output }}", {Reference("steps", "x", "output")}),
        ("{{ {'k': [steps.y.output]} }}", {Reference("steps", "y", "output")}),
        ("{{ 1 }}", set()),
        (
            {"a": ["{{ steps.p.output }}", {"b": "{{ vars.q }}"}]},
            {Reference("steps", "p", "output"), Reference("vars", "q")},
        ),
    ],
)
def test_references_are_known_without_running(source: Any, expected: set[Reference]) -> None:
    assert compile_template(source).references == expected


def test_a_value_without_expressions_is_constant_and_renders_to_itself() -> None:
    value = {"a": [1, "x", None, {"b": 1.5}], "}}": "{ {"}
    template = compile_template(value)
    assert template.constant
    assert template.references == frozenset()
    assert template.render({}) is value
    assert not compile_template("{{ 1 }}").constant


def test_templates_of_equal_values_are_equal() -> None:
    assert compile_template({"a": "{{ inputs.x }}", "b": 1}) == compile_template({"b": 1, "a": "{{ inputs.x }}"})
    assert compile_template("{{ inputs.x }}") != compile_template("{{ inputs.y }}")
    assert compile_template(1) != compile_template(True)
    assert len({compile_template("{{ inputs.x }}"), compile_template("{{ inputs.x }}")}) == 1


def test_rendering_leaves_source_and_data_as_they_are() -> None:
    source = {"a": ["{{ inputs.tags + ['c'] }}", "x"], "b": {"c": "{{ inputs.tags }}"}}
    assert render(source) == {"a": [["a", "b", "c"], "x"], "b": {"c": ["a", "b"]}}
    assert source == {"a": ["{{ inputs.tags + ['c'] }}", "x"], "b": {"c": "{{ inputs.tags }}"}}
    assert NAMES["inputs"]["tags"] == ["a", "b"]


@pytest.mark.parametrize("value", [{"a": {1, 2}}, (1, 2), {1: "x"}, b"x", object()])
def test_only_plain_json_can_be_a_template(value: Any) -> None:
    refused(value)


def test_a_template_nested_too_deeply_is_refused() -> None:
    value: Any = "{{ 1 }}"
    for _ in range(150):
        value = [value]
    assert "100 levels" in refused(value).message


def test_a_condition_is_a_boolean_or_one_whole_expression() -> None:
    assert compile_condition(True).truth({})
    assert not compile_condition(False).truth({})
    assert compile_condition("{{ inputs.days > 7 }}").truth(NAMES)
    assert not compile_condition("{{ inputs.note }}").truth(NAMES)
    assert compile_condition("{{ inputs.tags }}").truth(NAMES)


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("inputs.days > 7", 'Write "{{ inputs.days > 7 }}".'),
        ("true", 'Write "{{ true }}".'),
        ("{{ inputs.days }} > 7", "inside one pair of braces"),
        (" {{ inputs.days }}", "inside one pair of braces"),
        (1, "{{"),
        (None, "{{"),
    ],
)
def test_a_condition_without_braces_is_refused_with_a_hint(value: Any, hint: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_condition(value, key="/if")
    assert caught.value.key == "/if"
    assert hint in caught.value.hint


def test_a_template_shows_its_source_cut_short() -> None:
    template: Template = compile_template("{{ inputs.x }}" * 10)
    assert len(repr(template)) < 80
