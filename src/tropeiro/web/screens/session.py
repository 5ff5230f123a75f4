"""From a request to the member who makes it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Forbidden
from tropeiro.web.accounts.access import OrganizationName, memberships
from tropeiro.web.member import Member
from tropeiro.web.screens.preferred import prefer_organization

ORGANIZATION = "organization"
"""Key of the session that holds the short name of the chosen organization."""


class MemberRequest(HttpRequest):
    """A request of somebody who is logged in and belongs to an organization."""

    member: Member
    organization: OrganizationName
    """The chosen one of them."""
    organizations: tuple[OrganizationName, ...]


View = Callable[..., HttpResponseBase]


def for_members(view: View) -> View:
    """Ask to log in first; then the request has ``member`` and ``organizations``.

    Who belongs to no organization is led to the page that says so.
    """

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not _join(request):
            return redirect("organizations")
        return view(request, *args, **kwargs)

    return wrapper


def for_users(view: View) -> View:
    """Ask to log in first; then the request has ``member`` and ``organizations`` if the user belongs to any."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        _join(request)
        return view(request, *args, **kwargs)

    return wrapper


def _join(request: Any) -> bool:
    """Give the request its member; whether the user is one anywhere."""
    known = memberships(request.user.id, request.user.email)
    if known:
        request.member, request.organizations = _chosen(known, request.session.get(ORGANIZATION, ""))
        slug = request.member.organization_slug
        request.organization = next(one for one in request.organizations if one.slug == slug)
        prefer_organization(request, request.organization)
    return bool(known)


def chosen_member(user: int, email: str, organization: str) -> tuple[Member, tuple[OrganizationName, ...]]:
    """The member that a user is of the organization they chose, else of the first, and all they can choose from.

    Raises `Forbidden` for a user without any.
    """
    known = memberships(user, email)
    if not known:
        raise Forbidden(_("You do not belong to an organization yet."), hint=_("Ask an admin of one to add you."))
    return _chosen(known, organization)


def _chosen(
    known: tuple[tuple[OrganizationName, Member], ...], organization: str
) -> tuple[Member, tuple[OrganizationName, ...]]:
    member = next((member for _name, member in known if member.organization_slug == organization), known[0][1])
    return member, tuple(name for name, _member in known)
