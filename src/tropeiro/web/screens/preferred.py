"""What a person prefers holds for all of the request: language, and time zone.

First comes what the person chose, in the account or for this browser; then what the organization decided for members
who chose none; then what the browser says.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from tropeiro.kernel.schedule import zone_names
from tropeiro.web.accounts.access import OrganizationName

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


def prefer_organization(request: HttpRequest, organization: OrganizationName) -> None:
    """What the organization decided holds from here on, as far as its member chose nothing."""
    language, zone = decided(request, request.user, organization)
    if language:
        translation.activate(language)
        request.LANGUAGE_CODE = language
    if zone:
        # The middleware's own override ends with the request, and this with it.
        timezone.activate(zone)


def decided(request: HttpRequest, user: Any, organization: OrganizationName) -> tuple[str, str]:
    """The language and the time zone that the organization decides for a user; empty what the user chose or nobody."""
    chosen = user.language or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return "" if chosen else organization.language, "" if user.time_zone else organization.time_zone


def zone_without_choice(request: Any) -> str:
    """The time zone for a user who chose none: the organization's, else the browser's."""
    organization = getattr(request, "organization", None)
    decided = "" if organization is None else organization.time_zone
    return decided or browser_zone(request)


def browser_zone(request: HttpRequest) -> str:
    """The time zone that the browser says; UTC while it has said none that there is."""
    said = unquote(request.COOKIES.get(ZONE_COOKIE, ""))
    return said if said in _zones() else "UTC"


@cache
def _zones() -> frozenset[str]:
    return frozenset(zone_names())
