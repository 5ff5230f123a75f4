"""The emulator with Google's own client."""

from __future__ import annotations

from typing import Any

import pytest
from ga_emulator import PROPERTY, Remote
from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.services.beta_analytics_data.transports import BetaAnalyticsDataRestTransport
from google.analytics.data_v1beta.types import (
    CheckCompatibilityRequest,
    DateRange,
    Dimension,
    Filter,
    FilterExpression,
    GetMetadataRequest,
    Metric,
    MetricAggregation,
    MetricType,
    OrderBy,
    RunReportRequest,
)
from google.api_core.exceptions import BadRequest, Forbidden, TooManyRequests
from google.auth.credentials import AnonymousCredentials


@pytest.fixture
def client(emulator: Remote) -> BetaAnalyticsDataClient:
    nobody: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
    transport = BetaAnalyticsDataRestTransport(host=emulator.url, credentials=nobody)
    return BetaAnalyticsDataClient(transport=transport)


def ask(**more: object) -> RunReportRequest:
    basics = {
        "property": PROPERTY,
        "dimensions": [Dimension(name="country")],
        "metrics": [Metric(name="sessions"), Metric(name="totalRevenue")],
        "date_ranges": [DateRange(start_date="2025-03-01", end_date="2025-03-28")],
    }
    return RunReportRequest(**(basics | more))


def test_a_report_is_read_whole(client: BetaAnalyticsDataClient, emulator: Remote) -> None:
    south = Filter.StringFilter(match_type=Filter.StringFilter.MatchType.CONTAINS, value="guay")
    answer = client.run_report(
        ask(
            order_bys=[OrderBy(dimension=OrderBy.DimensionOrderBy(dimension_name="country"), desc=True)],
            dimension_filter=FilterExpression(filter=Filter(field_name="country", string_filter=south)),
            metric_aggregations=[MetricAggregation.TOTAL],
            return_property_quota=True,
            limit=5,
        )
    )
    assert [row.dimension_values[0].value for row in answer.rows] == ["Uruguay", "Paraguay"]
    assert [header.type_ for header in answer.metric_headers] == [MetricType.TYPE_INTEGER, MetricType.TYPE_CURRENCY]
    assert answer.row_count == 2
    assert answer.totals[0].dimension_values[0].value == "RESERVED_TOTAL"
    assert answer.metadata.time_zone == "America/Sao_Paulo"
    assert answer.property_quota.tokens_per_day.consumed == 3


def test_metadata_and_compatibility_are_read(client: BetaAnalyticsDataClient) -> None:
    metadata = client.get_metadata(GetMetadataRequest(name=f"{PROPERTY}/metadata"))
    assert {"date", "country"} <= {each.api_name for each in metadata.dimensions}
    assert all("ynthetic" in each.description for each in metadata.metrics)
    compatible = client.check_compatibility(CheckCompatibilityRequest(property=PROPERTY, compatibility_filter=1))
    assert len(compatible.metric_compatibilities) == len(metadata.metrics)


def test_its_errors_are_the_clients_exceptions(client: BetaAnalyticsDataClient, emulator: Remote) -> None:
    with pytest.raises(BadRequest, match="planet is not a valid dimension"):
        client.run_report(ask(dimensions=[Dimension(name="planet")]))
    with pytest.raises(Forbidden, match="sufficient permissions"):
        client.run_report(ask(property="properties/1"))
    emulator.limits(tokens_per_day=0)
    with pytest.raises(TooManyRequests, match="tokens per day"):
        client.run_report(ask())
