"""What the emulator reports: paging, order, filters, dates, aggregations, and its words for bad requests."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import httpx
import pytest
from ga_emulator import PROPERTY, WHOLE, Remote

from tropeiro.samples.google_analytics.emulator import start

BY_ALL = [{"dimension": {"dimensionName": each["name"]}} for each in WHOLE["dimensions"]]
BY_DAY: dict[str, Any] = {
    "dimensions": [{"name": "date"}],
    "metrics": [{"name": "sessions"}],
    "dateRanges": WHOLE["dateRanges"],
    "orderBys": [{"dimension": {"dimensionName": "date"}}],
}
BY_COUNTRY: dict[str, Any] = {
    "dimensions": [{"name": "country"}],
    "metrics": [{"name": "sessions"}],
    "dateRanges": WHOLE["dateRanges"],
    "orderBys": [{"dimension": {"dimensionName": "country"}}],
}


def test_pages_ordered_by_every_dimension_give_every_row_once_and_the_emulators_own_totals(emulator: Remote) -> None:
    total = emulator.total(start="2025-03-01", end="2025-03-28")
    rows = []
    for offset in range(0, total["row_count"], 2500):
        rows += emulator.rows(WHOLE | {"orderBys": BY_ALL, "limit": 2500, "offset": offset})
    assert len(rows) == len({row[:4] for row in rows}) == total["row_count"]
    assert rows == sorted(rows, key=lambda row: row[:4])
    assert sum(int(row[5]) for row in rows) == total["totals"]["sessions"]
    assert round(sum(float(row[8]) for row in rows), 2) == total["totals"]["totalRevenue"]


def test_an_order_that_leaves_something_open_differs_from_request_to_request(emulator: Remote) -> None:
    loose = WHOLE | {"orderBys": BY_ALL[:1], "limit": 200}
    assert emulator.rows(loose) != emulator.rows(loose)


def test_the_same_question_has_the_same_answer_in_every_emulator(emulator: Remote) -> None:
    with start() as other, httpx.Client(base_url=other.url, trust_env=False) as http:
        answer = http.post(f"/v1beta/{PROPERTY}:runReport", json=BY_COUNTRY).json()
    assert answer == emulator.report(BY_COUNTRY).json()


def test_ten_thousand_rows_are_returned_when_no_limit_is_given(emulator: Remote) -> None:
    answer = emulator.report(WHOLE).json()
    assert len(answer["rows"]) == 10_000 < answer["rowCount"]


def test_a_limit_over_the_maximum_is_the_maximum_and_a_page_past_the_end_is_empty(emulator: Remote) -> None:
    assert len(emulator.rows(BY_DAY | {"limit": "9000000"})) == 28
    past = emulator.report(BY_DAY | {"offset": "28"}).json()
    assert "rows" not in past
    assert past["rowCount"] == 28


def test_rows_without_any_value_are_left_out_unless_asked_for(emulator: Remote) -> None:
    full = emulator.report(WHOLE | {"keepEmptyRows": True}).json()
    assert full["rowCount"] == 28 * 20 * 3 * 8 > emulator.report(WHOLE).json()["rowCount"]


def test_rows_can_be_ordered_by_a_metric_and_by_numbers(emulator: Remote) -> None:
    best = emulator.rows(BY_COUNTRY | {"orderBys": [{"metric": {"metricName": "sessions"}, "desc": True}]})
    assert best[0][0] == "Brazil"
    assert all(int(a[1]) >= int(b[1]) for a, b in pairwise(best))
    numeric = [{"dimension": {"dimensionName": "dayOfWeek", "orderType": "NUMERIC"}, "desc": True}]
    days = emulator.rows(BY_DAY | {"dimensions": [{"name": "dayOfWeek"}], "orderBys": numeric})
    assert [row[0] for row in days] == ["6", "5", "4", "3", "2", "1", "0"]


def text_filter(field: str, value: str, kind: str = "EXACT", **options: Any) -> dict[str, Any]:
    return {"filter": {"fieldName": field, "stringFilter": {"matchType": kind, "value": value, **options}}}


IN_SNAKE_CASE = {
    "or_group": {
        "expressions": [
            {"filter": {"field_name": "country", "in_list_filter": {"values": ["Chile"]}}},
            {"filter": {"field_name": "country", "string_filter": {"match_type": 1, "value": "Italy"}}},
        ]
    }
}
ASIA_WITHOUT_INDIA = {
    "andGroup": {
        "expressions": [text_filter("continent", "Asia"), {"notExpression": text_filter("country", "India")}],
    }
}


@pytest.mark.parametrize(
    ("expression", "countries"),
    [
        (text_filter("country", "BRAZIL"), {"Brazil"}),
        (text_filter("country", "BRAZIL", caseSensitive=True), set()),
        (text_filter("country", "Ur", "BEGINS_WITH"), {"Uruguay"}),
        (text_filter("country", "zil", "ENDS_WITH"), {"Brazil"}),
        (text_filter("country", "ug", "CONTAINS"), {"Uruguay", "Portugal"}),
        (text_filter("country", "(ja|s)pa.*", "FULL_REGEXP"), {"Japan", "Spain"}),
        (text_filter("country", "^C.*a$", "PARTIAL_REGEXP"), {"Canada", "Colombia"}),
        ({"filter": {"fieldName": "countryId", "inListFilter": {"values": ["br", "PT"]}}}, {"Brazil", "Portugal"}),
        ({"filter": {"fieldName": "country", "emptyFilter": {}}}, set()),
        (ASIA_WITHOUT_INDIA, {"Japan"}),
        (IN_SNAKE_CASE, {"Chile", "Italy"}),
    ],
)
def test_a_dimension_filter_keeps_what_it_says(
    emulator: Remote, expression: dict[str, Any], countries: set[str]
) -> None:
    assert {row[0] for row in emulator.rows(BY_COUNTRY | {"dimensionFilter": expression})} == countries


def test_numeric_filters_compare_dates_and_metrics(emulator: Remote) -> None:
    late = {
        "filter": {
            "fieldName": "date",
            "numericFilter": {"operation": "GREATER_THAN", "value": {"int64Value": "20250325"}},
        }
    }
    assert [row[0] for row in emulator.rows(BY_DAY | {"dimensionFilter": late})] == ["20250326", "20250327", "20250328"]
    values = sorted(int(row[1]) for row in emulator.rows(BY_COUNTRY))
    between = {
        "filter": {
            "fieldName": "sessions",
            "betweenFilter": {"fromValue": {"int64Value": str(values[3])}, "toValue": {"doubleValue": values[7] + 0.5}},
        }
    }
    kept = emulator.rows(BY_COUNTRY | {"metricFilter": between})
    assert sorted(int(row[1]) for row in kept) == values[3:8]


def test_each_of_several_date_ranges_has_rows_of_its_own(emulator: Remote) -> None:
    ranges = [
        {"startDate": "2025-03-01", "endDate": "2025-03-07"},
        {"startDate": "2025-03-05", "endDate": "2025-03-07", "name": "late"},
    ]
    asked = {"metrics": [{"name": "sessions"}], "dateRanges": ranges, "metricAggregations": ["TOTAL"]}
    answer = emulator.report(asked | {"orderBys": [{"dimension": {"dimensionName": "dateRange"}}]}).json()
    assert answer["dimensionHeaders"] == [{"name": "dateRange"}]
    found = {row["dimensionValues"][0]["value"]: int(row["metricValues"][0]["value"]) for row in answer["rows"]}
    for name, first_day in (("date_range_0", "2025-03-01"), ("late", "2025-03-05")):
        total = emulator.total(start=first_day, end="2025-03-07", metrics="sessions")["totals"]
        assert found[name] == total["sessions"]
    assert [row["dimensionValues"][0]["value"] for row in answer["totals"]] == ["date_range_0", "late"]


def test_aggregations_are_of_the_whole_report_not_of_the_page(emulator: Remote) -> None:
    metrics = [{"name": "sessions"}, {"name": "averageSessionDuration"}]
    asked = BY_DAY | {"metrics": metrics, "metricAggregations": ["TOTAL", "MAXIMUM", "MINIMUM"], "limit": 2}
    answer = emulator.report(asked).json()
    total = emulator.total(start="2025-03-01", end="2025-03-28", metrics="sessions,averageSessionDuration")["totals"]
    assert answer["totals"][0]["dimensionValues"] == [{"value": "RESERVED_TOTAL"}]
    assert int(answer["totals"][0]["metricValues"][0]["value"]) == total["sessions"]
    assert float(answer["totals"][0]["metricValues"][1]["value"]) == pytest.approx(total["averageSessionDuration"])
    days = [int(row[1]) for row in emulator.rows(BY_DAY)]
    assert int(answer["maximums"][0]["metricValues"][0]["value"]) == max(days)
    assert int(answer["minimums"][0]["metricValues"][0]["value"]) == min(days)


def test_an_invisible_metric_filters_and_orders_but_is_not_shown(emulator: Remote) -> None:
    metrics = [{"name": "sessions"}, {"name": "transactions", "invisible": True}]
    asked = BY_COUNTRY | {"metrics": metrics, "orderBys": [{"metric": {"metricName": "transactions"}, "desc": True}]}
    answer = emulator.report(asked).json()
    assert [header["name"] for header in answer["metricHeaders"]] == ["sessions"]
    assert answer["rows"][0]["dimensionValues"] == [{"value": "Brazil"}]


def test_dimension_expressions_change_values(emulator: Remote) -> None:
    dimensions = [
        {"name": "upper", "dimensionExpression": {"upperCase": {"dimensionName": "country"}}},
        {
            "name": "both",
            "dimensionExpression": {"concatenate": {"dimensionNames": ["countryId", "continent"], "delimiter": "/"}},
        },
    ]
    rows = emulator.rows(BY_COUNTRY | {"dimensions": dimensions, "orderBys": []})
    assert ("BRAZIL", "BR/Americas") in {row[:2] for row in rows}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"dimensions": [{"name": "planet"}]}, "Field planet is not a valid dimension"),
        ({"metrics": [{"name": "luck"}]}, "Field luck is not a valid metric"),
        ({"dimensions": [{"name": "date"}] * 2, "orderBys": []}, "Duplicate dimensions"),
        ({"dimensions": [{"name": str(n)} for n in range(10)]}, "limited to 9 dimensions. This request is for 10"),
        ({"metrics": [{"name": str(n)} for n in range(11)]}, "limited to 10 metrics. This request is for 11"),
        ({"dateRanges": [{"startDate": "today", "endDate": "today"}] * 5}, "limited to 4 dateRanges"),
        ({"dateRanges": []}, "A dateRange is required"),
        ({"dateRanges": [{"startDate": "2025-02-30", "endDate": "today"}]}, "Invalid startDate: 2025-02-30"),
        ({"dateRanges": [{"startDate": "soon", "endDate": "today"}]}, "Invalid startDate: 'soon'"),
        ({"dateRanges": [{"startDate": "today", "endDate": "yesterday"}]}, "cannot be before the startDate"),
        ({"dateRanges": [{"startDate": "2014-01-01", "endDate": "today"}]}, "cannot be before 2015-08-14"),
        ({"dateRanges": [{"startDate": "today", "endDate": "today", "name": "date_range_9"}]}, "cannot begin with"),
        ({"orderBys": [{"metric": {"metricName": "newUsers"}}]}, "order_by metric newUsers is not a metric"),
        ({"orderBys": [{"dimension": {"dimensionName": "city"}}]}, "order_by dimension city is not a dimension"),
        ({"limit": "ten"}, "Invalid value at 'limit' (TYPE_INT64), 'ten'"),
        ({"limit": "-1"}, "must not be negative"),
        ({"keepEmptyRows": "yes"}, "Invalid value at 'keep_empty_rows' (TYPE_BOOL)"),
        ({"metricAggregations": ["MEDIAN"]}, "Invalid value at 'metric_aggregations[0]'"),
        ({"colour": "red"}, 'Unknown name "colour": Cannot find field.'),
        ({"dimensions": [{"nom": "date"}]}, "Unknown name \"nom\" at 'dimensions[0]'"),
        ({"property": "properties/2345"}, "must be the property of the URL"),
        ({"dimensionFilter": {}}, "must have one of and_group"),
        ({"dimensionFilter": text_filter("sessions", "1")}, "cannot be used in the dimension_filter"),
        ({"dimensionFilter": {"filter": {"fieldName": "date"}, "orGroup": {}}}, "(oneof)"),
        ({"metricFilter": {"filter": {"fieldName": "newUsers", "emptyFilter": {}}}}, "not a metric of this request"),
        ({"dimensionFilter": {"filter": {"fieldName": "country", "inListFilter": {}}}}, "at least one value"),
    ],
)
def test_a_bad_request_is_refused_with_a_reason(emulator: Remote, body: dict[str, Any], words: str) -> None:
    answer = emulator.report(BY_DAY | body)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]


def test_every_unknown_field_is_named_at_once(emulator: Remote) -> None:
    error = emulator.report({"one": 1, "dateRanges": [{"two": 2}]}).json()["error"]
    fields = [violation["description"] for violation in error["details"][0]["fieldViolations"]]
    assert [re.findall(r'"(\w+)"', text) for text in fields] == [["one"], ["two"]]


def test_a_body_that_is_not_json_or_too_deep_is_refused(emulator: Remote) -> None:
    path = f"/v1beta/{PROPERTY}:runReport"
    assert "Invalid JSON payload" in emulator.http.post(path, content=b"{").json()["error"]["message"]
    deep: dict[str, Any] = {"filter": {"fieldName": "date", "emptyFilter": {}}}
    for _ in range(80):
        deep = {"notExpression": deep}
    assert "too deep" in emulator.report(BY_DAY | {"dimensionFilter": deep}).json()["error"]["message"].lower()


@pytest.mark.parametrize(
    ("number", "zone", "today"),
    [
        ("1234", "America/Sao_Paulo", "20250330"),
        ("3456", "Europe/Lisbon", "20250331"),
        ("4567", "Asia/Tokyo", "20250331"),
    ],
)
def test_today_is_what_the_property_calls_today(number: str, zone: str, today: str) -> None:
    moment = datetime(2025, 3, 30, 23, 30, tzinfo=UTC)
    body = BY_DAY | {"dateRanges": [{"startDate": "yesterday", "endDate": "today"}]}
    with start(now=lambda: moment) as emulator, httpx.Client(base_url=emulator.url, trust_env=False) as http:
        answer = http.post(f"/v1beta/properties/{number}:runReport", json=body).json()
    assert answer["metadata"]["timeZone"] == zone
    assert [row["dimensionValues"][0]["value"] for row in answer["rows"]][-1] == today


def test_everything_it_answers_says_that_it_is_synthetic(emulator: Remote) -> None:
    for answer in (
        emulator.report(BY_DAY),
        emulator.report({"nonsense": 1}),
        emulator.http.get(f"/v1beta/{PROPERTY}/metadata"),
        emulator.http.get("/"),
    ):
        assert answer.headers["X-Tropeiro-Synthetic"] == "true"
        assert "synthetic" in answer.headers["Server"]
    assert emulator.total()["synthetic"] is True
    assert emulator.requests()["synthetic"] is True
    assert all("synthetic" in known["display_name"] for known in emulator.http.get("/").json()["properties"])
