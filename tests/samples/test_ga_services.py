"""The services `pagination` and `records` against a live emulator."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from ga_emulator import PROPERTY, Remote

from tropeiro.kernel.errors import InvalidInput, SchemaMismatch
from tropeiro.samples.google_analytics.services import pagination, records
from tropeiro.sdk import RetryLater, ServiceError, definition_of
from tropeiro.sdk.testing import CallResult, call

MARCH = [{"start_date": "2025-03-01", "end_date": "2025-03-28"}]
NAMES = "date,country,deviceCategory,sessionDefaultChannelGroup"


def plan(**inputs: Any) -> Any:
    return call(pagination, {"property": PROPERTY, "date_ranges": MARCH, **inputs}).output


def fetch(planned: Any, page: Any) -> CallResult:
    return call(records, {"query": planned["query"], **page, "expected_row_count": planned["row_count"]})


def fetch_all(planned: Any) -> list[dict[str, Any]]:
    return [row for page in planned["pages"] for row in fetch(planned, page).output["rows"]]


def failure(**inputs: Any) -> ServiceError:
    with pytest.raises(ServiceError) as caught:
        plan(**inputs)
    return caught.value


@pytest.mark.parametrize("page_size", [1000, 2345, 250_000])
def test_every_row_comes_once_and_the_sums_are_the_emulators_own(endpoint: Remote, page_size: int) -> None:
    planned = plan(page_size=page_size)
    rows = fetch_all(planned)
    total = endpoint.total(start="2025-03-01", end="2025-03-28", dimensions=NAMES)
    assert planned["row_count"] == len(rows) == total["row_count"]
    assert len({tuple(row[name] for name in NAMES.split(",")) for row in rows}) == len(rows)
    sums = {name: round(sum(row[name] for row in rows), 2) for name in planned["sums"]}
    assert sums == total["totals"]


def test_pagination_asks_for_one_row_and_the_quota_and_tells_what_records_needs(endpoint: Remote) -> None:
    planned = plan(page_size=5000)
    (seen,) = endpoint.requests()["requests"]
    assert seen["limit"] == 1
    assert planned["pages"] == [{"offset": offset, "limit": 5000} for offset in (0, 5000, 10_000)]
    assert planned["query"]["date_ranges"] == [MARCH[0] | {"name": ""}]
    assert (planned["time_zone"], planned["currency"]) == ("America/Sao_Paulo", "BRL")
    assert planned["quota"]["tokensPerHour"] == {"consumed": 3, "remaining": 39_997}
    assert planned["synthetic"] is True


def test_rows_have_types(endpoint: Remote) -> None:
    planned = plan(
        dimensions=["date", "yearMonth", "country"],
        metrics=["sessions", "totalRevenue", "engagementRate", "averageSessionDuration"],
    )
    row = fetch_all(planned)[3]
    assert row == row | {"date": "2025-03-01", "yearMonth": "2025-03", "country": "Brazil"}
    assert [type(row[name]) for name in ("sessions", "totalRevenue", "engagementRate")] == [int, float, float]
    assert list(planned["sums"]) == ["sessions", "totalRevenue"], "averages and rates do not add up"


def test_a_report_without_rows_has_no_pages(endpoint: Remote) -> None:
    planned = plan(date_ranges=[{"start_date": "2099-01-01", "end_date": "2099-01-02"}])
    assert (planned["row_count"], planned["pages"]) == (0, [])


def test_several_date_ranges_are_read_in_pages_that_fit_together(endpoint: Remote) -> None:
    ranges = [MARCH[0] | {"name": "march"}, {"start_date": "2025-02-01", "end_date": "2025-02-28", "name": "february"}]
    planned = plan(date_ranges=ranges, dimensions=["country"], metrics=["sessions"], page_size=7)
    rows = fetch_all(planned)
    assert len(rows) == len({(row["country"], row["dateRange"]) for row in rows}) == planned["row_count"] == 40
    for each in ranges:
        total = endpoint.total(start=each["start_date"], end=each["end_date"], metrics="sessions")["totals"]
        assert sum(row["sessions"] for row in rows if row["dateRange"] == each["name"]) == total["sessions"]


def test_filters_are_those_of_the_api(endpoint: Remote) -> None:
    only = {"filter": {"fieldName": "country", "inListFilter": {"values": ["Brazil", "Portugal"]}}}
    planned = plan(dimensions=["country"], dimension_filter=only)
    assert [row["country"] for row in fetch_all(planned)] == ["Brazil", "Portugal"]
    refused = failure(dimension_filter={"filtre": {}})
    assert (refused.code, refused.retryable) == ("ga_bad_filter", False)


def test_relative_dates_are_made_absolute_once_for_all_pages(endpoint: Remote) -> None:
    planned = call(
        pagination,
        {"property": PROPERTY, "days": 28, "as_of": "2025-03-29T02:59:59Z", "page_size": 4000},
    ).output
    assert planned["query"]["date_ranges"][0] == {"start_date": "2025-02-28", "end_date": "2025-03-27", "name": ""}
    assert planned["row_count"] == endpoint.total(start="2025-02-28", end="2025-03-27")["row_count"]
    assert len(fetch_all(planned)) == planned["row_count"]


def test_the_last_28_full_days_are_the_default(endpoint: Remote) -> None:
    planned = call(pagination, {"property": PROPERTY}).output
    total = endpoint.total(days=28)
    assert planned["row_count"] == total["row_count"]
    assert planned["query"]["date_ranges"][0] == {"start_date": total["start"], "end_date": total["end"], "name": ""}


def test_days_and_date_ranges_together_are_refused(endpoint: Remote) -> None:
    assert failure(days=7).code == "ga_bad_dates"


def test_a_report_that_changed_between_its_pages_leaves_a_warning(endpoint: Remote) -> None:
    planned = plan(page_size=5000)
    assert fetch(planned, planned["pages"][0]).logs == ()
    endpoint.faults(drift_rows=3)
    drifted = fetch(planned, planned["pages"][1])
    assert drifted.output["row_count"] == planned["row_count"] + 3
    (line,) = drifted.logs
    assert line.level == "warning"
    assert "changed while its pages were read" in line.message
    assert line.fields["row_count"] == line.fields["expected_row_count"] + 3


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"dimensions": ["date"] * 10}, "at most 9 dimensions; this one names 10"),
        ({"metrics": ["sessions"] * 11}, "at most 10 metrics; this one names 11"),
        ({"metrics": []}, "at least one metric"),
        ({"date_ranges": MARCH * 5}, "at most 4 date ranges; this one names 5"),
        ({"page_size": 250_001}, "1 to 250,000 rows; 250,001 were asked for"),
        ({"page_size": 0}, "1 to 250,000 rows; 0 were asked for"),
    ],
)
def test_what_google_would_refuse_is_refused_before_asking(
    endpoint: Remote, inputs: dict[str, Any], words: str
) -> None:
    refused = failure(**inputs)
    assert (refused.code, refused.retryable) == ("ga_limit", False)
    assert words in refused.message
    assert endpoint.requests()["count"] == 0


def test_the_limits_themselves_are_allowed(endpoint: Remote) -> None:
    dimensions = ["date", "year", "month", "day", "yearMonth", "dayOfWeek", "dayOfWeekName", "country", "countryId"]
    metrics = [
        "activeUsers",
        "totalUsers",
        "newUsers",
        "sessions",
        "engagedSessions",
        "screenPageViews",
        "eventCount",
        "transactions",
        "totalRevenue",
        "engagementRate",
    ]
    planned = plan(dimensions=dimensions, metrics=metrics, date_ranges=MARCH * 4, page_size=250_000)
    assert len(fetch_all(planned)) == planned["row_count"] == 28 * 20 * 4


def test_more_pages_than_a_foreach_should_carry_ask_for_larger_pages(endpoint: Remote) -> None:
    refused = failure(page_size=1)
    assert refused.code == "ga_too_many_pages"
    assert "10,000 pages of 1" in refused.message


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (403, "ga_permission_denied", False),
        (404, "ga_not_found", False),
        (429, "ga_quota_exhausted", True),
        (500, "ga_unavailable", True),
        (503, "ga_unavailable", True),
    ],
)
def test_each_status_is_an_error_that_says_whether_to_try_again(
    endpoint: Remote, status: int, code: str, retryable: bool
) -> None:
    endpoint.faults(rates={str(status): 1.0})
    error = failure()
    assert (error.code, error.retryable) == (code, retryable)
    assert error.details["http_status"] == status
    assert endpoint.requests()["count"] == 1, "the platform tries again, the service does not"


def test_a_request_without_valid_authentication_is_not_tried_again(endpoint: Remote) -> None:
    endpoint.faults(rates={"401": 1.0})
    error = failure()
    assert (error.code, error.retryable) == ("ga_unauthenticated", False)


def test_a_refused_query_keeps_the_words_of_the_api(endpoint: Remote) -> None:
    error = failure(dimensions=["planet"])
    assert (error.code, error.retryable) == ("ga_invalid_argument", False)
    assert error.message.startswith("Field planet is not a valid dimension.")
    assert error.details == {"http_status": 400, "status": "INVALID_ARGUMENT", "property": PROPERTY}


def test_a_property_of_somebody_else_is_permission_denied(endpoint: Remote) -> None:
    error = failure(property="properties/1")
    assert (error.code, error.retryable) == ("ga_permission_denied", False)
    assert "sufficient permissions" in error.message


@pytest.mark.parametrize(
    ("limits", "quota", "seconds"),
    [
        ({"concurrent_requests": 0}, "concurrent_requests", 1),
        ({"tokens_per_hour": 0}, "tokens_per_hour", 600),
        ({"tokens_per_project_per_hour": 0}, "tokens_per_project_per_hour", 600),
        ({"tokens_per_day": 0}, "tokens_per_day", 3600),
        ({"server_errors_per_hour": 0}, "server_errors_per_project_per_hour", 600),
    ],
)
def test_the_quota_that_ran_out_is_named_and_says_when_to_come_back(
    endpoint: Remote, limits: dict[str, int], quota: str, seconds: int
) -> None:
    endpoint.limits(**limits)
    error = failure()
    assert isinstance(error, RetryLater)
    assert (error.code, error.details["quota"], error.after_ms) == ("ga_quota_exhausted", quota, seconds * 1000)


def test_a_retry_after_of_the_api_is_respected(endpoint: Remote) -> None:
    endpoint.faults(rates={"503": 1.0}, retry_after=7)
    error = failure()
    assert isinstance(error, RetryLater)
    assert error.after_ms == 7000


def test_an_answer_that_breaks_off_is_worth_another_try(endpoint: Remote) -> None:
    endpoint.faults(truncate=1.0)
    error = failure()
    assert (error.code, error.retryable) == ("ga_unavailable", True)


def test_an_endpoint_where_nobody_listens_is_worth_another_try(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROPEIRO_GA_ENDPOINT", "http://127.0.0.1:1")
    error = failure()
    assert (error.code, error.retryable) == ("ga_unavailable", True)


def test_an_endpoint_that_is_no_url_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TROPEIRO_GA_ENDPOINT", "localhost:80")
    error = failure()
    assert (error.code, error.retryable) == ("ga_not_configured", False)
    assert "must be the emulator's URL" in error.message


def test_without_endpoint_and_credential_the_error_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TROPEIRO_GA_ENDPOINT", raising=False)
    error = failure()
    assert (error.code, error.retryable) == ("ga_not_configured", False)
    assert "TROPEIRO_GA_ENDPOINT" in error.message


def test_a_credential_that_is_no_service_account_is_refused_without_showing_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TROPEIRO_GA_ENDPOINT", raising=False)
    with pytest.raises(ServiceError) as caught:
        call(pagination, {"property": PROPERTY}, credential={"private_key": "very-secret"})
    assert (caught.value.code, caught.value.retryable) == ("ga_bad_credential", False)
    assert "very-secret" not in caught.value.message


def test_with_retries_a_fifth_of_failures_loses_nothing(endpoint: Remote) -> None:
    """20 % of the requests fail; asked again as often as the workflow allows, every row still comes once."""
    endpoint.faults(rates={"429": 0.1, "503": 0.1}, seed=7)

    def patiently(service: Any, inputs: dict[str, Any]) -> Any:
        for attempt in range(1, 11):
            try:
                return call(service, inputs, attempt=attempt).output
            except ServiceError as error:
                if not error.retryable:
                    raise
        raise AssertionError("ten attempts were not enough")

    planned = patiently(pagination, {"property": PROPERTY, "date_ranges": MARCH, "page_size": 500})
    rows = [row for page in planned["pages"] for row in patiently(records, {"query": planned["query"], **page})["rows"]]
    assert len(rows) == len({tuple(row[name] for name in NAMES.split(",")) for row in rows}) == planned["row_count"]
    assert {"429", "503"} <= endpoint.requests()["by_status"].keys()


def test_a_service_account_that_gets_no_token_is_not_tried_again(
    emulator: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TROPEIRO_GA_ENDPOINT", raising=False)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    account = {
        "type": "service_account",
        "client_email": "robot@example.iam.gserviceaccount.com",
        "private_key": text,
        "token_uri": f"{emulator.url}/token",
    }
    with pytest.raises(ServiceError) as caught:
        call(pagination, {"property": PROPERTY}, credential=account)
    assert (caught.value.code, caught.value.retryable) == ("ga_unauthenticated", False)
    assert text not in caught.value.message


@pytest.mark.parametrize("name", ["1234", "properties/abc", "properties/1/metadata", "accounts/1"])
def test_a_property_is_named_by_its_number(endpoint: Remote, name: str) -> None:
    with pytest.raises((SchemaMismatch, InvalidInput)):
        plan(property=name)


def test_both_services_are_private_and_run_in_processes_that_can_be_ended() -> None:
    for service in (pagination, records):
        definition = definition_of(service)
        assert not definition.public
        assert definition.blocking
        assert definition.idempotent
