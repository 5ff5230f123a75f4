"""The addresses of the API, each behind the door."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path

from tropeiro.web.api import openapi
from tropeiro.web.api.door import guarded, open_to_all
from tropeiro.web.api.operations import ROOT, api
from tropeiro.web.api.problems import document

_ROOT_OF_NINJA = "api-root"


def describe(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(openapi.openapi(), content_type="application/json")


def missing(request: HttpRequest, rest: str) -> HttpResponse:
    """What is no address of the API."""
    return document(404, "not_found", "There is no such address.", hint="See /api/v1/openapi.json.")


# By address: where two methods share one, it is named twice.
_OPERATIONS: dict[str, Any] = {
    str(one.pattern): one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != _ROOT_OF_NINJA
}

urlpatterns = [
    *(
        path(f"{ROOT}{address}", guarded(pattern.callback), name=pattern.name)
        for address, pattern in _OPERATIONS.items()
    ),
    path(f"{ROOT}openapi.json", open_to_all(describe), name="api-openapi"),
    path("api/<path:rest>", guarded(missing), name="api-missing"),
]
