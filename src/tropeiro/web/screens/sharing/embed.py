"""The bare page of an embedded diagram: for everybody who has its link, in a frame of whatever page.

It knows nobody: no session is read for it, nothing on it leads anywhere, nothing can be sent from it. Every other page
keeps out of frames.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.preferences import THEMES
from tropeiro.web.screens.sharing.guesses import guesses_too_often, note_guess
from tropeiro.web.sharing.access import opened_by_token
from tropeiro.web.sharing.embedding import embedded
from tropeiro.web.sharing.models import Purpose

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src-elem 'self'",
        "style-src-attr 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'none'",
        "base-uri 'none'",
        "frame-ancestors *",
    )
)


@require_GET
@xframe_options_exempt
def embed(request: HttpRequest, token: str) -> HttpResponse:
    """The diagram, coloured by the last run; or that there is no such link."""
    if guesses_too_often(request):
        return _page(request, "sharing/embed_nothing.html", {"often": True}, 429)
    try:
        found = embedded(opened_by_token(token, Purpose.EMBED))
    except NotFound:
        note_guess(request)
        return _page(request, "sharing/embed_nothing.html", {}, 404)
    return _page(request, "sharing/embed.html", {"found": found}, 200)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int) -> HttpResponse:
    theme, wanted = request.GET.get("theme", ""), request.GET.get("lang", "").lower()
    language = wanted if wanted in dict(settings.LANGUAGES) else translation.get_language() or settings.LANGUAGE_CODE
    with translation.override(language):
        # Without the request: what stands around other pages, and who looks, is none of this page's business.
        text = render_to_string(
            template, {**context, "language": language, "theme": theme if theme in THEMES else "system"}
        )
    response = HttpResponse(text, status=status)
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    return response
