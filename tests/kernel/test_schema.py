from __future__ import annotations

import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tropeiro.kernel.errors import Problem, SchemaMismatch
from tropeiro.kernel.schema import check, mismatches, problems


def mismatch(schema: Any, value: Any) -> SchemaMismatch:
    with pytest.raises(SchemaMismatch) as caught:
        check(schema, value, what="The input of a/b")
    return caught.value


def only(schema: Any) -> Problem:
    (found,) = problems(schema)
    return found


REPORT = {
    "type": "object",
    "required": ["property"],
    "additionalProperties": False,
    "properties": {
        "property": {"type": "string", "pattern": "^properties/[0-9]+$"},
        "days": {"type": "integer", "minimum": 1, "maximum": 365},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"v": {"type": ["number", "null"]}}}},
        "since": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
    },
}


def test_a_value_that_matches_passes() -> None:
    check(REPORT, {"property": "properties/1", "days": 28, "rows": [{"v": None}], "since": None}, what="x")
    check(None, {"any": "thing"}, what="x")
    check(True, [1], what="x")
    check({}, 2**100, what="x")


@pytest.mark.parametrize(
    ("value", "pointer", "expected", "got"),
    [
        ({}, "", 'the property "property"', "{}"),
        ([], "", "an object", "a list of 0"),
        ({"property": 3}, "/property", "text", "3"),
        ({"property": "x"}, "/property", "text like ^properties/[0-9]+$", '"x"'),
        ({"property": "properties/1", "days": 0}, "/days", "at least 1", "0"),
        ({"property": "properties/1", "days": 1.5}, "/days", "an integer", "1.5"),
        ({"property": "properties/1", "extra": 1}, "", "no further properties", '"extra"'),
        ({"property": "properties/1", "rows": [{}, {"v": "x"}]}, "/rows/1/v", "null or a number", '"x"'),
        ({"property": "properties/1", "since": 3}, "/since", "text or null", "3"),
        ({"property": "properties/1", "since": "soon"}, "/since", "text in the format date or null", '"soon"'),
    ],
)
def test_a_mismatch_says_where_what_was_expected_and_what_came(
    value: Any, pointer: str, expected: str, got: str
) -> None:
    error = mismatch(REPORT, value)
    assert (error.pointer, error.expected, error.got) == (pointer, expected, got)
    assert "The input of a/b" in error.message
    assert expected in error.message
    assert got in error.message
    assert error.details == {"pointer": pointer, "expected": expected, "got": got}


def test_pointers_are_escaped() -> None:
    assert mismatch({"properties": {"a/b~c": {"type": "null"}}}, {"a/b~c": 1}).pointer == "/a~1b~0c"


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("email", "ana@example.com", "ana"),
        ("uri", "https://example.com/x", "no uri"),
        ("date", "2024-02-29", "2023-02-29"),
        ("date-time", "2024-02-29T12:00:00Z", "2024-02-29"),
        ("uuid", "0198c0de-0000-7000-8000-000000000000", "0198"),
    ],
)
def test_formats_are_asserted(name: str, good: str, bad: str) -> None:
    check({"format": name}, good, what="x")
    assert mismatch({"format": name}, bad).expected == f"text in the format {name}"


def test_an_unknown_format_is_an_annotation() -> None:
    assert problems({"format": "colour"}) == ()
    check({"format": "colour"}, "anything", what="x")


def test_what_is_shown_of_a_value_is_bounded() -> None:
    for value in ("x" * 1_000_000, ["x" * 1_000] * 1_000, {"k" * 1_000: 1}, {str(n): n for n in range(10_000)}):
        schemas: list[Any] = [{"type": "integer"}, {"enum": ["y" * 500] * 3}, {"const": "z" * 5_000}, {"not": {}}]
        for schema in schemas:
            error = mismatch(schema, value)
            assert len(error.got) <= 80
            assert len(error.expected) <= 160
            assert len(error.message) < 400


@pytest.mark.parametrize("value", [object(), {1: 2}, b"x", "\ud800"])
def test_a_value_that_is_not_json_is_a_mismatch(value: Any) -> None:
    assert mismatch({"type": "integer"}, value).expected == "plain JSON"


def test_a_good_schema_has_no_problems() -> None:
    assert problems(REPORT) == ()
    assert problems(True) == ()
    assert problems({"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": {"a": {}}}) == ()
    assert problems({"$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}, "$ref": "#/$defs/tree"}) == ()
    assert problems({"properties": {"$ref": {"type": "string"}, "pattern": {"type": "string"}}}) == ()
    assert problems({"examples": [{"$ref": "https://example.com"}], "default": {"$ref": "x"}}) == ()


@pytest.mark.parametrize("schema", [None, 3, "object", [], ["type"]])
def test_a_schema_is_an_object_or_a_boolean(schema: Any) -> None:
    assert only(schema).code == "schema_invalid"


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "text"}, "/type"),
        ({"properties": {"a": {"minimum": "3"}}}, "/properties/a/minimum"),
        ({"properties": []}, "/properties"),
        ({"required": "a"}, "/required"),
        ({"minLength": -1}, "/minLength"),
        ({"$schema": "http://json-schema.org/draft-07/schema#"}, "/$schema"),
    ],
)
def test_an_invalid_schema_is_told_with_its_place(schema: Any, pointer: str) -> None:
    found = only(schema)
    assert (found.code, found.pointer) == ("schema_invalid", pointer)


def test_every_problem_of_a_schema_is_told_up_to_a_bound() -> None:
    assert len(problems({"properties": {str(n): {"type": "nope"} for n in range(5)}})) == 5
    assert len(problems({"properties": {str(n): {"type": "nope"} for n in range(500)}})) == 20


@pytest.mark.parametrize(
    "target",
    [
        "https://example.com/schema.json",
        "http://127.0.0.1:8420/",
        "file:///etc/passwd",
        "other.json",
        "//example.com/x",
        "https://json-schema.org/draft/2020-12/schema",
        "urn:uuid:0198",
        "",
    ],
)
def test_a_reference_never_leaves_the_schema(target: str) -> None:
    for schema, pointer in (
        ({"$ref": target}, "/$ref"),
        ({"properties": {"a": {"items": {"$ref": target}}}}, "/properties/a/items/$ref"),
    ):
        found = only(schema)
        assert (found.code, found.pointer) == ("schema_reference", pointer)
        assert "$defs" in found.hint
        assert mismatch(schema, 1).expected == "a usable schema"


def test_a_reference_hidden_where_rules_do_not_look_is_not_fetched_either() -> None:
    schema = {"x-hidden": {"$ref": "https://example.com/"}, "$ref": "#/x-hidden"}
    assert only(schema).code == "schema_reference"
    embedded = {"$id": "https://example.com/a", "properties": {"p": {"$id": "b", "$ref": "#/$defs/none"}}}
    assert only(embedded).code == "schema_reference"


def test_a_reference_to_nothing_is_told_with_a_suggestion() -> None:
    found = only({"properties": {"a": {"$ref": "#/$defs/addres"}}, "$defs": {"address": {}}})
    assert (found.code, found.pointer, found.hint) == (
        "schema_reference",
        "/properties/a/$ref",
        "Did you mean 'address'?",
    )
    assert only({"$ref": "#nowhere"}).code == "schema_reference"
    assert only({"$dynamicRef": "#x"}).code == "schema_reference"


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?<!a)b", r"(a)\1", "(a{1000}){1000}", "(((a{100}){100}){100})"])
def test_patterns_that_could_take_for_ever_are_refused(pattern: str) -> None:
    schemas: list[Any] = [{"pattern": pattern}, {"properties": {"p": {"patternProperties": {pattern: {}}}}}]
    for schema in schemas:
        found = only(schema)
        assert found.code == "schema_pattern"
        assert "for ever" in found.hint


@pytest.mark.parametrize("pattern", ["^(a+)+$", "^(a|aa)+$", "(.*a){12}$", "^([a-zA-Z0-9]+)*$"])
def test_patterns_that_trap_backtracking_engines_take_linear_time(pattern: str) -> None:
    begun = time.process_time()
    mismatch({"pattern": pattern}, "a" * 100_000 + "!\n")
    assert time.process_time() - begun < 1


def test_schemas_are_bounded_in_size_depth_patterns_and_fanout() -> None:
    deep: Any = {}
    for _ in range(100):
        deep = {"items": deep}
    assert only(deep).code == "schema_too_deep"
    assert only({"description": "x" * 300_000}).code == "schema_too_large"
    assert only({"properties": {str(n): {"pattern": "a"} for n in range(60)}}).code == "schema_too_large"
    bomb = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    assert only({"$defs": {**bomb, "a40": {}}, "$ref": "#/$defs/a0"}).code == "schema_too_large"


def test_a_schema_too_deep_for_python_is_a_problem_and_not_a_crash() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"items": deep}
    assert problems(deep)
    assert mismatch(deep, 1).expected == "a usable schema"


def test_alternatives_that_refer_to_themselves_are_not_explained_at_any_price() -> None:
    again = {"$ref": "#/$defs/l"}
    schema = {
        "$defs": {"l": {"type": ["array", "integer"], "anyOf": [{"items": again}, {"items": again, "maxItems": 9}]}},
        "$ref": "#/$defs/l",
    }
    good: Any = 1
    bad: Any = "x"
    for _ in range(30):
        good, bad = [good], [bad]
    check(schema, good, what="x")
    begun = time.process_time()
    error = mismatch(schema, bad)
    assert time.process_time() - begun < 1
    assert error.expected == "one of its many alternatives"


@pytest.mark.parametrize("schema", [{"$ref": "#"}, {"allOf": [{"$ref": "#"}]}, {"$defs": {"a": {"$ref": "#/$defs/a"}}}])
def test_a_schema_that_is_only_itself_does_not_hang(schema: Any) -> None:
    assert isinstance(problems(schema), tuple)
    check(schema, 1, what="x")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["type", "items", "anyOf", "$ref", "properties", "enum", "pattern", "required", "not", "a"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(schema=json_values, value=json_values)
def test_any_schema_and_any_value_give_an_answer(schema: Any, value: Any) -> None:
    found = problems(schema)
    outcome: SchemaMismatch | None = None
    try:
        check(schema, value, what="x")
    except SchemaMismatch as error:
        outcome = error
    assert outcome is None or len(outcome.message) < 600
    if found and schema is not None:
        assert outcome is not None
        assert outcome.expected == "a usable schema"


def test_every_mismatch_is_found_with_its_place_and_what_is_missing_at_its_own() -> None:
    value = {"days": 0, "rows": [{"v": 1}, {"v": "x"}], "since": "soon", "other": 1}
    found = {(one.pointer, one.keyword) for one in mismatches(REPORT, value)}
    assert found == {
        ("/property", "required"),
        ("/days", "minimum"),
        ("/rows/1/v", "type"),
        ("/since", "anyOf"),
        ("", "additionalProperties"),
    }
    assert next(one.limit for one in mismatches(REPORT, value) if one.pointer == "/days") == 1


def test_there_are_no_mismatches_exactly_when_the_value_matches() -> None:
    assert mismatches(REPORT, {"property": "properties/1"}) == ()
    assert mismatches(None, {"any": "thing"}) == ()
    assert len(mismatches(False, 1)) == 1
    assert len(mismatches({"type": 3}, 1)) == 1


def test_mismatches_are_bounded_and_do_not_explain_what_takes_for_ever() -> None:
    assert len(mismatches({"items": {"type": "integer"}}, ["x"] * 1_000, most=7)) == 7
    bomb = {
        "$defs": {"n": {"anyOf": [{"items": {"$ref": "#/$defs/n"}}, {"items": {"$ref": "#/$defs/n"}}], "type": "array"}}
    }
    bomb["$ref"] = "#/$defs/n"  # type: ignore[assignment]
    value: Any = 1
    for _ in range(40):
        value = [value]
    started = time.monotonic()
    assert len(mismatches(bomb, value)) == 1
    assert time.monotonic() - started < 1
