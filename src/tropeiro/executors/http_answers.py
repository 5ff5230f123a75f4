"""What the answer of an HTTP service means."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from tropeiro.executors.outcomes import failure
from tropeiro.kernel.errors import ServiceError
from tropeiro.kernel.outcome import Done, Outcome, Wait
from tropeiro.kernel.retry_after import read_retry_after
from tropeiro.ports.executor import Call, HttpEndpoint
from tropeiro.ports.network import HttpResponse
from tropeiro.sdk.errors import RetryLater
from tropeiro.sdk.redaction import Redactor

RETRYABLE = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which asking again may help."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,99}")
_EXCERPT = 500


def outcome_of(
    response: HttpResponse, call: Call, endpoint: HttpEndpoint, now: datetime, redactor: Redactor
) -> Outcome:
    """Success is a 2xx with JSON, or without a body (null); 202 means "later" for a service that declares callbacks.

    An error may be described by ``{"code", "message", "retryable", "details"}`` or by a problem document (RFC 9457);
    otherwise its code is ``http_status``. Errors of our own: ``answer_not_json``, ``callback_not_declared``,
    ``unexpected_redirect``.
    """
    if response.status == 202:
        if endpoint.callback:
            return Wait(timeout_ms=call.timeout_ms)
        return _fail(
            "callback_not_declared",
            "The endpoint answered 202 (accepted), but the service does not declare `callback`. Declare it, or answer "
            "200 with the result.",
            redactor,
        )
    if 200 <= response.status < 300:
        return _done(response, redactor)
    if 300 <= response.status < 400:
        return _fail(
            "unexpected_redirect",
            f"The endpoint redirects ({response.status}), which is not followed. Declare its final address.",
            redactor,
        )
    return failure(_error(response, now), redactor)


def _done(response: HttpResponse, redactor: Redactor) -> Outcome:
    if not response.body.strip():
        return Done(None)
    try:
        return Done(msgspec.json.decode(response.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _fail(
            "answer_not_json", f"The endpoint answered {response.status} without valid JSON: {error}.", redactor
        )


def _error(response: HttpResponse, now: datetime) -> ServiceError:
    said = _described(response)
    code, message = _code(said), _message(said, response)
    details: dict[str, Any] = {"status": response.status}
    if said.get("details") is not None:
        details["details"] = said["details"]
    told = said.get("retryable")
    retryable = told if isinstance(told, bool) else response.status in RETRYABLE
    wait = read_retry_after(response.header("retry-after"), now) if retryable else None
    if wait is not None:
        return RetryLater(wait / 1_000, code, message, details=details)
    return ServiceError(code, message, retryable=retryable, details=details)


def _described(response: HttpResponse) -> dict[str, Any]:
    """The error as the endpoint describes it; empty when it does not."""
    try:
        said = msgspec.json.decode(response.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}
    if isinstance(said, dict) and isinstance(said.get("error"), dict):
        return dict(said["error"])  # a widespread wrapping
    return said if isinstance(said, dict) else {}


def _code(said: dict[str, Any]) -> str:
    """``code``, or the last part of a problem document's ``type``."""
    kind = said.get("type")
    last = re.split(r"[/#:]", kind.rstrip("/"))[-1] if isinstance(kind, str) and kind != "about:blank" else ""
    for text in (said.get("code"), last):
        if isinstance(text, str) and _CODE.fullmatch(text):
            return text
    return "http_status"


def _message(said: dict[str, Any], response: HttpResponse) -> str:
    for name in ("message", "detail", "title"):
        if isinstance(said.get(name), str) and said[name]:
            return str(said[name])
    excerpt = response.body[: 4 * _EXCERPT].decode("utf-8", "replace")[:_EXCERPT].strip()
    return f"The endpoint answered {response.status}{f': {excerpt}' if excerpt else ''}"


def _fail(code: str, message: str, redactor: Redactor) -> Outcome:
    return failure(ServiceError(code, message), redactor)
