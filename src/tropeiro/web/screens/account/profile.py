"""The profile: how one is called, and in which language, time zone and colours one works."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.schedule import zone_names
from tropeiro.web.accounts.preferences import Preferences, preferences, save_preferences
from tropeiro.web.screens.preferred import zone_without_choice
from tropeiro.web.screens.session import for_users

FIELDS = ("name", "language", "time_zone", "theme")


@require_http_methods(["GET", "POST"])
@for_users
def profile(request: Any) -> HttpResponse:
    """The form, and what it sends."""
    problem, status = "", 200
    if request.method == "POST":
        values = {name: str(request.POST.get(name, ""))[:300] for name in FIELDS}
        try:
            save_preferences(request.user.id, Preferences(**values))
        except InvalidInput as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            # What is said of it is said in the language that was chosen.
            with translation.override(values["language"] or translation.get_language()):
                messages.success(request, _("Your profile is saved."))
            return redirect("account")
    else:
        kept = preferences(request.user.id)
        values = {name: getattr(kept, name) for name in FIELDS}
    context = {
        "values": values,
        "problem": problem,
        "zones": zone_names(),
        "other_zone": zone_without_choice(request),
        "all_languages": settings.LANGUAGES,
        "themes": (("system", _("As the system")), ("light", _("Light")), ("dark", _("Dark"))),
        "email": request.user.email,
    }
    return render(request, "account/profile.html", context, status=status)
