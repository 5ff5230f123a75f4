"""The list of services."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.analytics.queries import service_stats
from tropeiro.web.paging import sort_from
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.csv_answer import MOST, csv_answer
from tropeiro.web.screens.labels import SERVICE_KINDS, VISIBILITIES
from tropeiro.web.screens.session import for_members
from tropeiro.web.services.search import COLUMNS, Wanted, search_services

PAGE = 50


@require_GET
@for_members
def service_list(request: Any) -> HttpResponse:
    """Own services, or the public ones of everybody."""
    sent = request.GET
    wanted = Wanted(
        public=sent.get("tab") == "public",
        removed=sent.get("tab") == "removed",
        text=sent.get("q", "").strip()[:100].replace("\0", ""),
        project=sent.get("project", "")[:64].replace("\0", ""),
        kind=sent.get("kind", "") if sent.get("kind") in SERVICE_KINDS else "",
        visibility=sent.get("visibility", "") if sent.get("visibility") in VISIBILITIES else "",
    )
    sort = sort_from(sent.get("sort", ""), COLUMNS, "project")
    as_file = sent.get("format") == "csv"
    page = search_services(
        request.member,
        wanted,
        sort=sort,
        after="" if as_file else sent.get("after", ""),
        before="" if as_file else sent.get("before", ""),
        limit=MOST if as_file else PAGE,
    )
    if as_file:
        head = [_("Organization"), _("Project"), _("Name"), _("Version"), _("Title"), _("Kind"), _("Visibility"),
                _("Tags"), _("Changed")]  # fmt: skip
        return csv_answer("services", head, (_cells(row) for row in page.rows))
    tabs = [("", _("Mine")), ("public", _("Public")), ("removed", _("Removed"))]
    stats = service_stats(request.member, [row.id for row in page.rows])
    context = {
        "page": page,
        "rows": [(row, stats[row.id]) for row in page.rows],
        "wanted": wanted,
        "sort": sort,
        "tabs": tabs,
        "tab": "public" if wanted.public else "removed" if wanted.removed else "",
        "kinds": SERVICE_KINDS.items(),
        "visibilities": VISIBILITIES.items(),
        "projects": list_projects(request.member),
    }
    return render(request, "services/list.html", context)


def _cells(row: Any) -> list[Any]:
    visibility = VISIBILITIES["public" if row.public else "private"]
    return [
        row.organization, row.project, row.name, row.version, row.title, SERVICE_KINDS.get(row.kind, row.kind),
        visibility, ", ".join(row.tags), row.changed_at,
    ]  # fmt: skip
