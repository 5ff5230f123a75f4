"""The organization itself: its name. And, for operators, whether strangers may sign up."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import Forbidden, InvalidInput
from tropeiro.web.accounts.organizations import rename_organization, set_signup, signup_is_open
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.session import for_members


@require_http_methods(["GET", "POST"])
@for_members
def organization(request: Any) -> HttpResponse:
    """What the organization is called; owners call it something else."""
    name = next(one.name for one in request.organizations if one.slug == request.member.organization_slug)
    problem, status = "", 200
    if request.method == "POST":
        name = str(request.POST.get("name", ""))[:300]
        try:
            rename_organization(request.member, name)
        except InvalidInput as error:
            problem, status = error.message, 400
        else:
            messages.success(request, _("The name is saved."))
            return redirect("organization-settings")
    context = {
        "name": name,
        "problem": problem,
        "may_change": allows(request.member.role, Verb.CHANGE_ORGANIZATION),
    }
    return render(request, "members/organization.html", context, status=status)


@require_http_methods(["GET", "POST"])
@for_members
def signup(request: Any) -> HttpResponse:
    """Whether anybody may sign up, or only who is invited."""
    if not request.user.is_operator:
        raise Forbidden(_("Only an operator of this installation may do this."))
    if request.method == "POST":
        open_ = request.POST.get("signup") == "open"
        set_signup(request.user.id, open_=open_)
        messages.success(request, _("Anybody may sign up now.") if open_ else _("Only who is invited may sign up now."))
        return redirect("operator-signup")
    return render(request, "members/signup.html", {"open": signup_is_open()})
