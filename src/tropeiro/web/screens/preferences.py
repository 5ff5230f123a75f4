"""What a person chooses for themselves: language, colours, organization."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.django_settings import YEAR
from tropeiro.web.screens.frame import THEME_COOKIE, THEMES
from tropeiro.web.screens.session import ORGANIZATION, for_members


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie."""
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        raise InvalidInput(f"`{language[:20]}` is not a language of the console.")
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, language)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Remember the colours in a cookie."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        raise InvalidInput(f"`{theme[:20]}` is not a theme of the console.")
    return _remember(request, THEME_COOKIE, theme)


@require_POST
@for_members
def choose_organization(request: Any) -> HttpResponse:
    """Work for another organization from now on."""
    slug = request.POST.get("organization", "")
    if slug not in {name.slug for name in request.organizations}:
        raise NotFound(f"There is no organization `{slug[:64]}` that you belong to.")
    request.session[ORGANIZATION] = slug
    return HttpResponseRedirect("/")


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    response = HttpResponseRedirect(target if safe else "/")
    response.set_cookie(
        cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response
