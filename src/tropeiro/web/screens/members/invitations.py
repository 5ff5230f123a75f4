"""Inviting by a link, which is shown once, and taking it back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, PlatformUnavailable
from tropeiro.web.accounts import mail
from tropeiro.web.accounts.invitations import DAYS, Invited, invite, revoke_invitation
from tropeiro.web.permissions import Role, Verb, role_name
from tropeiro.web.screens.members.roles import role_choices
from tropeiro.web.screens.session import for_members


@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """The form of an invitation; what it sends is answered with the link, the only time."""
    request.member.require(Verb.INVITE)
    values = {"role": str(Role.EDITOR), "email": "", "days": "7"}
    problem, status = "", 200
    if request.method == "POST":
        values = {name: str(request.POST.get(name, ""))[:300].strip() for name in values}
        try:
            return _shown(request, values, _invited(request, values))
        except (InvalidInput, Conflict) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
    context = {
        "values": values,
        "problem": problem,
        "roles": role_choices(request.member.role),
        "days": DAYS,
        "mail_is_sent": mail.mail_is_sent(),
    }
    return render(request, "members/invite.html", context, status=status)


@require_POST
@for_members
def revoke(request: Any, invitation: UUID) -> HttpResponse:
    """Let a link lead nowhere."""
    try:
        revoke_invitation(request.member, invitation)
    except Conflict as refused:
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    else:
        messages.success(request, _("The invitation was revoked; its link leads nowhere now."))
    return redirect("members")


def _invited(request: Any, values: dict[str, str]) -> Invited:
    if values["role"] not in set(Role):
        raise InvalidInput(_("There is no role `%(text)s`.") % {"text": values["role"][:20]})
    days = int(values["days"]) if values["days"] in {str(one) for one in DAYS} else 0
    return invite(request.member, Role(values["role"]), email=values["email"], days=days)


def _shown(request: Any, values: dict[str, str], invited: Invited) -> HttpResponse:
    link = mail.address_of(reverse("join-link", args=[invited.token]))
    context = {
        "link": link,
        "role": role_name(values["role"]),
        "email": values["email"],
        "expires_at": invited.expires_at,
        "mailed": bool(values["email"]) and mail.mail_is_sent() and _mailed(request, values, invited, link),
    }
    return render(request, "members/invited.html", context)


def _mailed(request: Any, values: dict[str, str], invited: Invited, link: str) -> bool:
    """Send the link to whom it is for; the invitation holds without it too."""
    told = {
        "who": request.user.name or request.user.email,
        "organization": request.organization.name,
        "role": role_name(values["role"]),
        "link": link,
        "expires_at": invited.expires_at,
    }
    try:
        # Who is invited has chosen nothing yet.
        mail.send("invitation", values["email"], told, language=request.organization.language)
    except PlatformUnavailable as problem:
        instead = _("Pass the link on yourself.")
        messages.warning(request, f"{problem.message} {instead}")
        return False
    return True
