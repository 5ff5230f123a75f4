"""Forms made from JSON Schemas."""

from __future__ import annotations

from typing import Any

import pytest

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.jobs.approvals import Approval
from tropeiro.web.screens.jobs.answer_form import answer_from, question_of

FORM = {
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


def _fields(form: Any) -> dict[str, Any]:
    return {field.name: field for field in question_of(Approval("a", "t", form, (), None)).fields}


def test_each_plain_property_gets_a_field_of_its_kind() -> None:
    fields = _fields(FORM)
    assert {name: field.type for name, field in fields.items()} == {
        "ok": "checkbox",
        "kind": "select",
        "count": "number",
        "ratio": "number",
        "remark": "textarea",
    }
    assert (fields["ok"].label, fields["count"].label) == ("Really?", "Count")
    assert (fields["count"].step, fields["ratio"].step) == ("1", "any")
    assert fields["kind"].required
    assert not fields["remark"].required


def test_what_is_sent_becomes_values_of_the_right_types_and_empty_fields_are_left_out() -> None:
    sent = {"field-ok": "on", "field-kind": "a", "field-count": "3", "field-ratio": "0.5", "field-remark": ""}
    assert answer_from(FORM, sent) == {"ok": True, "kind": "a", "count": 3, "ratio": 0.5}
    assert answer_from(FORM, {})["ok"] is False


def test_what_is_no_number_is_refused_by_the_name_of_its_field() -> None:
    with pytest.raises(InvalidInput, match="Count"):
        answer_from(FORM, {"field-count": "three"})


@pytest.mark.parametrize("form", [{"type": "array"}, {"type": "object", "properties": {"a": {"type": "object"}}}, True])
def test_anything_else_is_one_field_for_json(form: Any) -> None:
    assert [field.type for field in _fields(form).values()] == ["json"]
    assert answer_from(form, {"field-json": '{"a": [1]}'}) == {"a": [1]}
    with pytest.raises(InvalidInput, match="not JSON"):
        answer_from(form, {"field-json": "{"})


def test_without_a_form_only_a_yes_is_asked_for() -> None:
    assert _fields(None) == {}
    assert answer_from(None, {}) is True
