"""Two private services: `pagination` plans the pages of a Google Analytics report, `records` fetches one of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from google.protobuf.json_format import MessageToDict
from pydantic import BaseModel, Field

from tropeiro.sdk import Context, ServiceError, service

from .api import connect
from .dates import absolute, is_relative, today_in
from .query import MAX_PAGE, DateRange, Property, Query, check_limits
from .rows import summable, typed_rows

MAX_PAGES = 10_000
"""What a foreach is asked to carry; a report with more rows needs larger pages."""

_ONE_DAY = DateRange(start_date="yesterday", end_date="yesterday")


class Page(BaseModel):
    """Which rows to fetch together."""

    offset: int
    limit: int


class Sum(BaseModel):
    """How to compute a total, in the words of the service ``core/aggregate``."""

    op: str = "sum"
    field: str


class Pagination(BaseModel):
    """How to read a report page by page."""

    row_count: int
    pages: list[Page]
    query: Annotated[Query, Field(description="What `records` needs to fetch any of the pages")]
    sums: Annotated[dict[str, Sum], Field(description="Metrics that add up: averages and rates are left out")]
    time_zone: str
    currency: str
    quota: Annotated[dict[str, Any] | None, Field(description="The property's quotas after this request")]
    synthetic: Annotated[bool, Field(description="True when an emulator answered")]


class Records(BaseModel):
    """The rows of one page."""

    rows: Annotated[list[dict[str, Any]], Field(description="Objects keyed by the names of dimensions and metrics")]
    row_count: Annotated[int, Field(description="Rows of the whole report, as of this page")]
    synthetic: Annotated[bool, Field(description="True when an emulator answered")]


@service(title="Fetch the pagination", timeout="60s", credential="google-service-account", tags=["google-analytics"])
def pagination(
    context: Context,
    property: Property,  # noqa: A002 - the API's word
    days: Annotated[int | None, Field(ge=1, le=3650, description="The last full days; else date_ranges, or 28")] = None,
    date_ranges: list[DateRange] | None = None,
    dimensions: list[str] = ["date", "country", "deviceCategory", "sessionDefaultChannelGroup"],  # noqa: B006
    metrics: list[str] = ["activeUsers", "sessions", "screenPageViews", "eventCount", "totalRevenue"],  # noqa: B006
    page_size: int = 10_000,
    dimension_filter: dict[str, Any] | None = None,
    metric_filter: dict[str, Any] | None = None,
    currency_code: str = "",
    keep_empty_rows: bool = False,
    as_of: Annotated[datetime | None, Field(description="When relative dates are seen from; else now")] = None,
) -> Pagination:
    """Ask how many rows a report has, and plan its pages.

    Relative dates become absolute in the property's time zone, so that every page asks the same whenever it is
    fetched. Filters are FilterExpression objects of the API.
    """
    if days is not None and date_ranges:
        raise ServiceError("ga_bad_dates", "Give either days or date_ranges, not both.")
    query = Query(
        property=property,
        date_ranges=date_ranges or [DateRange(start_date=f"{days or 28}daysAgo", end_date="yesterday")],
        dimensions=dimensions,
        metrics=metrics,
        dimension_filter=dimension_filter,
        metric_filter=metric_filter,
        currency_code=currency_code,
        keep_empty_rows=keep_empty_rows,
    )
    check_limits(query, page_size)
    api = connect(context)
    if any(map(is_relative, query.date_ranges)):
        # Only an answer tells the time zone. Asking again with the dates made absolute, instead of believing that both
        # clocks mean the same day, keeps the row count right at midnight.
        clock, _ = api.ask(
            Query(property=property, date_ranges=[_ONE_DAY], dimensions=[], metrics=["sessions"]), limit=1
        )
        today = today_in(clock.metadata.time_zone, as_of or datetime.now(UTC))
        query = query.model_copy(update={"date_ranges": [absolute(each, today) for each in query.date_ranges]})
    answer, synthetic = api.ask(query, limit=1, quota=True)
    count = answer.row_count
    if count > page_size * MAX_PAGES:
        message = f"{count:,} rows make over {MAX_PAGES:,} pages of {page_size:,}. Use a page_size up to {MAX_PAGE:,}."
        raise ServiceError("ga_too_many_pages", message)
    pages = [Page(offset=first, limit=page_size) for first in range(0, count, page_size)]
    periods = [f"{each.start_date} to {each.end_date}" for each in query.date_ranges]
    context.log.info("report planned", rows=count, pages=len(pages), periods=periods, synthetic=synthetic)
    return Pagination(
        row_count=count,
        pages=pages,
        query=query,
        sums={name: Sum(field=name) for name in summable(answer)},
        time_zone=answer.metadata.time_zone,
        currency=answer.metadata.currency_code,
        quota=MessageToDict(answer.property_quota._pb) or None,
        synthetic=synthetic,
    )


@service(title="Fetch the records", timeout="120s", credential="google-service-account", tags=["google-analytics"])
def records(
    context: Context,
    query: Query,
    offset: Annotated[int, Field(ge=0)],
    limit: int,
    expected_row_count: int | None = None,
) -> Records:
    """Fetch one page of a report as typed rows: integers, floats, dates in ISO 8601, everything else as text.

    `query` is what `pagination` returned. A page that does not fit `expected_row_count` leaves a warning in the log.
    """
    check_limits(query, limit)
    answer, synthetic = connect(context).ask(query, limit=limit, offset=offset)
    rows = typed_rows(answer)
    if expected_row_count is not None:
        due = max(0, min(limit, expected_row_count - offset))
        if answer.row_count != expected_row_count or len(rows) != due:
            context.log.warning(
                "the report changed while its pages were read: rows may be missing or doubled",
                expected_row_count=expected_row_count,
                row_count=answer.row_count,
                expected_rows=due,
                rows=len(rows),
                offset=offset,
            )
    return Records(rows=rows, row_count=answer.row_count, synthetic=synthetic)
