"""Following the link of an invitation: seeing what it offers, then joining, as somebody logged in or somebody new."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.access import memberships
from tropeiro.web.accounts.allauth_account import INVITATION
from tropeiro.web.accounts.invitations import InvitationState, accept, offer, offer_of_token, refusal
from tropeiro.web.screens.session import ORGANIZATION


@require_GET
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Remember the invitation in the session, so that its token stands in no further address."""
    found = offer_of_token(token)
    if found is None:
        raise _no_invitation()
    request.session[INVITATION] = str(found.id)
    return redirect("join")


@require_http_methods(["GET", "POST"])
def join(request: Any) -> HttpResponse:
    """What the invitation offers, and accepting it."""
    known = request.session.get(INVITATION)
    found = offer(known) if known else None
    if found is None:
        raise _no_invitation()
    if request.method == "POST" and request.user.is_authenticated:
        slug = accept(found.id, request.user.id, request.user.email)
        del request.session[INVITATION]
        request.session[ORGANIZATION] = slug
        messages.success(request, _("You are a member of %(name)s now.") % {"name": found.organization_name})
        return redirect("dashboard")
    user = request.user if request.user.is_authenticated else None
    own = memberships(user.id, user.email) if user is not None else ()
    context = {
        "invitation": found,
        "refusal": "" if found.state is InvitationState.OPEN else refusal(found.state),
        "email": user.email if user is not None else "",
        "for_another": user is not None and bool(found.email) and found.email != user.email,
        "is_member": any(member.organization == found.organization for _name, member in own),
    }
    return render(request, "gate/join.html", context)


def _no_invitation() -> NotFound:
    return NotFound(_("There is no such invitation."), hint=_("Ask whoever invited you for a new link."))
