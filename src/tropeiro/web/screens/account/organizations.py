"""To which organizations one belongs; opening a further one, and leaving one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.accounts.access import member, memberships
from tropeiro.web.accounts.allauth_account import invitation_of
from tropeiro.web.accounts.membership import leave
from tropeiro.web.accounts.organizations import may_open_organizations, open_organization
from tropeiro.web.screens.session import ORGANIZATION, for_users


@require_GET
@for_users
def organization_list(request: Any) -> HttpResponse:
    """One's organizations, with the role in each."""
    context = {
        "memberships": memberships(request.user.id, request.user.email),
        "may_open": may_open_organizations(request.user.id),
        "invitation": invitation_of(request),
    }
    return render(request, "account/organizations.html", context)


@require_http_methods(["GET", "POST"])
@for_users
def create(request: Any) -> HttpResponse:
    """The form of a further organization, and what it sends."""
    values = {name: str(request.POST.get(name, ""))[:300] for name in ("name", "slug")}
    problem, status = "", 200
    if request.method == "POST":
        try:
            opened = open_organization(request.user.id, values["name"], values["slug"])
        except (InvalidInput, Conflict) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            request.session[ORGANIZATION] = opened.slug
            messages.success(request, _("The organization is open. Invite others, or begin with a project."))
            return redirect("members")
    may_open = may_open_organizations(request.user.id)
    context = {"values": values, "problem": problem, "may_open": may_open}
    return render(request, "account/organization_new.html", context, status=status if may_open else 403)


@require_POST
@for_users
def leave_organization(request: Any, slug: str) -> HttpResponse:
    """End one's own membership."""
    leaving = member(request.user.id, slug)
    try:
        leave(leaving)
    except Conflict as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        if request.session.get(ORGANIZATION) == slug:
            del request.session[ORGANIZATION]
        messages.success(request, _("You are not a member of %(slug)s any more.") % {"slug": slug})
    return redirect("organizations")
