"""Errors as problem documents (RFC 9457): what programs are answered when something cannot be done."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpResponse

from tropeiro.kernel.errors import (
    Conflict,
    DocumentInvalid,
    Forbidden,
    InvalidInput,
    NotFound,
    PlatformUnavailable,
    TropeiroError,
)

log = logging.getLogger(__name__)

TYPE = "application/problem+json"


class Unauthenticated(TropeiroError):
    """Log in first."""

    code = "unauthenticated"


class TooLarge(TropeiroError):
    """The request is too large."""

    code = "too_large"


_STATUS: tuple[tuple[type[TropeiroError], int], ...] = (
    (NotFound, 404),
    (Forbidden, 403),
    (Conflict, 409),
    (InvalidInput, 400),
    (PlatformUnavailable, 503),
    (Unauthenticated, 401),
    (TooLarge, 413),
)


def status_of(error: TropeiroError) -> int:
    """The HTTP status of an error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def document(status: int, code: str, detail: str, *, hint: str = "", **more: Any) -> HttpResponse:
    """A problem document. ``code`` is stable; ``detail`` and ``hint`` are for people."""
    body: dict[str, Any] = {
        "type": f"urn:tropeiro:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    body |= {name: value for name, value in more.items() if value}
    return HttpResponse(msgspec.json.encode(body), status=status, content_type=TYPE)


def of_error(error: TropeiroError, status: int = 0, **more: Any) -> HttpResponse:
    """The document of what an action or a query refused; with its own status where none is given."""
    status = status or status_of(error)
    if status >= 500:
        log.error("%s: %s", error.code, error.message)
    problems = list(error.problems) if isinstance(error, DocumentInvalid) else None
    more = {"details": error.details, "problems": problems, **more}
    return document(status, error.code, error.message, hint=error.hint, **more)
