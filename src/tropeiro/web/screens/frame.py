"""What every page shows around its content."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language

from tropeiro.web.accounts.preferences import THEMES
from tropeiro.web.demo.queries import is_sample
from tropeiro.web.screens.menu import menu

THEME_COOKIE = "tropeiro-theme"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who is here, what they can go to, in which language, colours and time zone."""
    user: Any = getattr(request, "user", None)
    theme = (user.theme if user is not None and user.is_authenticated else "") or request.COOKIES.get(THEME_COOKIE, "")
    member = getattr(request, "member", None)
    return {
        "member": member,
        # A view names another place of the menu where the address alone does not tell what the page belongs to.
        "menu": menu(getattr(request, "menu_at", request.path)) if member else (),
        "sample": member is not None and is_sample(member),
        "zone": timezone.get_current_timezone_name(),
        "working_for": getattr(request, "organization", None),
        "organizations": getattr(request, "organizations", ()),
        "theme": theme if theme in THEMES else "system",
        "user_name": (user.name or user.email) if user is not None and user.is_authenticated else "",
        "languages": settings.LANGUAGES,
        "language": get_language() or settings.LANGUAGE_CODE,
        "here": request.get_full_path() if request.method == "GET" else "/",
    }


def with_query(request: HttpRequest, **changes: str | None) -> str:
    """The query of the request with some values changed, or gone where ``None``."""
    query = {**request.GET.dict(), **changes}
    text = urlencode({name: value for name, value in query.items() if value})
    return f"?{text}" if text else "?"
