"""The list of projects."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.analytics.queries import project_stats
from tropeiro.web.paging import Page
from tropeiro.web.permissions import Verb, allows, role_name
from tropeiro.web.projects.queries import COLUMNS, search_projects
from tropeiro.web.screens.asked import asked
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.session import for_members


@require_GET
@for_members
def project_list(request: Any) -> HttpResponse:
    """The organization's projects with the numbers of seven days, or the file of them."""
    wish = asked(request, COLUMNS, "name")
    archived = request.GET.get("state") == "archived"
    found = search_projects(request.member, wish.text, archived=archived, **wish.paging)
    stats = project_stats(request.member, [row.id for row in found.rows])
    page = Page([(row, stats[row.id]) for row in found.rows], found.next, found.previous)
    if wish.as_file:
        head = (
            _("Project"), _("Short name"), _("Your role"), _("Automations"), _("Services"), _("Jobs in 7 days"),
            _("Success"), _("Last failure"), _("Billed calls"),
        )  # fmt: skip
        role = role_name(request.member.role)
        rows = (
            (row.name, row.slug, role, row.automations, row.services, of.jobs, of.success, of.last_failure, of.billed)
            for row, of in page.rows
        )
        return csv_answer("projects", head, rows)
    context = {
        "page": page,
        "asked": wish,
        "sort": wish.sort,
        "archived": archived,
        "filtered": bool(wish.text) or archived,
        "role": role_name(request.member.role),
        "may_create": allows(request.member.role, Verb.CREATE_PROJECT),
    }
    return render(request, "projects/list.html", context)
