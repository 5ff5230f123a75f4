"""The list of members, and changing what they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput
from tropeiro.web.accounts.invitations import open_invitations
from tropeiro.web.accounts.membership import change_role, remove_member
from tropeiro.web.accounts.queries import COLUMNS, count_members, list_members
from tropeiro.web.paging import sort_from
from tropeiro.web.permissions import Role, Verb, allows, role_name
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.members.roles import role_choices
from tropeiro.web.screens.session import for_members

MOST_IN_FILE = 10_000


@require_GET
@for_members
def member_list(request: Any) -> HttpResponse:
    """Everybody who belongs here, and who is invited."""
    member, query = request.member, request.GET
    role = Role(query["role"]) if query.get("role") in set(Role) else None
    sort = sort_from(query.get("sort", ""), COLUMNS, "email")
    search = query.get("q", "")
    if query.get("format") == "csv":
        whole = list_members(member, search=search, role=role, sort=sort, limit=MOST_IN_FILE)
        rows = ((row.name, row.email, role_name(row.role), row.joined_at) for row in whole.rows)
        return csv_answer("members", (_("Name"), _("E-mail address"), _("Role"), _("Member since")), rows)
    may_invite = allows(member.role, Verb.INVITE)
    context = {
        "page": list_members(
            member, search=search, role=role, sort=sort, after=query.get("after", ""), before=query.get("before", "")
        ),
        "sort": sort,
        "search": search,
        "role": role,
        "filtered": bool(search or role),
        "counts": count_members(member),
        "roles": role_choices(member.role),
        "all_roles": role_choices(Role.OWNER),
        "may_invite": may_invite,
        "may_change": allows(member.role, Verb.CHANGE_MEMBER),
        "may_remove": allows(member.role, Verb.REMOVE_MEMBER),
        "invitations": open_invitations(member) if may_invite else (),
    }
    return render(request, "members/list.html", context)


@require_POST
@for_members
def change(request: Any, membership: UUID) -> HttpResponse:
    """Another role."""
    text = request.POST.get("role", "")
    if text not in set(Role):
        raise InvalidInput(_("There is no role `%(text)s`.") % {"text": text[:20]})
    done = _("The role is now %(role)s.") % {"role": role_name(text)}
    return _told(request, lambda: change_role(request.member, membership, Role(text)), done)


@require_POST
@for_members
def remove(request: Any, membership: UUID) -> HttpResponse:
    """End a membership."""
    return _told(request, lambda: remove_member(request.member, membership), _("The member was removed."))


def _told(request: Any, act: Callable[[], None], done: str) -> HttpResponse:
    """Do it, and say on the list what came of it. Who may do nothing of the kind gets the page that says so."""
    try:
        act()
    except Conflict as refused:
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    except Forbidden as refused:
        if not allows(request.member.role, Verb.CHANGE_MEMBER):
            raise
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    else:
        messages.success(request, done)
    return redirect("members")
