"""The organization itself: its name."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.accounts.organizations import rename_organization
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
