"""Pages of limits: the list, the form, and removing one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.limits import actions, queries
from tropeiro.web.limits.wanted import Wanted, parse_rate
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens import labels
from tropeiro.web.screens.session import for_members
from tropeiro.web.services.queries import list_services

FIELDS = ("kind", "subject", "project", "concurrency", "rate", "burst")


@require_GET
@for_members
def limit_list(request: Any) -> HttpResponse:
    """All limits, with how many calls are under way and how many wait."""
    context = {
        "limits": queries.list_limits(request.member),
        "may_change": allows(request.member.role, Verb.SET_LIMIT),
        "may_remove": allows(request.member.role, Verb.REMOVE_LIMIT),
    }
    return render(request, "limits/list.html", context)


@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """The form of a new limit."""
    request.member.require(Verb.SET_LIMIT)
    return _form(request, {"kind": "service"}, None)


@require_http_methods(["GET", "POST"])
@for_members
def edit(request: Any, limit: UUID) -> HttpResponse:
    """The form of a limit that is there: its numbers."""
    request.member.require(Verb.SET_LIMIT)
    row = queries.limit(request.member, limit)
    fixed = {"kind": row.kind.value, "subject": row.subject, "project": row.project or ""}
    numbers = {
        "concurrency": "" if row.concurrency is None else str(row.concurrency),
        "rate": "" if row.rate is None else str(row.rate),
        "burst": "" if row.rate is None else str(row.rate.burst),
    }
    return _form(request, fixed | numbers, row)


@require_POST
@for_members
def remove(request: Any, limit: UUID) -> HttpResponse:
    """Limit no longer."""
    actions.remove_limit(request.member, limit)
    messages.success(request, _("The limit was removed."))
    return redirect("limits")


def _form(request: Any, values: dict[str, str], row: queries.LimitRow | None) -> HttpResponse:
    problem, status = "", 200
    if request.method == "POST":
        # What a limit is for does not change; its numbers do.
        kept = {name: values[name] for name in ("kind", "subject", "project")} if row is not None else {}
        values = {name: str(request.POST.get(name, ""))[:300].strip() for name in FIELDS} | kept
        try:
            actions.set_limit(request.member, _wanted(values))
        except (InvalidInput, NotFound) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            messages.success(request, _("The limit holds."))
            return redirect("limits")
    context = {
        "values": values,
        "limit": row,
        "problem": problem,
        "kinds": labels.LIMIT_KINDS.items(),
        "projects": [one.slug for one in list_projects(request.member)],
        "services": sorted({one.reference.partition("@")[0] for one in list_services(request.member)}),
    }
    return render(request, "limits/form.html", context, status=status)


def _wanted(values: dict[str, str]) -> Wanted:
    kind = LimitKind(values["kind"]) if values["kind"] in set(LimitKind) else LimitKind.SERVICE
    return Wanted(
        kind=kind,
        subject="" if kind is LimitKind.ORGANIZATION else values["subject"],
        project=(values["project"] or None) if kind is LimitKind.CREDENTIAL else None,
        concurrency=_number(values["concurrency"]),
        rate=parse_rate(values["rate"], _number(values["burst"])) if values["rate"] else None,
    )


def _number(text: str) -> int | None:
    """A whole number, ``None`` for nothing; what is none is out of every range."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
