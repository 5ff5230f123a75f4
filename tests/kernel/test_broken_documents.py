"""Broken documents: each gets every problem it has, with its place and a pointed message, and nothing else happens."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest

from tropeiro.kernel.document import compile_document, parse, problems
from tropeiro.kernel.document_schema import document_schema
from tropeiro.kernel.errors import DocumentInvalid

FOLDER = Path(__file__).parent / "broken_documents"

EXPECTED: dict[str, list[tuple[str, str, int]]] = {
    "multiplied_retries": [("out_of_range", "/0/steps/0/steps/0/steps/0/retry/attempts", 5)],
    "approval_bad_form": [("bad_schema", "/0/approval/form/type", 3)],
    "approval_without_title": [("missing_key", "/0/approval", 3)],
    "bad_branch_name": [("bad_id", "/0/branches/left side", 3)],
    "bad_escape": [("json_syntax", "/0/with/path", 2)],
    "bad_id": [("bad_id", "/0/id", 2)],
    "bad_service": [("bad_service", "/0/uses", 2)],
    "bad_service_version": [("bad_service", "/0/uses", 2)],
    "bad_timeout": [("bad_duration", "/0/timeout", 3)],
    "branches_list": [("wrong_type", "/0/branches", 3)],
    "broken_expression": [("bad_expression", "/0/with/a", 3)],
    "byte_order_mark": [("bad_encoding", "", 1)],
    "case_without_if": [("missing_key", "/0/cases/0", 3)],
    "comment": [("json_syntax", "/0", 2)],
    "concurrency_without_foreach": [("misplaced_key", "/0/concurrency", 3)],
    "concurrency_zero": [("out_of_range", "/0/concurrency", 3)],
    "credential_by_expression": [("bad_expression", "/0/credential", 2)],
    "duplicate_id": [("duplicate_id", "/1/steps/0/id", 4)],
    "duplicate_key": [("duplicate_key", "/0/uses", 4)],
    "else_without_cases": [("misplaced_key", "/0/else", 3)],
    "empty": [("json_syntax", "", 1)],
    "empty_branches": [("empty", "/0/branches", 3)],
    "empty_group": [("empty", "/0/steps", 3)],
    "empty_handler": [("empty", "/0/on_error", 3)],
    "empty_list": [("empty", "", 1)],
    "empty_object": [("missing_key", "", 1)],
    "endless_wait": [("bad_duration", "/0/wait", 2)],
    "foreach_number": [("wrong_type", "/0/foreach", 3)],
    "foreach_on_wait": [("misplaced_key", "/0/foreach", 3)],
    "foreach_text": [("wrong_type", "/0/foreach", 3)],
    "half_a_surrogate": [("bad_text", "/0/with/text", 3)],
    "hostile_name": [("bad_text", "/0/name", 3)],
    "huge_integer": [("not_json", "/0/with/n", 3)],
    "id_not_text": [("wrong_type", "/0/id", 2)],
    "id_with_look_alike": [("bad_id", "/0/id", 2)],
    "if_without_braces": [("bad_expression", "/0/if", 3)],
    "infinite": [("not_json", "/0/with/n", 3)],
    "inputs_bad_type": [("bad_schema", "/inputs/properties/n/type", 2)],
    "inputs_not_a_schema": [("wrong_type", "/inputs", 2)],
    "inputs_not_an_object": [("bad_schema", "/inputs/type", 2)],
    "inside_group": [("out_of_sight", "/1/with/rows", 4)],
    "item_in_if_of_foreach": [("item_outside_foreach", "/0/if", 3)],
    "item_outside_foreach": [("item_outside_foreach", "/0/with/x", 3)],
    "labels_not_text": [("wrong_type", "/0/labels/team", 3)],
    "later_step": [("runs_later", "/0/with/rows", 3)],
    "leading_zero": [("json_syntax", "/0/with/n", 2)],
    "line_break_in_text": [("json_syntax", "/0/with/text", 2)],
    "long_id": [("bad_id", "/0/id", 2)],
    "many_problems": [
        ("bad_id", "/0/id", 2),
        ("bad_service", "/0/uses", 2),
        ("bad_duration", "/1/timeout", 4),
        ("unknown_step", "/1/with/x", 5),
        ("missing_key", "/2", 6),
        ("bad_duration", "/2/wait", 6),
    ],
    "misplaced_key": [("misplaced_key", "/0/with", 3)],
    "missing_colon": [("json_syntax", "/0", 2)],
    "missing_comma": [("json_syntax", "", 3)],
    "misspelt_kind": [("unknown_key", "/0/use", 2)],
    "name_not_text": [("wrong_type", "/name", 2)],
    "nan": [("not_json", "/0/with/n", 3)],
    "nested_arrays": [("too_deep", "/0" * 64, 1)],
    "nested_groups": [("too_deep", "/0" + "/steps/0" * 19 + "/steps", 1)],
    "nested_objects": [("too_deep", "/a" * 64, 1)],
    "no_id": [("missing_key", "/0", 2)],
    "no_kind": [("no_kind", "/0", 2)],
    "not_utf_8": [("bad_encoding", "", 2)],
    "nul_character": [("bad_text", "/0/with/text", 3)],
    "null": [("wrong_type", "", 1)],
    "number": [("wrong_type", "", 1)],
    "one_step_without_list": [("missing_key", "", 1)],
    "only_space": [("json_syntax", "", 3)],
    "output_names_inner_step": [("out_of_sight", "/output/x", 3)],
    "output_of_failed_step": [("out_of_sight", "/0/on_error/0/with/message", 3)],
    "own_result": [("out_of_sight", "/0/with/rows", 3)],
    "python_words": [("json_syntax", "/0/with/on", 2)],
    "retry_bad_numbers": [
        ("wrong_type", "/0/retry/attempts", 3),
        ("wrong_type", "/0/retry/backoff", 4),
        ("out_of_range", "/0/retry/jitter", 5),
    ],
    "retry_delays_crossed": [("out_of_range", "/0/retry/max_delay", 4)],
    "retry_on_wait": [("misplaced_key", "/0/retry", 3)],
    "retry_too_often": [("out_of_range", "/0/retry/attempts", 3)],
    "retry_without_attempts": [("missing_key", "/0/retry", 3)],
    "service_by_expression": [("bad_service", "/0/uses", 2)],
    "service_key_by_hand": [("unknown_key", "/0/service", 3)],
    "sibling_branch": [("out_of_sight", "/0/branches/b/0/with/x", 4)],
    "single_quotes": [("json_syntax", "/0", 2)],
    "step_not_an_object": [("wrong_type", "/1", 3)],
    "steps_computed": [("bad_expression", "/1/with/x", 4)],
    "ten_thousand_steps": [("too_many", "", 1)],
    "text": [("wrong_type", "", 1)],
    "timeout_number": [("wrong_type", "/0/timeout", 3)],
    "too_many_branches": [("too_many", "/0/branches", 3)],
    "trailing_comma": [("json_syntax", "", 2)],
    "trailing_comma_in_object": [("json_syntax", "/0", 4)],
    "true": [("wrong_type", "", 1)],
    "truncated": [("json_syntax", "/steps/0", 4)],
    "truncated_text": [("json_syntax", "/0/uses", 2)],
    "two_broken_expressions": [("bad_expression", "/0/with/a", 3), ("bad_expression", "/0/with/c", 5)],
    "two_documents": [("json_syntax", "", 4)],
    "two_kinds": [("two_kinds", "/0", 2)],
    "unknown_envelope_key": [("unknown_key", "/discription", 2)],
    "unknown_field_of_step": [("bad_expression", "/1/with/x", 4)],
    "unknown_input": [("unknown_name", "/steps/0/with/n", 4)],
    "unknown_join": [("unknown_value", "/0/join", 3)],
    "unknown_key": [("unknown_key", "/0/retries", 3)],
    "unknown_on_error": [("unknown_value", "/0/on_error", 3)],
    "unknown_root": [("bad_expression", "/0/with/a", 3)],
    "unknown_schema": [("unknown_value", "/schema", 2)],
    "unknown_step": [("unknown_step", "/1/with/rows", 4)],
    "unknown_variable": [("unknown_name", "/steps/0/with/n", 4)],
    "unquoted_key": [("json_syntax", "/0", 2)],
    "utf_16": [("bad_encoding", "", 1)],
    "vars_not_an_object": [("wrong_type", "/vars", 2)],
    "wait_until_no_moment": [("bad_moment", "/0/wait/until", 3)],
    "wait_without_until": [("missing_key", "/0/wait", 2), ("unknown_key", "/0/wait/untill", 2)],
    "with_not_an_object": [("wrong_type", "/0/with", 2)],
}
"""By file: (code, pointer, line) of all its problems."""

POINTED: dict[str, str] = {
    "byte_order_mark": "byte order mark",
    "not_utf_8": "0xe7",
    "truncated": "begins in line 3",
    "duplicate_key": "`uses`",
    "python_words": "`True`",
    "nan": "NaN",
    "misspelt_kind": "`uses`",
    "unknown_key": "`retry`",
    "misplaced_key": "`with`",
    "two_kinds": "`uses` and `wait`",
    "unknown_step": "`fetch`",
    "later_step": "`second` runs later",
    "inside_group": "steps.group.output",
    "sibling_branch": "another branch",
    "output_of_failed_step": "steps.first.error",
    "item_in_if_of_foreach": "the whole step",
    "id_with_look_alike": "U+0456",
    "bad_id": "`first_step`",
    "endless_wait": "365d",
    "unknown_variable": "`limit`",
    "unknown_input": "`days`",
    "retry_delays_crossed": "`max_delay` (1s)",
}
"""Words that message and hint must have, because they are what helps."""

NOT_JSON = {"json_syntax", "bad_encoding"}
"""Codes of documents that no JSON Schema ever sees."""

BEYOND_STRUCTURE = {
    "multiplied_retries",
    "approval_bad_form",
    "broken_expression",
    "credential_by_expression",
    "duplicate_id",
    "duplicate_key",
    "endless_wait",
    "foreach_text",
    "half_a_surrogate",
    "hostile_name",
    "huge_integer",
    "if_without_braces",
    "infinite",
    "inputs_bad_type",
    "inputs_not_an_object",
    "inside_group",
    "item_in_if_of_foreach",
    "item_outside_foreach",
    "later_step",
    "nan",
    "nul_character",
    "output_names_inner_step",
    "output_of_failed_step",
    "own_result",
    "retry_delays_crossed",
    "sibling_branch",
    "steps_computed",
    "two_broken_expressions",
    "unknown_field_of_step",
    "unknown_input",
    "unknown_root",
    "unknown_step",
    "unknown_variable",
    "wait_until_no_moment",
}
"""Documents whose structure is right: what is wrong with them a JSON Schema cannot say."""


def _without(codes: set[str]) -> list[str]:
    """The documents whose first problem has none of these codes."""
    return sorted(name for name, rows in EXPECTED.items() if rows[0][0] not in codes)


def test_every_file_has_its_row_and_every_row_its_file() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_problem_has_its_code_pointer_and_line(name: str) -> None:
    found = problems((FOLDER / f"{name}.json").read_bytes())
    assert [(problem.code, problem.pointer, problem.line) for problem in found] == EXPECTED[name]


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_every_message_is_a_short_sentence_and_parse_raises_the_same_problems(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_bytes()
    with pytest.raises(DocumentInvalid) as raised:
        parse(text)
    assert raised.value.problems == problems(text)
    for problem in raised.value.problems:
        assert 10 <= len(problem.message) <= 300
        assert problem.message.endswith((".", "?", "!"))
        assert "Traceback" not in problem.message
        assert problem.message.isprintable()
        assert problem.column >= 1


@pytest.mark.parametrize("name", sorted(POINTED))
def test_the_message_or_hint_names_what_helps(name: str) -> None:
    found = problems((FOLDER / f"{name}.json").read_bytes())
    assert any(POINTED[name] in f"{problem.message} {problem.hint}" for problem in found)


@pytest.mark.parametrize("name", _without({*NOT_JSON, "duplicate_key", "too_deep", "not_json"}))
def test_a_document_without_text_has_the_same_problems_without_lines(name: str) -> None:
    document = json.loads((FOLDER / f"{name}.json").read_bytes())
    with pytest.raises(DocumentInvalid) as raised:
        compile_document(document)
    assert {(p.code, p.pointer) for p in raised.value.problems} == {row[:2] for row in EXPECTED[name]}
    assert all(problem.line == 0 for problem in raised.value.problems)


@pytest.mark.parametrize("name", [name for name in _without(NOT_JSON) if not name.startswith("nested_")])
def test_the_published_schema_refuses_what_is_wrong_in_structure(name: str) -> None:
    text = (FOLDER / f"{name}.json").read_bytes()
    document = json.loads(text, parse_constant=lambda word: None, parse_int=lambda digits: int(digits[:20]))
    valid = jsonschema_rs.Draft202012Validator(document_schema()).is_valid(document)
    assert valid == (name in BEYOND_STRUCTURE)
