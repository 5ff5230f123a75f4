"""Errors as pages, or as one problem document (RFC 9457) for programs."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import TropeiroError
from tropeiro.web.accounts.access import OrganizationName
from tropeiro.web.lost_connections import drop_lost_connections
from tropeiro.web.problem_document import status_of
from tropeiro.web.screens.elsewhere import elsewhere

log = logging.getLogger(__name__)


def answer_errors(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Any:
    """Middleware: what the actions refuse becomes a page of that status."""
    return _AnswerErrors(get_response)


class _AnswerErrors:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Django asks this before every view. PostgreSQL keeps no text with the character NUL; nobody types it."""
        # Views without the check of forms read their own body, which must not be taken from them here.
        sent = (request.GET,) if getattr(view, "csrf_exempt", False) else (request.GET, request.POST)
        if any("\0" in name or any("\0" in value for value in values) for one in sent for name, values in one.lists()):
            return page(request, 400, message=_("What was sent contains a character that no text may have: NUL."))
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Django asks this for every exception that leaves a view."""
        if not isinstance(error, TropeiroError):
            return None
        status = status_of(error)
        if status >= 500:
            log.error("%s: %s", error.code, error.message)
        there = elsewhere(request) if status == 404 else None
        return page(request, status, message=error.message, hint=error.hint, elsewhere=there)


def page(
    request: HttpRequest,
    status: int,
    *,
    message: str = "",
    hint: str = "",
    elsewhere: OrganizationName | None = None,
) -> HttpResponse:
    """The page of an error; ``elsewhere`` is another organization of the reader that has what was asked for."""
    context = {"status": status, "title": _title(status), "message": message, "hint": hint, "elsewhere": elsewhere}
    return render(request, "problem.html", context, status=status)


def problem(status: int, code: str, message: str) -> JsonResponse:
    """The problem document of an error, for programs."""
    body = {"type": f"urn:tropeiro:error:{code}", "title": message, "status": status, "code": code}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler400."""
    return page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler403."""
    return page(request, 403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404."""
    return page(request, 404)


def too_many_requests(request: HttpRequest) -> HttpResponse:
    """What allauth answers to who asks too often."""
    return page(request, 429, message=_("That was too often. Wait a while, then try again."))


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500; a database that is away is told of as that. Asks the database nothing."""
    request.member = None  # type: ignore[attr-defined]
    if isinstance(sys.exc_info()[1], OperationalError):
        drop_lost_connections()
        return page(
            request,
            503,
            message=_("The database does not answer: it is being maintained, or it is in trouble."),
            hint=_("Jobs go on by themselves when it is back. Try again in a moment."),
        )
    return page(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form came back without the token that its page gave it."""
    return page(request, 403, message=_("This form is out of date. Go back, load the page again and repeat."))


def _title(status: int) -> str:
    return {
        400: _("This request cannot be understood"),
        403: _("You may not do this"),
        404: _("There is nothing here that you can see"),
        409: _("This cannot be done now"),
        429: _("Not so fast"),
        503: _("Tropeiro is not reachable"),
    }.get(status, _("Something went wrong on our side"))
