"""The official client over REST: to Google with a service account, or to an emulator with nothing."""

from __future__ import annotations

import json
import os
import re
import threading
from functools import lru_cache
from typing import Any

from google.analytics.data_v1beta import BetaAnalyticsDataClient
from google.analytics.data_v1beta.services.beta_analytics_data.transports import (
    BetaAnalyticsDataRestInterceptor,
    BetaAnalyticsDataRestTransport,
)
from google.analytics.data_v1beta.types import RunReportRequest, RunReportResponse
from google.api_core.exceptions import GoogleAPICallError
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError
from google.oauth2.service_account import Credentials
from google.protobuf.json_format import ParseError
from requests.exceptions import RequestException

from tropeiro.sdk import Context, ServiceError

from .errors import raise_for
from .query import DateRange, Query

ENDPOINT = "TROPEIRO_GA_ENDPOINT"
"""Environment variable with the emulator's URL. When it is set, no credential is used at all."""
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"


class Headers(BetaAnalyticsDataRestInterceptor):
    """Keeps the headers of this thread's last answer, which the client itself does not hand out."""

    def __init__(self) -> None:
        self._local = threading.local()

    def post_run_report_with_metadata(self, response: Any, metadata: Any) -> Any:
        self._local.headers = {str(name).lower(): str(value) for name, value in metadata}
        return response, metadata

    @property
    def synthetic(self) -> bool:
        """Whether the last answer came from an emulator, by its own account."""
        headers: dict[str, str] = getattr(self._local, "headers", {})
        return headers.get("x-tropeiro-synthetic") == "true"


class Api:
    """The API for one call of a service."""

    def __init__(self, client: BetaAnalyticsDataClient, headers: Headers, timeout: float) -> None:
        self._client, self._headers, self._timeout = client, headers, timeout

    def ask(self, query: Query, *, limit: int, offset: int = 0, quota: bool = False) -> tuple[RunReportResponse, bool]:
        """One page, and whether it is synthetic.

        Asks once: trying again is the platform's part, which does not hold a worker meanwhile. Raises `ServiceError`
        or `RetryLater`.
        """
        request = request_for(query, limit=limit, offset=offset, quota=quota)
        whose = {"property": query.property}
        try:
            answer = self._client.run_report(request, retry=None, timeout=self._timeout)
        except GoogleAPICallError as error:
            raise_for(error, query.property)
        except GoogleAuthError as error:
            message = f"Google did not accept the credential: {error}"
            raise ServiceError("ga_unauthenticated", message, retryable=bool(error.retryable), details=whose) from error
        except (RequestException, ParseError) as error:
            message = f"The answer of the Google Analytics Data API did not arrive whole: {error}"
            raise ServiceError("ga_unavailable", message, retryable=True, details=whose) from error
        return answer, self._headers.synthetic


def connect(context: Context) -> Api:
    """The API for this call. Raises `ServiceError` ``ga_not_configured`` without endpoint and without credential."""
    endpoint = os.environ.get(ENDPOINT, "").strip().rstrip("/")
    if endpoint:
        if not re.match(r"https?://[^/]+\Z", endpoint):
            message = f"{ENDPOINT} is {endpoint!r}; it must be the emulator's URL, such as http://127.0.0.1:8425."
            raise ServiceError("ga_not_configured", message)
        client, headers = _client(endpoint, "")
    elif context.credential:
        client, headers = _client("", json.dumps(context.credential, sort_keys=True))
    else:
        raise ServiceError(
            "ga_not_configured",
            "There is no way to Google Analytics: give the step a credential with the fields of a service account's "
            f"JSON key, or set {ENDPOINT} to the URL of the emulator.",
        )
    return Api(client, headers, timeout=max(1.0, min(60.0, context.remaining())))


@lru_cache(maxsize=8)
def _client(endpoint: str, account: str) -> tuple[BetaAnalyticsDataClient, Headers]:
    """One client for each account and process: it keeps its connections and its access token."""
    headers = Headers()
    if endpoint:
        credentials: Any = AnonymousCredentials()  # type: ignore[no-untyped-call]
        # The transport takes a scheme in its host, the client's `api_endpoint` option would put https before it.
        transport = BetaAnalyticsDataRestTransport(host=endpoint, credentials=credentials, interceptor=headers)
    else:
        try:
            credentials = Credentials.from_service_account_info(json.loads(account), scopes=[SCOPE])  # type: ignore[no-untyped-call]
        except (ValueError, GoogleAuthError) as error:
            message = f"The credential is not the JSON key of a service account: {error}"
            raise ServiceError("ga_bad_credential", message) from error
        transport = BetaAnalyticsDataRestTransport(credentials=credentials, interceptor=headers)
    return BetaAnalyticsDataClient(transport=transport), headers


def request_for(query: Query, *, limit: int, offset: int, quota: bool) -> RunReportRequest:
    """The API's request for a page. Ordered by every dimension, so that pages fit together.

    Raises `ServiceError` ``ga_bad_filter``.
    """
    columns = list(query.dimensions)
    if len(query.date_ranges) > 1 and "dateRange" not in columns:
        columns.append("dateRange")  # a column that the API adds by itself
    body = {
        "property": query.property,
        "dateRanges": [_range(each) for each in query.date_ranges],
        "dimensions": [{"name": name} for name in query.dimensions],
        "metrics": [{"name": name} for name in query.metrics],
        "orderBys": [{"dimension": {"dimensionName": name}} for name in columns],
        "dimensionFilter": query.dimension_filter,
        "metricFilter": query.metric_filter,
        "currencyCode": query.currency_code,
        "keepEmptyRows": query.keep_empty_rows,
        "returnPropertyQuota": quota,
        "offset": offset,
        "limit": limit,
    }
    try:
        request: RunReportRequest = RunReportRequest.from_json(json.dumps(body))
    except ParseError as error:
        raise ServiceError("ga_bad_filter", f"A filter is not a FilterExpression of the API: {error}") from error
    return request


def _range(given: DateRange) -> dict[str, str]:
    named = {"name": given.name} if given.name else {}
    return {"startDate": given.start_date, "endDate": given.end_date, **named}
