"""The public automation's document, and the sample as a project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ga_emulator import PROPERTY, Remote

import tropeiro.samples.google_analytics as sample
from tropeiro.executors.discovery import discover
from tropeiro.kernel.document import parse, references_to_services
from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.kernel.schema import check, problems
from tropeiro.samples.google_analytics.services import pagination, records
from tropeiro.sdk.project_file import read_project_file
from tropeiro.sdk.testing import call
from tropeiro.services.core.aggregating import aggregate
from tropeiro.services.core.plain import flatten

FOLDER = Path(sample.__file__).parent
REPORT = (FOLDER / "workflows" / "report.json").read_bytes()


def test_the_document_compiles_and_calls_the_projects_own_services_and_those_of_core() -> None:
    workflow = parse(REPORT)
    assert [str(ref) for ref in references_to_services(workflow)] == [
        "pagination",
        "records",
        "core/flatten@1",
        "core/aggregate@1",
    ]
    pages, fetch = workflow.step("pages"), workflow.step("fetch")
    assert pages is not None
    assert pages.concurrency == 4
    assert fetch is not None
    assert fetch.retry is not None
    assert fetch.retry.attempts >= 8


def test_its_inputs_are_a_valid_schema_with_defaults_that_match_it() -> None:
    schema = json.loads(REPORT)["inputs"]
    assert problems(schema) == ()
    defaults = {name: each["default"] for name, each in schema["properties"].items() if "default" in each}
    check(schema, {"property": "properties/1234", **defaults}, what="inputs")
    assert schema["properties"].keys() - defaults.keys() == {"property"}


@pytest.mark.parametrize(
    "inputs",
    [{}, {"property": "1234"}, {"property": "properties/1", "days": 0}, {"property": "properties/1", "day": 3}],
)
def test_inputs_that_make_no_sense_are_refused(inputs: dict[str, object]) -> None:
    with pytest.raises(SchemaMismatch):
        check(json.loads(REPORT)["inputs"], inputs, what="inputs")


def test_the_folder_is_a_project_with_two_private_services_and_one_public_automation() -> None:
    assert [(each.name, each.public) for each in discover(FOLDER)] == [("pagination", False), ("records", False)]
    project = read_project_file(FOLDER)
    assert project.name == "google-analytics"
    assert [(each.name, each.public, each.workflow) for each in project.automations] == [
        ("report", True, "workflows/report.json")
    ]


def test_the_documents_templates_over_real_answers_give_every_row_and_the_emulators_totals(endpoint: Remote) -> None:
    document = json.loads(REPORT)
    defaults = {name: each["default"] for name, each in document["inputs"]["properties"].items() if "default" in each}
    inputs = defaults | {"property": PROPERTY}
    names: dict[str, Any] = {
        "inputs": inputs,
        "steps": {},
        "vars": {},
        "job": {"id": "j", "workflow": "report", "started_at": "2025-03-29T12:00:00Z", "attempt": 1},
    }
    workflow = parse(REPORT)

    def done(step_id: str, output: Any) -> None:
        names["steps"][step_id] = {"output": output, "error": None, "state": "succeeded"}

    def rendered(step_id: str, **more: Any) -> Any:
        step = workflow.step(step_id)
        assert step is not None
        assert step.inputs is not None
        return step.inputs.render(names | more)

    done("pagination", call(pagination, rendered("pagination")).output)
    items = names["steps"]["pagination"]["output"]["pages"]
    done("pages", [call(records, rendered("fetch", item=item, index=n)).output for n, item in enumerate(items)])
    done("rows", call(flatten, rendered("rows")).output)
    done("totals", call(aggregate, rendered("totals")).output)
    assert workflow.output is not None
    output = workflow.output.render(names)
    total = endpoint.total(start="2025-03-01", end="2025-03-28")
    assert len(items) > 10
    assert len(output["rows"]) == output["row_count"] == total["row_count"]
    assert output["totals"] == total["totals"]
    assert output["synthetic"] is True
    assert (output["time_zone"], output["currency"]) == ("America/Sao_Paulo", "BRL")
