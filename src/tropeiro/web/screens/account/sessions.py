"""Where one is logged in, and logging out elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.internal.flows.sessions import end_other_sessions, end_sessions
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import NotFound
from tropeiro.web.screens.account.agents import device_of
from tropeiro.web.screens.session import for_users


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A place where somebody is logged in."""

    id: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    current: bool


@require_GET
@for_users
def session_list(request: Any) -> HttpResponse:
    """All of one's sessions, this one first."""
    rows = [
        SessionRow(one.pk, device_of(one.user_agent), one.ip, one.created_at, one.last_seen_at, bool(one.is_current()))
        for one in UserSession.objects.purge_and_list(request.user)
    ]
    rows.sort(key=lambda row: (not row.current, -row.seen_at.timestamp()))
    return render(request, "account/sessions.html", {"sessions": rows, "others": len(rows) > 1})


@require_POST
@for_users
def end_session(request: Any, session: int) -> HttpResponse:
    """End one session."""
    row = UserSession.objects.filter(pk=session, user_id=request.user.id).first()
    if row is None:
        raise NotFound(_("There is no such session."))
    current = row.is_current()
    end_sessions(request, [row])
    if current:
        return redirect("account_login")
    messages.success(request, _("The session has ended."))
    return redirect("usersessions_list")


@require_POST
@for_users
def end_others(request: Any) -> HttpResponse:
    """End all sessions but this one."""
    end_other_sessions(request, request.user)
    messages.success(request, _("All your other sessions have ended."))
    return redirect("usersessions_list")
