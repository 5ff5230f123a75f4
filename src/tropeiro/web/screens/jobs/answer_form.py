"""A form for an approval, from the JSON Schema of its answer; and the answer from what the form sends.

A flat object of texts, numbers, choices and yes-or-no gets a field each. Anything else is one field for JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.jobs.approvals import Approval

JSON_FIELD = "json"
PREFIX = "field-"
_TYPES = {"string": "text", "integer": "number", "number": "number", "boolean": "checkbox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form."""

    name: str
    label: str
    help: str
    type: str
    """text, textarea, number, checkbox, select or json."""
    required: bool
    value: Any = None
    options: tuple[str, ...] = ()
    step: str = "any"
    minimum: float | None = None
    maximum: float | None = None
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An approval with the fields that its answer needs."""

    path: str
    title: str
    fields: tuple[Field, ...]
    due_at: datetime | None


def question_of(approval: Approval) -> Question:
    """An approval as a form."""
    return Question(approval.path, approval.title, _fields(approval.form), approval.due_at)


def answer_from(form: Any, sent: Mapping[str, str]) -> Any:
    """The answer that a sent form gives; its check against the schema comes later. Raises `InvalidInput`."""
    if form is None:
        return True
    fields = _fields(form)
    if fields and fields[0].name == JSON_FIELD and fields[0].type == "json":
        return _json(sent.get(PREFIX + JSON_FIELD, ""))
    answer: dict[str, Any] = {}
    for field in fields:
        text = sent.get(PREFIX + field.name)
        if field.type == "checkbox":
            answer[field.name] = text is not None
        elif text:
            answer[field.name] = _number(field, text) if field.type == "number" else text
    return answer


def _fields(form: Any) -> tuple[Field, ...]:
    if form is None:
        return ()
    properties = form.get("properties") if isinstance(form, dict) and form.get("type") == "object" else None
    if not isinstance(properties, dict) or not all(_is_plain(rule) for rule in properties.values()):
        return (Field(name=JSON_FIELD, label="JSON", help="", type="json", required=True),)
    required = form.get("required", [])
    return tuple(_field(name, rule, name in required) for name, rule in properties.items())


def _is_plain(rule: Any) -> bool:
    return isinstance(rule, dict) and (rule.get("type") in _TYPES or _is_choice(rule))


def _is_choice(rule: dict[str, Any]) -> bool:
    choices = rule.get("enum")
    return isinstance(choices, list) and all(isinstance(choice, str) for choice in choices)


def _field(name: str, rule: dict[str, Any], required: bool) -> Field:
    kind = "select" if _is_choice(rule) else _TYPES[rule["type"]]
    longest = rule.get("maxLength")
    if kind == "text" and isinstance(longest, int) and longest > 200:
        kind = "textarea"
    return Field(
        name=name,
        label=str(rule.get("title") or name.replace("_", " ").capitalize()),
        help=str(rule.get("description", "")),
        type=kind,
        required=required,
        value=rule.get("default"),
        options=tuple(rule["enum"]) if kind == "select" else (),
        step="1" if rule.get("type") == "integer" else "any",
        minimum=rule.get("minimum"),
        maximum=rule.get("maximum"),
        longest=longest if isinstance(longest, int) else None,
    )


def _number(field: Field, text: str) -> int | float:
    try:
        return int(text) if field.step == "1" else float(text)
    except ValueError:
        raise InvalidInput(f"{field.label}: `{text[:40]}` is not a number.") from None


def _json(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The answer is not JSON: {error}.") from None
