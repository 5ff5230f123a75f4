"""The page of the organization's own settings: its name, its defaults, and how long its history is kept."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.schedule import zone_names
from tropeiro.web.accounts.defaults import Defaults, save_defaults
from tropeiro.web.accounts.organizations import rename_organization
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.retention.actions import set_retention
from tropeiro.web.retention.queries import retention
from tropeiro.web.screens.session import for_members

RETENTION = ("job_days", "log_days")
DEFAULTS = ("language", "time_zone")


@require_http_methods(["GET", "POST"])
@for_members
def organization(request: Any) -> HttpResponse:
    """What is set, with forms for who may change it; sent, it gives the organization another name."""
    if request.method == "GET":
        return _page(request)
    name = request.POST.get("name", "")[:300]
    try:
        rename_organization(request.member, name)
    except InvalidInput as error:
        return _page(request, values={"name": name}, problems={"name": f"{error.message} {error.hint}".strip()})
    messages.success(request, _("The name is saved."))
    return redirect("organization-settings")


@require_POST
@for_members
def defaults(request: Any) -> HttpResponse:
    """Set the language and the time zone of members who chose none."""
    values = {name: request.POST.get(name, "")[:64] for name in DEFAULTS}
    try:
        save_defaults(request.member, Defaults(**values))
    except InvalidInput as error:
        field = (error.details or {}).get("field", DEFAULTS[0])
        return _page(request, values=values, problems={field: f"{error.message} {error.hint}".strip()})
    messages.success(request, _("The defaults are saved."))
    return redirect("organization-settings")


@require_POST
@for_members
def keep(request: Any) -> HttpResponse:
    """Set how long history is kept."""
    values = {name: request.POST.get(name, "").strip()[:20] for name in RETENTION}
    try:
        jobs, logs = (_days(values[name]) for name in RETENTION)
        set_retention(request.member, job_days=jobs, log_days=logs)
    except InvalidInput as error:
        field = (error.details or {}).get("field", "job_days")
        return _page(request, values=values, problems={field: f"{error.message} {error.hint}".strip()})
    messages.success(request, _("History is kept that long from now on."))
    return redirect("organization-settings")


def _page(
    request: Any, *, values: dict[str, str] | None = None, problems: dict[str, str] | None = None
) -> HttpResponse:
    kept = retention(request.member)
    own = request.organization
    known = {
        "name": own.name,
        "job_days": kept.job_days or "",
        "log_days": kept.log_days or "",
        "language": own.language,
        "time_zone": own.time_zone,
    }
    context = {
        "values": {**known, **(values or {})},
        "problems": problems or {},
        "kept": kept,
        "zones": zone_names(),
        "all_languages": settings.LANGUAGES,
        "may_rename": allows(request.member.role, Verb.CHANGE_ORGANIZATION),
        "may_keep": allows(request.member.role, Verb.SET_RETENTION),
    }
    return render(request, "organization/settings.html", context, status=400 if problems else 200)


def _days(text: str) -> int | None:
    """A number of days, ``None`` for nothing; what is no number is out of every range."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0
