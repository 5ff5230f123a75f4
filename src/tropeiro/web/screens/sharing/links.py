"""The links of one workflow: made, listed, revoked."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.sharing.actions import VERB, make_link, revoke_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.sharing.queries import list_links
from tropeiro.web.workflows.details import versions_of, workflow_page

DAYS = (1, 7, 30, 90)
USUAL = "7"


@require_http_methods(["GET", "POST"])
@for_members
@sensitive_variables("link")
def links(request: Any, workflow: UUID) -> HttpResponse:
    """The list, and the forms that make a link; then the link itself, this one time."""
    member = request.member
    member.require(Verb.SHARE_WORKFLOW)
    page = workflow_page(member, workflow)
    if page.automation:
        raise NotFound(_("The inside of an automation service is not shared by links."))
    values = {"purpose": "", "version": "", "note": "", "days": USUAL}
    problem, status = "", 200
    if request.method == "POST":
        values = {name: str(request.POST.get(name, ""))[:200].strip() for name in values}
        try:
            purpose = _purpose(values["purpose"])
            link = make_link(
                member, workflow, purpose, version=_version(values["version"]), note=values["note"],
                expires_at=_expiry(values["days"]),
            )  # fmt: skip
        except (Conflict, InvalidInput) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            # Not a redirect: the token would have to be kept somewhere for the page after it.
            name = "shared-link" if purpose is Purpose.COPY else "embed"
            address = request.build_absolute_uri(reverse(name, args=[link.token]))
            context = {"link": link, "address": address, "snippet": _snippet(address, page.name)}
            return render(request, "sharing/made.html", {**page_context(request, page), **context})
    found = list_links(member, workflow)
    context = {
        **page_context(request, page, "workflow-links"),
        "lists": [
            (purpose, [one for one in found if one.purpose is purpose], allows(member.role, VERB[purpose]))
            for purpose in Purpose
        ],
        "versions": versions_of(member, workflow),
        "values": values,
        "problem": problem,
        "expiries": [(str(days), _in_days(days)) for days in DAYS] + [("", _("never"))],
        "in_use": page.removed_at is None,
    }
    return render(request, "sharing/links.html", context, status=status)


@require_POST
@for_members
def revoke(request: Any, workflow: UUID, link: UUID) -> HttpResponse:
    """Let a link lead nowhere."""
    try:
        revoke_link(request.member, workflow, link)
    except Conflict as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The link leads nowhere any more."))
    return redirect("workflow-links", workflow=workflow)


def _snippet(address: str, title: str) -> str:
    """What to put into a page of one's own, as HTML."""
    about = f'src="{escape(address)}" title="{escape(title)}" width="100%" height="560" loading="lazy"'
    return f'<iframe {about} style="border:0"></iframe>'


def _purpose(text: str) -> Purpose:
    if text not in set(Purpose):
        raise InvalidInput(_("Choose what the link is for."))
    return Purpose(text)


def _version(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InvalidInput(_("Choose a version from the list."))
    return int(text)


def _expiry(days: str) -> datetime | None:
    if not days:
        return None
    if days not in {str(one) for one in DAYS}:
        raise InvalidInput(_("Choose how long the link is to last."))
    return timezone.now() + timedelta(days=int(days))


def _in_days(days: int) -> str:
    return ngettext("in %(days)s day", "in %(days)s days", days) % {"days": days}
