"""The emulator's requests and answers against the discovery document."""

from __future__ import annotations

from typing import Any

import pytest
from ga_contract import ENUMS, SCHEMAS, violations
from ga_emulator import PROPERTY, WHOLE, Remote

from tropeiro.samples.google_analytics.emulator import messages
from tropeiro.samples.google_analytics.emulator.errors import STATUSES

BODIES: dict[str, dict[str, Any]] = {
    "everything": WHOLE
    | {
        "limit": "3",
        "offset": "2",
        "returnPropertyQuota": True,
        "metricAggregations": ["TOTAL", "MAXIMUM", "MINIMUM"],
        "orderBys": [{"metric": {"metricName": "sessions"}, "desc": True}],
    },
    "several date ranges": WHOLE
    | {
        "dateRanges": [
            {"startDate": "2025-03-01", "endDate": "2025-03-02"},
            {"startDate": "7daysAgo", "endDate": "today"},
        ]
    },
    "floats": {
        "metrics": [{"name": "engagementRate"}, {"name": "averageSessionDuration"}],
        "dateRanges": WHOLE["dateRanges"],
    },
    "no rows": WHOLE | {"dateRanges": [{"startDate": "2099-01-01", "endDate": "2099-01-02"}]},
    "no metrics": {"dimensions": [{"name": "country"}], "dateRanges": WHOLE["dateRanges"]},
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_report_has_only_fields_of_the_discovery_document_with_their_types(
    emulator: Remote, body: dict[str, Any]
) -> None:
    assert violations("RunReportRequest", body) == []
    answer = emulator.report(body)
    assert answer.status_code == 200
    assert violations("RunReportResponse", answer.json()) == []
    assert answer.json()["kind"] == "analyticsData#runReport"


def test_a_batch_has_the_shape_of_the_discovery_document(emulator: Remote) -> None:
    body = {"requests": [WHOLE | {"limit": "1"}, WHOLE | {"limit": "2", "property": PROPERTY}]}
    answer = emulator.report(body, method="batchRunReports").json()
    assert violations("BatchRunReportsResponse", answer) == []
    assert [len(report["rows"]) for report in answer["reports"]] == [1, 2]


def test_metadata_and_compatibility_have_the_shape_of_the_discovery_document(emulator: Remote) -> None:
    metadata = emulator.http.get(f"/v1beta/{PROPERTY}/metadata").json()
    assert violations("Metadata", metadata) == []
    compatibility = emulator.report({"metrics": [{"name": "sessions"}]}, method="checkCompatibility").json()
    assert violations("CheckCompatibilityResponse", compatibility) == []
    assert len(compatibility["dimensionCompatibilities"]) == len(metadata["dimensions"])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/v1beta/{PROPERTY}:runReport", {"nonsense": 1}, 400),
        ("/v1beta/properties/1:runReport", WHOLE, 403),
        ("/v1beta/nowhere", {}, 404),
        (f"/v1beta/{PROPERTY}:runPivotReport", {}, 501),
        (f"/v1beta/{PROPERTY}:runReport", WHOLE | {"comparisons": []}, 501),
        (f"/v1beta/{PROPERTY}:runReport?shape=round", WHOLE, 400),
    ],
)
def test_an_error_is_a_status_in_an_envelope(emulator: Remote, path: str, body: dict[str, Any], status: int) -> None:
    answer = emulator.http.post(path, json=body)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert (error["code"], error["status"]) == (status, STATUSES[status])
    assert answer.json().keys() == {"error"}
    assert violations("Status", error) == []
    assert all(detail["@type"].startswith("type.googleapis.com/") for detail in error.get("details", []))


def test_the_requests_it_reads_are_those_of_the_discovery_document() -> None:
    aliases = {"unsupported", *SCHEMAS, *(f"[{name}]" for name in SCHEMAS)}
    for schema, fields in messages.REQUESTS.items():
        assert fields.keys() == SCHEMAS[schema].keys()
        for name, kind in fields.items():
            assert kind == SCHEMAS[schema][name] or kind in aliases - set(SCHEMAS), (schema, name)
    for name, numbered in messages.ENUMS.items():
        assert set(numbered.values()) <= set(ENUMS[name])


@pytest.mark.parametrize(
    ("schema", "value", "problem"),
    [
        ("RunReportRequest", {"limit": 10}, "int64"),
        ("RunReportResponse", {"rowCount": "10"}, "int32"),
        ("RunReportResponse", {"synthetic": True}, "unknown field"),
        ("RunReportResponse", {"rows": {}}, "should be a list"),
        ("MetricHeader", {"type": "TYPE_GUESS"}, "is not a MetricType"),
    ],
)
def test_the_table_notices_what_does_not_fit(schema: str, value: dict[str, Any], problem: str) -> None:
    (found,) = violations(schema, value)
    assert problem in found
