"""The start of a job: its inputs made ready, and the row that is written."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
import pytest
from short_documents import call, group
from short_packets import JOB, ORGANIZATION, PROJECT

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.errors import InvalidInput, SchemaMismatch
from tropeiro.kernel.packet import Result, Scope
from tropeiro.kernel.route import make_route, read_route
from tropeiro.kernel.start import Start, ready_inputs, start_row
from tropeiro.kernel.wire import BLOB_BYTES, read_body, read_scope, scope_from

JSON = Any

SCHEMA = {
    "type": "object",
    "required": ["property"],
    "properties": {
        "property": {"type": "string"},
        "days": {"type": "integer", "default": 28},
        "note": {"default": None},
    },
}


def ready(inputs: JSON, schema: JSON = SCHEMA) -> JSON:
    return ready_inputs(compile_document({"inputs": schema, "steps": [call("a")]}), inputs)


def test_defaults_of_the_schema_are_filled_in() -> None:
    assert ready({"property": "p"}) == {"days": 28, "note": None, "property": "p"}


def test_what_was_given_holds_over_a_default() -> None:
    assert ready({"property": "p", "days": 7, "note": "n"}) == {"days": 7, "note": "n", "property": "p"}


def test_the_given_inputs_are_not_changed() -> None:
    given = {"property": "p"}
    ready(given)
    assert given == {"property": "p"}


def test_inputs_that_do_not_match_are_refused_with_their_place() -> None:
    with pytest.raises(SchemaMismatch) as caught:
        ready({"property": "p", "days": "seven"})
    assert caught.value.pointer == "/days"
    with pytest.raises(SchemaMismatch):
        ready({})


def test_a_default_that_does_not_match_is_refused_too() -> None:
    with pytest.raises(SchemaMismatch):
        ready({}, {"type": "object", "properties": {"n": {"type": "integer", "default": "none"}}})


@pytest.mark.parametrize("inputs", [[], "text", 5, True])
def test_inputs_are_an_object(inputs: JSON) -> None:
    with pytest.raises(InvalidInput, match="Inputs must be an object"):
        ready(inputs)


def test_no_inputs_are_an_empty_object() -> None:
    assert ready_inputs(compile_document([call("a")]), None) == {}


def test_without_a_schema_any_object_will_do() -> None:
    assert ready_inputs(compile_document([call("a")]), {"x": 1}) == {"x": 1}


def row_of(document: JSON, inputs: JSON = None, **more: Any) -> tuple[JSON, dict[str, bytes]]:
    row, blobs = start_row(
        Start(
            id=JOB, organization=ORGANIZATION, project=PROJECT, name="tests/job@1", route=make_route(document),
            inputs=inputs or {}, **more,
        )
    )  # fmt: skip
    return msgspec.json.decode(msgspec.json.encode(row)), blobs


def test_a_row_has_the_first_packet_at_the_first_step() -> None:
    row, blobs = row_of([group("g", call("a"))], {"n": 1}, mock=True)
    body = read_body(msgspec.json.encode(row["body"]))
    scope = scope_from(read_scope(msgspec.json.encode(row["scope"])), {})
    assert (row["path"], row["uses"]) == ("g", "")
    assert (body.step, body.entered) == (0, False)
    assert scope == Scope(inputs={"n": 1}, mock=True)
    assert blobs == {}
    assert UUID(row["packet_id"]).version == 7


def test_a_row_has_the_route_as_it_will_be_compiled() -> None:
    row, _ = row_of([call("a")])
    assert row["uses"] == "core/set@1"
    assert read_route(msgspec.json.encode(row["route"])).digest == row["route_digest"]


def test_a_job_has_its_documents_time_limit_unless_told_otherwise() -> None:
    document = {"timeout": "1m", "steps": [call("a")]}
    assert row_of(document)[0]["timeout_ms"] == 60_000
    assert row_of(document, timeout_ms=5)[0]["timeout_ms"] == 5
    assert row_of([call("a")])[0]["timeout_ms"] is None


def test_results_that_are_reused_travel_in_the_scope() -> None:
    row, _ = row_of([call("a")], memo={"a": Result(output=5)})
    assert read_scope(msgspec.json.encode(row["scope"])).memo == {"a": Result(output=5)}


def test_the_row_keeps_the_inputs_for_people_and_for_running_again() -> None:
    row, blobs = row_of([call("a")], {"text": "x" * 1000})
    assert msgspec.json.decode(msgspec.json.encode(row["inputs"])) == {"text": "x" * 1000}
    assert (row["inputs_blob"], blobs) == (None, {})


def test_very_large_inputs_go_to_the_blob_store() -> None:
    inputs = {"text": "x" * BLOB_BYTES}
    row, blobs = row_of([call("a")], inputs)
    scope = read_scope(msgspec.json.encode(row["scope"]))
    assert scope.inputs is None
    assert (row["inputs"], row["inputs_blob"]) == (None, next(iter(blobs)))
    assert [msgspec.json.decode(text) for text in blobs.values()] == [inputs]
    values = {name: msgspec.json.decode(text) for name, text in blobs.items()}
    assert scope_from(scope, values).inputs == inputs
