"""The problem documents that only the API answers with."""

from __future__ import annotations

from http import HTTPStatus
from math import ceil
from typing import Any

from django.http import HttpRequest, HttpResponse

from tropeiro.kernel.errors import TropeiroError
from tropeiro.web import problem_document
from tropeiro.web.problem_document import TYPE, TooLarge, Unauthenticated, document

__all__ = [
    "TYPE",
    "KeyReused",
    "RateLimited",
    "TooLarge",
    "Unauthenticated",
    "document",
    "of_error",
    "of_parsing",
    "of_shape",
]


class KeyReused(TropeiroError):
    """The idempotency key came with another request before."""

    code = "idempotency_key_reused"


class RateLimited(TropeiroError):
    """The token sends too many requests."""

    code = "rate_limited"

    def __init__(self, seconds: float) -> None:
        self.seconds = ceil(seconds)
        """After so many it may send the next one."""
        super().__init__(hint=f"Send the next one in {self.seconds} s, and further ones more slowly.")


_STATUS = {KeyReused: 422, RateLimited: 429}


def of_error(error: TropeiroError) -> HttpResponse:
    """The document of what an action or a query refused."""
    response = problem_document.of_error(error, _STATUS.get(type(error), 0))
    if response.status_code == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="Tropeiro"'
    if isinstance(error, RateLimited):
        response["Retry-After"] = str(error.seconds)
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
