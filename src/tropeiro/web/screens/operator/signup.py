"""Whether anybody may sign up, or only who is invited."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.web.accounts.organizations import set_signup, signup_is_open
from tropeiro.web.screens.operator.door import for_operators


@require_http_methods(["GET", "POST"])
@for_operators
def signup(request: Any) -> HttpResponse:
    """The choice, and what it sends."""
    if request.method == "POST":
        open_ = request.POST.get("signup") == "open"
        set_signup(request.user.id, open_=open_)
        messages.success(request, _("Anybody may sign up now.") if open_ else _("Only who is invited may sign up now."))
        return redirect("operator-signup")
    return render(request, "operator/signup.html", {"open": signup_is_open()})
