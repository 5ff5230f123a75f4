"""What a person chooses for themselves: language, colours, organization."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.accounts import preferences
from tropeiro.web.django_settings import YEAR
from tropeiro.web.screens.frame import THEME_COOKIE
from tropeiro.web.screens.session import ORGANIZATION, for_members


@require_POST
def choose_language(request: Any) -> HttpResponse:
    """Remember the language: with the user, and in a cookie for the pages before the login."""
    language = request.POST.get("language", "")
    if not preferences.checked_language(language):
        raise InvalidInput(_("Choose a language."))
    if request.user.is_authenticated:
        preferences.choose_language(request.user.id, language)
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, language)


@require_POST
def choose_theme(request: Any) -> HttpResponse:
    """Remember the colours: with the user, and in a cookie for the pages before the login."""
    theme = request.POST.get("theme", "")
    if not preferences.checked_theme(theme):
        raise InvalidInput(_("Choose colours."))
    if request.user.is_authenticated:
        preferences.choose_theme(request.user.id, theme)
    return _remember(request, THEME_COOKIE, theme)


@require_POST
@for_members
def choose_organization(request: Any) -> HttpResponse:
    """Work for another organization from now on, at its start or at the page that was wanted there."""
    slug = request.POST.get("organization", "")
    if slug not in {name.slug for name in request.organizations}:
        raise NotFound(_("There is no organization `%(slug)s` that you belong to.") % {"slug": slug[:64]})
    request.session[ORGANIZATION] = slug
    return HttpResponseRedirect(_target(request))


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponse:
    response = HttpResponseRedirect(_target(request))
    response.set_cookie(
        cookie, value, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
    )
    return response


def _target(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else "/"
