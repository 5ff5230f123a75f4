"""What a person prefers holds for all of the request: language, and time zone."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from tropeiro.kernel.schedule import zone_names

ZONE_COOKIE = "tropeiro-zone"
"""Where the browser says its time zone; set by its script."""


def preferred(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: the user's language and time zone, else the browser's."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        user: Any = request.user if request.user.is_authenticated else None
        if user is not None and user.language:
            translation.activate(user.language)
            request.LANGUAGE_CODE = user.language
        with timezone.override((user.time_zone if user is not None else "") or browser_zone(request)):
            return get_response(request)

    return middleware


def browser_zone(request: HttpRequest) -> str:
    """The time zone that the browser says; UTC while it has said none that there is."""
    said = unquote(request.COOKIES.get(ZONE_COOKIE, ""))
    return said if said in _zones() else "UTC"


@cache
def _zones() -> frozenset[str]:
    return frozenset(zone_names())
