"""What the API refuses, as errors that the platform knows what to do with."""

from __future__ import annotations

from typing import Any, NoReturn

from google.api_core.exceptions import GoogleAPICallError

from tropeiro.sdk import RetryLater, ServiceError

CODES = {
    400: "ga_invalid_argument",
    401: "ga_unauthenticated",
    403: "ga_permission_denied",
    404: "ga_not_found",
    429: "ga_quota_exhausted",
}
"""Codes by HTTP status; 5xx are ``ga_unavailable``, the rest ``ga_refused``."""

_QUOTAS = (
    ("concurrent requests", "concurrent_requests", 1.0),
    ("for a project per hour", "tokens_per_project_per_hour", 600.0),
    ("tokens per hour", "tokens_per_hour", 600.0),
    ("tokens per day", "tokens_per_day", 3600.0),
    ("server errors", "server_errors_per_project_per_hour", 600.0),
    ("potentially thresholded", "potentially_thresholded_requests_per_hour", 600.0),
)
"""Words of the API's message, the quota that they name, and seconds until asking again makes sense."""
_MAX_RETRY_AFTER = 3600.0


def raise_for(error: GoogleAPICallError, property_name: str) -> NoReturn:
    """Raise what an answer other than 200 means: 429 and 5xx pass, the rest is final.

    The API's own message and status are kept; ``details`` are ``{http_status, status, property}``, and ``quota`` for
    429: which one ran out, null when the API does not say.
    """
    http_status = int(error.code or 500)
    message, status = _said(error)
    details: dict[str, Any] = {"http_status": http_status, "status": status, "property": property_name}
    seconds = 0.0
    if http_status == 429:
        details["quota"], seconds = _quota(message)
    code = CODES.get(http_status, "ga_unavailable" if http_status >= 500 else "ga_refused")
    retryable = http_status == 429 or http_status >= 500
    seconds = _retry_after(error) or seconds
    if retryable and seconds:
        raise RetryLater(seconds, code, message, details=details) from error
    raise ServiceError(code, message, retryable=retryable, details=details) from error


def _quota(message: str) -> tuple[str | None, float]:
    for words, name, seconds in _QUOTAS:
        if words in message.lower():
            return name, seconds
    return None, 0.0


def _said(error: GoogleAPICallError) -> tuple[str, str]:
    """Message and status of the answer itself; the exception's own text puts method and URL before them."""
    try:
        body = error.response.json()["error"]
        return str(body["message"]).strip(), str(body.get("status", ""))
    except (AttributeError, ValueError, KeyError, TypeError):
        return str(error.message), ""


def _retry_after(error: GoogleAPICallError) -> float:
    text = getattr(error.response, "headers", {}).get("Retry-After", "")
    return min(float(text), _MAX_RETRY_AFTER) if text.isdecimal() else 0.0
