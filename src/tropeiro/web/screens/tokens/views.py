"""Pages of API tokens: the list, the form, the token that is shown once, and revoking one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput
from tropeiro.web.paging import Page
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.screens.session import for_members
from tropeiro.web.tokens.access import sees_all
from tropeiro.web.tokens.actions import create_token, revoke_token
from tropeiro.web.tokens.queries import PAGE, list_tokens

DAYS = (7, 30, 90, 365)
USUAL = 90


@require_GET
@for_members
def token_list(request: Any) -> HttpResponse:
    """The member's tokens, an admin sees everybody's."""
    rows = list_tokens(request.member, before=_uuid(request.GET.get("after", "")), limit=PAGE + 1)
    page = Page(rows[:PAGE], next=str(rows[PAGE - 1].id) if len(rows) > PAGE else "")
    context = {"page": page, "paged": "after" in request.GET, "all": sees_all(request.member)}
    return render(request, "tokens/list.html", context)


@require_http_methods(["GET", "POST"])
@for_members
@sensitive_variables("token")
def create(request: Any) -> HttpResponse:
    """The form of a new token; then the token itself, this one time."""
    member = request.member
    member.require(Verb.CREATE_TOKEN)
    values = {"name": "", "role": str(min(member.role, Role.EDITOR, key=_rank)), "days": str(USUAL)}
    problem, status = "", 200
    if request.method == "POST":
        values = {name: str(request.POST.get(name, ""))[:200].strip() for name in values}
        try:
            token = create_token(member, values["name"], _role(values["role"]), _expiry(values["days"]))
        except (InvalidInput, Conflict, Forbidden) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            # Not a redirect: the token would have to be kept somewhere for the page after it.
            return render(request, "tokens/made.html", {"token": token, "address": request.build_absolute_uri("/")})
    context = {
        "values": values,
        "problem": problem,
        "roles": [role for role in Role if member.role.includes(role)],
        "expiries": [(str(days), _in_days(days)) for days in DAYS] + [("", _("never"))],
    }
    return render(request, "tokens/form.html", context, status=status)


@require_POST
@for_members
def revoke(request: Any, token: UUID) -> HttpResponse:
    """End a token."""
    try:
        name = revoke_token(request.member, token)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The token %(name)s opens nothing any more.") % {"name": name})
    return redirect("tokens")


def _rank(role: Role) -> int:
    return sum(role.includes(other) for other in Role)


def _role(text: str) -> Role:
    if text not in set(Role):
        raise InvalidInput(_("`%(role)s` is not a role.") % {"role": text[:20]})
    return Role(text)


def _expiry(days: str) -> datetime | None:
    if not days:
        return None
    if days not in {str(one) for one in DAYS}:
        raise InvalidInput(_("Choose how long the token is to last."))
    return timezone.now() + timedelta(days=int(days))


def _in_days(days: int) -> str:
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
