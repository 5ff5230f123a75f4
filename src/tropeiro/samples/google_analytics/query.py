"""What a report asks, and what Google lets one ask."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from tropeiro.sdk import ServiceError

MAX_DIMENSIONS, MAX_METRICS, MAX_DATE_RANGES, MAX_PAGE = 9, 10, 4, 250_000

Property = Annotated[str, Field(pattern=r"^properties/[0-9]+$", examples=["properties/1234"])]


class DateRange(BaseModel):
    """Days from the first to the last, both included: `YYYY-MM-DD`, `NdaysAgo`, `yesterday` or `today`."""

    model_config = ConfigDict(extra="forbid")
    start_date: str
    end_date: str
    name: str = ""


class Query(BaseModel):
    """Everything that makes two requests the same report. What `pagination` returns has absolute dates."""

    model_config = ConfigDict(extra="forbid")
    property: Property
    date_ranges: list[DateRange]
    dimensions: list[str]
    metrics: list[str]
    dimension_filter: dict[str, Any] | None = None
    metric_filter: dict[str, Any] | None = None
    currency_code: str = ""
    keep_empty_rows: bool = False


def check_limits(query: Query, page_size: int) -> None:
    """Refuse what the API would refuse, before asking it. Raises `ServiceError` ``ga_limit``, not retryable."""
    for count, most, what in (
        (len(query.dimensions), MAX_DIMENSIONS, "dimensions"),
        (len(query.metrics), MAX_METRICS, "metrics"),
        (len(query.date_ranges), MAX_DATE_RANGES, "date ranges"),
    ):
        if count > most:
            raise ServiceError("ga_limit", f"A report takes at most {most} {what}; this one names {count}.")
    if not query.metrics:
        raise ServiceError("ga_limit", "A report needs at least one metric.")
    if not 1 <= page_size <= MAX_PAGE:
        raise ServiceError("ga_limit", f"A page has 1 to {MAX_PAGE:,} rows; {page_size:,} were asked for.")
