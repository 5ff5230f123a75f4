"""The addresses of the API, each behind the door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import path

from tropeiro.web.api.door import guarded, open_to_all
from tropeiro.web.api.operations import ROOT, api
from tropeiro.web.api.problems import document

_ROOT_OF_NINJA = "api-root"


def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return api.create_response(request, api.get_openapi_schema(path_prefix=ROOT), status=200)


def missing(request: HttpRequest, rest: str) -> HttpResponse:
    """What is no address of the API."""
    return document(404, "not_found", "There is no such address.", hint="See /api/v1/openapi.json.")


# By address: where two methods share one, it is named twice.
_OPERATIONS = {str(pattern.pattern): pattern for pattern in api.urls[0] if pattern.name != _ROOT_OF_NINJA}

urlpatterns = [
    *(
        path(f"{ROOT}{address}", guarded(pattern.callback), name=pattern.name)
        for address, pattern in _OPERATIONS.items()
    ),
    path(f"{ROOT}openapi.json", open_to_all(openapi), name="api-openapi"),
    path("api/<path:rest>", guarded(missing), name="api-missing"),
]
