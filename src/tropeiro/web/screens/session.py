"""From a request to the member who makes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Forbidden
from tropeiro.web.accounts.access import OrganizationName, memberships
from tropeiro.web.member import Member

ORGANIZATION = "organization"
"""Key of the session that holds the short name of the chosen organization."""


class MemberRequest(HttpRequest):
    """A request of somebody who is logged in and belongs to an organization."""

    member: Member
    organizations: tuple[OrganizationName, ...]


View = Callable[..., HttpResponseBase]


def for_members(view: View) -> View:
    """Ask to log in first; then the request has ``member`` and ``organizations``."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        request.member, request.organizations = chosen_member(
            request.user.id, request.user.email, request.session.get(ORGANIZATION, "")
        )
        return view(request, *args, **kwargs)

    return wrapper


def chosen_member(user: int, email: str, organization: str) -> tuple[Member, tuple[OrganizationName, ...]]:
    """The member that a user is of the organization they chose, else of the first, and all they can choose from.

    Raises `Forbidden` for a user without any.
    """
    known = memberships(user, email)
    if not known:
        raise Forbidden(_("You do not belong to an organization yet."), hint=_("Ask an admin of one to add you."))
    member = next((member for _, member in known if member.organization_slug == organization), known[0][1])
    return member, tuple(name for name, _ in known)
