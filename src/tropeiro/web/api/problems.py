"""Errors as problem documents (RFC 9457): what programs are answered when something cannot be done."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse

from tropeiro.kernel.errors import DocumentInvalid, TropeiroError
from tropeiro.web.screens.problems import status_of

log = logging.getLogger(__name__)

TYPE = "application/problem+json"


class Unauthenticated(TropeiroError):
    """The request brings no token that opens anything."""

    code = "unauthenticated"


class KeyReused(TropeiroError):
    """The idempotency key came with another request before."""

    code = "idempotency_key_reused"


class TooLarge(TropeiroError):
    """The request is too large."""

    code = "too_large"


_OWN = {Unauthenticated: 401, KeyReused: 422, TooLarge: 413}


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


def of_error(error: TropeiroError) -> HttpResponse:
    """The document of what an action or a query refused."""
    status = _OWN.get(type(error)) or status_of(error)
    if status >= 500:
        log.error("%s: %s", error.code, error.message)
    problems = list(error.problems) if isinstance(error, DocumentInvalid) else None
    response = document(status, error.code, error.message, hint=error.hint, details=error.details, problems=problems)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="Tropeiro"'
    return response


def of_shape(request: HttpRequest, error: Any) -> HttpResponse:
    """The document of a request that does not have the form that the operation takes. A handler of the API."""
    problems = [
        {"in": part, "pointer": "".join(f"/{name}" for name in place), "message": one["msg"]}
        for one in error.errors
        for part, *place in [one["loc"]]
    ]
    first = problems[0]
    detail = f"{first['in']} {first['pointer'] or '/'}: {first['message']}."
    return document(400, "invalid_input", detail, problems=problems)


def of_parsing(request: HttpRequest, error: Any) -> HttpResponse:
    """The document of a body that is not JSON. A handler of the API."""
    return document(error.status_code, "invalid_input", "The body of the request is not JSON.")
