"""Reading the kinds of step that own no other steps: service calls, waits, approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from tropeiro.kernel import step_rules as rules
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.field_reader import (
    check_keys,
    is_kind,
    is_whole_expression,
    read_duration,
    read_schema,
    read_template,
    read_text,
)
from tropeiro.kernel.problems import Findings, shown
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.kernel.wording import grouped, phrase, says
from tropeiro.kernel.workflow import Approval


def read_call(value: dict[str, Any], pointer: str, findings: Findings, *, pinned: bool) -> dict[str, Any]:
    """Fields of the step that makes the call."""
    fields: dict[str, Any] = {}
    at = f"{pointer}/uses"
    if is_kind(value["uses"], str, phrase("`uses` names a service, for example core/http@1"), at, findings):
        try:
            fields["uses"] = ref = parse_service_ref(value["uses"])
            fields["called"] = str(ref)
        except InvalidInput as error:
            hint = says("A service is named as it stands, never by an expression.") if "{{" in value["uses"] else ""
            findings.add("bad_service", at, error.message, hint or error.hint)
    inputs = value.get("with", {})
    if is_whole_expression(inputs) or is_kind(inputs, dict, phrase("`with` is an object"), f"{pointer}/with", findings):
        fields["inputs"] = read_template(inputs, f"{pointer}/with", findings)
    if "mock" in value:
        fields["mock"] = read_template(value["mock"], f"{pointer}/mock", findings)
    if "credential" in value:
        at = f"{pointer}/credential"
        name = read_text(value["credential"], "`credential`", at, findings, limit=rules.MAX_NAME)
        if "{{" in name:
            hint = says("Write the credential's own name.")
            findings.add("bad_expression", at, says("a credential cannot be named by an expression"), hint)
        fields["credential"] = name
    if pinned and "service" in value:
        fields["service"] = _read_service(value["service"], f"{pointer}/service", findings)
    return fields


def _read_service(value: Any, pointer: str, findings: Findings) -> UUID | None:
    if is_kind(value, str, phrase("`service` is the id of a service's version"), pointer, findings):
        try:
            return UUID(value)
        except ValueError:
            findings.add("bad_service", pointer, says("{value} is not a UUID", value=shown(value)))
    return None


def read_wait(value: Any, pointer: str, findings: Findings) -> dict[str, Any]:
    """Fields of a step that waits."""
    if not isinstance(value, dict):
        return {"wait_ms": read_duration(value, "`wait`", pointer, findings)}
    check_keys(value, rules.WAIT_KEYS, "`wait`", pointer, findings)
    if "until" not in value:
        hint = says('Write a duration such as "10m", or {"until": "{{ … }}"} with a date and time.')
        findings.add("missing_key", pointer, says("`wait` has no `until`"), hint)
        return {}
    at = f"{pointer}/until"
    if not is_kind(value["until"], str, phrase("`until` is a date and time or an expression"), at, findings):
        return {}
    until = read_template(value["until"], at, findings)
    if until is not None and until.constant and not _is_moment(value["until"]):
        hint = says("Write an ISO 8601 date and time such as 2026-05-01T09:00:00-03:00, or an expression in {{ }}.")
        findings.add("bad_moment", at, says("{until} is not a date and time", until=shown(value["until"])), hint)
    return {"wait_until": until}


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def read_approval(step: dict[str, Any], pointer: str, findings: Findings) -> Approval | None:
    """The question to a person; ``None`` after a problem that leaves no question."""
    value, at = step["approval"], f"{pointer}/approval"
    if not is_kind(value, dict, phrase('`approval` is an object such as {"title": "Publish?"}'), at, findings):
        return None
    check_keys(value, rules.APPROVAL_KEYS, "`approval`", at, findings)
    title = None
    if "title" not in value:
        findings.add("missing_key", at, says("`approval` has no `title`"), says("Write the question that is asked."))
    else:
        read_text(value["title"], "`title`", f"{at}/title", findings, limit=rules.MAX_TITLE, lines=True)
        title = read_template(value["title"], f"{at}/title", findings)
    timeout_ms = None
    if "timeout" in value and "timeout" in step:
        message = says("the approval has two time limits, its own and the step's")
        findings.add("misplaced_key", f"{pointer}/timeout", message, says("Keep one of them."))
    if "timeout" in value:
        timeout_ms = read_duration(value["timeout"], "`timeout`", f"{at}/timeout", findings)
    form = read_schema(value["form"], "`form`", f"{at}/form", findings) if "form" in value else None
    assignees = _read_assignees(value["assignees"], f"{at}/assignees", findings) if "assignees" in value else ()
    if title is None:
        return None
    return Approval(title=title, form=form, timeout_ms=timeout_ms, assignees=assignees)


def _read_assignees(value: Any, pointer: str, findings: Findings) -> tuple[str, ...]:
    if not is_kind(value, list, phrase("`assignees` is a list of texts"), pointer, findings):
        return ()
    if not value:
        findings.add("empty", pointer, says("there is no assignee"), says("Name somebody, or remove the key."))
    if len(value) > rules.MAX_ASSIGNEES:
        message = says(
            "there are {count} assignees; at most {most} are allowed",
            count=grouped(len(value)),
            most=rules.MAX_ASSIGNEES,
        )
        findings.add("too_many", pointer, message)
        return ()
    return tuple(
        read_text(text, phrase("an assignee"), f"{pointer}/{i}", findings, limit=rules.MAX_NAME)
        for i, text in enumerate(value)
    )
