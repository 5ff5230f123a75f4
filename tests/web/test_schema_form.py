"""Forms made from JSON Schemas: what they ask, what they read, what they say is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone, translation
from hypothesis import given, settings
from hypothesis import strategies as st

from tropeiro.kernel.schema import mismatches
from tropeiro.services.core import CORE_SERVICES
from tropeiro.web.screens.schema_form.form import Field, Form, changed_form, every, new_form, sent_form

PERSON = {
    "type": "object",
    "required": ["ok", "kind"],
    "properties": {
        "ok": {"type": "boolean", "title": "Really?"},
        "kind": {"enum": ["a", "b"], "default": "b"},
        "count": {"type": "integer", "minimum": 1},
        "ratio": {"type": "number"},
        "remark": {"type": "string", "maxLength": 500, "description": "For the record."},
    },
}
ORDER = {
    "$defs": {
        "line": {
            "type": "object",
            "required": ["article"],
            "properties": {
                "article": {"type": "string", "minLength": 2},
                "count": {"type": "integer", "default": 1},
                "notes": {"type": "array", "items": {"type": "string"}},
            },
        }
    },
    "type": "object",
    "required": ["lines"],
    "properties": {
        "lines": {"type": "array", "items": {"$ref": "#/$defs/line"}, "minItems": 1},
        "address": {
            "type": "object",
            "required": ["street"],
            "properties": {"street": {"type": "string"}, "country": {"type": "string", "default": "BR"}},
        },
        "until": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "default": None},
        "pay": {
            "oneOf": [
                {"type": "object", "title": "Card", "required": ["number"], "properties": {
                    "by": {"const": "card"}, "number": {"type": "string", "minLength": 4}}},
                {"type": "object", "title": "Cash", "properties": {"by": {"const": "cash"}}},
            ]
        },
        "tags": {"type": "array", "uniqueItems": True, "items": {"enum": ["new", "old"]}},
        "extra": {"type": "object"},
    },
}  # fmt: skip


def sent_of(form: Form) -> dict[str, list[str]]:
    """What a browser would send of the form as it is shown."""
    sent: dict[str, list[str]] = {}
    if form.as_json:
        sent[form.mode_name] = ["json"]
    waiting = [form.root]
    while waiting:
        field = waiting.pop(0)
        if field.kind == "list":
            numbers = [one.name.rpartition("/")[2] for one in field.fields]
            sent.setdefault(field.items_name, []).extend(numbers)
        elif field.kind == "variants":
            sent[field.variant_name] = [str(field.variant) if field.variant >= 0 else ""]
        elif field.kind == "choices":
            sent[field.name] = [option.text for option in field.options if option.text in field.chosen]
        elif field.kind == "check":
            sent[field.name] = ["true"] if field.text else []
        elif field.kind not in ("object", "fixed"):
            sent[field.name] = [field.text]
        waiting.extend(field.fields)
    return sent


def fields_of(form: Form) -> dict[str, Field]:
    return {field.pointer: field for field in every(form.root)}


def said(form: Form) -> dict[str, str]:
    return {field.pointer: field.problem for field in every(form.root) if field.problem}


def test_each_property_gets_a_field_of_its_kind() -> None:
    fields = fields_of(new_form(PERSON))
    assert [(field.pointer, field.kind) for field in fields.values()] == [
        ("", "object"),
        ("/ok", "check"),
        ("/kind", "choice"),
        ("/count", "integer"),
        ("/ratio", "number"),
        ("/remark", "lines"),
    ]
    assert (fields["/ok"].label, fields["/count"].label) == ("Really?", "Count")
    assert fields["/kind"].needed
    assert not fields["/remark"].needed
    assert (fields["/kind"].text, fields["/count"].minimum, fields["/remark"].help) == ("b", 1, "For the record.")


def test_what_is_sent_becomes_values_of_the_right_types_and_empty_fields_are_left_out() -> None:
    sent = {"in/ok": ["true"], "in/kind": ["a"], "in/count": ["3"], "in/ratio": ["0.5"], "in/remark": [""]}
    form = sent_form(PERSON, sent)
    assert form.valid
    assert form.value == {"ok": True, "kind": "a", "count": 3, "ratio": 0.5}
    assert sent_form(PERSON, {"in/kind": ["b"]}).value == {"ok": False, "kind": "b"}


def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays() -> None:
    sent = {"in/kind": ["c"], "in/count": ["three"], "in/ratio": ["1"], "in/remark": ["x" * 501]}
    form = sent_form(PERSON, sent)
    assert said(form) == {
        "/kind": "Choose one of the values.",
        "/count": "Write a whole number.",
        "/remark": "Write at most 500 characters.",
    }
    assert fields_of(form)["/count"].text == "three"
    assert not form.valid
    assert said(sent_form(PERSON, {"in/count": ["0"]})) == {"/kind": "This is needed.", "/count": "Write 1 or more."}


def test_what_is_wrong_is_said_in_the_readers_language() -> None:
    with translation.override("pt-br"):
        assert said(sent_form(PERSON, {"in/kind": ["a"], "in/count": ["x"]})) == {
            "/count": "Escreva um número inteiro."
        }


def test_nested_objects_lists_alternatives_and_choices_make_one_value() -> None:
    sent = {
        "in/lines~n": ["0", "4"],
        "in/lines/0/article": ["tea"],
        "in/lines/0/count": ["2"],
        "in/lines/4/article": ["milk"],
        "in/lines/4/notes~n": ["0"],
        "in/lines/4/notes/0": ["cold"],
        "in/address/street": [""],
        "in/address/country": ["BR"],
        "in/until": ["2026-12-24"],
        "in/pay~v": ["1"],
        "in/tags": ["old", "new"],
        "in/extra": ['{"a": [1]}'],
    }
    form = sent_form(ORDER, sent)
    assert said(form) == {}
    assert form.value == {
        "lines": [{"article": "tea", "count": 2}, {"article": "milk", "notes": ["cold"]}],
        "until": "2026-12-24",
        "pay": {"by": "cash"},
        "tags": ["new", "old"],
        "extra": {"a": [1]},
    }


def test_errors_inside_lists_and_the_chosen_alternative_stand_at_their_fields() -> None:
    sent = {
        "in/lines~n": ["3", "7"],
        "in/lines/3/article": ["tea"],
        "in/lines/7/article": ["x"],
        "in/address/country": ["PT"],
        "in/pay~v": ["0"],
        "in/pay~v0/number": ["12"],
        "in/until": ["soon"],
    }
    assert said(sent_form(ORDER, sent)) == {
        "/lines/1/article": "Write at least 2 characters.",
        "/address/street": "This is needed.",
        "/until": "Write a date: year-month-day.",
        "/pay/number": "Write at least 4 characters.",
    }
    assert said(sent_form(ORDER, {})) == {"/lines": "Add at least 1 entry."}


def test_text_that_is_no_json_is_kept_and_named() -> None:
    form = sent_form(ORDER, {"in/extra": ["{"], "in/lines~n": ["0"], "in/lines/0/article": ["tea"]})
    assert "not JSON" in said(form)["/extra"]
    assert fields_of(form)["/extra"].text == "{"


def test_elements_are_added_and_removed_and_nothing_typed_is_lost() -> None:
    sent = {"in/lines~n": ["0", "1"], "in/lines/0/article": ["tea"], "in/lines/1/article": ["milk"]}
    more = changed_form(ORDER, sent, "add:in/lines")
    assert [line.get("article") for line in more.value["lines"]] == ["tea", "milk", None]
    assert [one.name for one in fields_of(more)["/lines"].fields] == ["in/lines/0", "in/lines/1", "in/lines/2"]
    less = changed_form(ORDER, sent, "remove:in/lines/0")
    assert [line["article"] for line in less.value["lines"]] == ["milk"]
    assert said(more) == said(less) == {}
    inner = changed_form(ORDER, sent, "add:in/lines/1/notes")
    assert inner.value["lines"][1]["notes"] == [""]


def test_a_script_can_add_elements_from_the_blank_one() -> None:
    lines = fields_of(new_form(ORDER))["/lines"]
    assert lines.blank is not None
    assert lines.blank.name == "in/lines/{0}"
    notes = next(field for field in lines.blank.fields if field.label == "Notes")
    assert notes.blank is not None
    assert notes.blank.name == "in/lines/{0}/notes/{1}"
    assert [field.text for field in lines.blank.fields if field.label == "Count"] == ["1"]


def test_the_whole_can_be_written_as_json_and_back() -> None:
    sent = {"in/lines~n": ["0"], "in/lines/0/article": ["tea"], "in/until": ["2026-12-24"]}
    text = changed_form(ORDER, sent, "json")
    assert text.as_json
    assert '"tea"' in text.root.text
    back = changed_form(ORDER, sent_of(text), "fields")
    assert not back.as_json
    assert back.value == {"lines": [{"article": "tea", "count": 1}], "until": "2026-12-24"}
    broken = changed_form(ORDER, {"in~mode": ["json"], "in": ["{"]}, "fields")
    assert broken.as_json
    assert broken.root.text == "{"
    assert "not JSON" in broken.root.problem


@pytest.mark.parametrize("schema", [None, True, {"type": "object"}, {"type": "array"}, {"not": {"type": "null"}}])
def test_what_no_fields_can_show_is_one_field_for_json(schema: Any) -> None:
    form = new_form(schema)
    assert form.as_json
    assert not form.can_be_fields
    assert sent_form(schema, {"in": ['{"a": 1}']}).value == {"a": 1}


def test_a_value_with_more_than_the_fields_show_is_kept_whole_as_json() -> None:
    value = {"lines": [{"article": "tea", "colour": "green"}]}
    form = new_form(ORDER, value)
    assert fields_of(form)["/lines/0"].kind == "json"
    assert sent_form(ORDER, sent_of(form)).value == value


def test_a_schema_without_properties_asks_nothing() -> None:
    form = new_form({"type": "object", "properties": {}, "additionalProperties": False})
    assert form.empty
    assert form.value == {}


def test_a_moment_is_read_by_the_readers_clock() -> None:
    schema = {"type": "object", "properties": {"at": {"type": "string", "format": "date-time"}}}
    with timezone.override("America/Sao_Paulo"):
        form = sent_form(schema, {"in/at": ["2026-11-28T10:00"]})
        assert form.value == {"at": "2026-11-28T10:00:00-03:00"}
        assert fields_of(new_form(schema, {"at": "2026-11-28T13:00:00Z"}))["/at"].text == "2026-11-28T10:00:00"
    assert said(sent_form(schema, {"in/at": ["noon"]})) == {"/at": "Write a date and a time."}


def test_a_schema_that_refers_to_itself_and_one_with_very_many_fields_end() -> None:
    tree: Any = {"type": "object", "properties": {"child": {"$ref": "#"}, "name": {"type": "string"}}}
    assert len(every(new_form(tree).root)) < 30
    nested: Any = {"type": "string"}
    for _ in range(6):
        nested = {"type": "array", "items": {"type": "object", "properties": {f"p{n}": nested for n in range(6)}}}
    wide = {"type": "object", "properties": {f"q{n}": nested for n in range(50)}}
    assert len(every(new_form(wide).root)) < 500


def test_names_and_ids_of_fields_are_fit_for_a_page_whatever_the_properties_are_called() -> None:
    odd = {"type": "object", "properties": {'a/b ~"<': {"type": "string"}, "a~1b": {"type": "string"}}}
    one, other = list(fields_of(new_form(odd)).values())[1:]
    assert one.id != other.id
    assert not set(one.id) & set('/ ~"<')
    assert sent_form(odd, {one.name: ["x"], other.name: ["y"]}).value == {'a/b ~"<': "x", "a~1b": "y"}


@pytest.mark.parametrize("definition", CORE_SERVICES, ids=lambda one: one.name)
def test_the_form_of_every_built_in_service_can_be_sent_back_as_it_is(definition: Any) -> None:
    form = new_form(definition.input_schema)
    again = sent_form(definition.input_schema, sent_of(form))
    assert again.value == form.value
    assert [one.keyword for one in mismatches(definition.input_schema, again.value)] == ["required"] * len(said(again))


_TEXT = st.text("ab ~/é", max_size=5)
_VALUES = st.fixed_dictionaries(
    {
        "lines": st.lists(
            st.fixed_dictionaries(
                {"article": st.text("xyz", min_size=2, max_size=4), "count": st.integers(-5, 5)},
                optional={"notes": st.lists(_TEXT.filter(bool), min_size=1, max_size=3)},
            ),
            min_size=1,
            max_size=3,
        )
    },
    optional={
        "address": st.fixed_dictionaries({"street": _TEXT.filter(bool), "country": st.just("PT")}),
        "until": st.dates().map(str),
        "pay": st.sampled_from([{"by": "cash"}, {"by": "card", "number": "1234"}]),
        "tags": st.sampled_from([["new"], ["old"], ["new", "old"]]),
        "extra": st.dictionaries(_TEXT, st.integers(), min_size=1),
    },
)


@settings(max_examples=60, deadline=None)
@given(_VALUES)
def test_a_value_that_is_shown_and_sent_back_is_the_same(value: dict[str, Any]) -> None:
    form = sent_form(ORDER, sent_of(new_form(ORDER, value)))
    assert said(form) == {}
    assert form.value == value
