"""The lists of workflows and of automations."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.analytics.queries import workflow_stats
from tropeiro.web.analytics.stats import Stats
from tropeiro.web.paging import sort_from
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.csv_answer import MOST, csv_answer
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.bars import Bars, bars_of
from tropeiro.web.workflows.drafts import unpublished_drafts
from tropeiro.web.workflows.search import COLUMNS, Wanted, search_workflows

PAGE = 25


@require_GET
@for_members
def workflow_list(request: Any) -> HttpResponse:
    """The organization's workflows."""
    return _list(request, automation=False)


@require_GET
@for_members
def automation_list(request: Any) -> HttpResponse:
    """Workflows that are offered as services."""
    return _list(request, automation=True)


def _list(request: Any, *, automation: bool) -> HttpResponse:
    sent = request.GET
    wanted = Wanted(
        automation=automation,
        removed=sent.get("tab") == "removed",
        text=sent.get("q", "").strip()[:100].replace("\0", ""),
        project=sent.get("project", "")[:64].replace("\0", ""),
        switched=sent.get("switched", "") if sent.get("switched") in ("on", "off") else "",
    )
    sort = sort_from(sent.get("sort", ""), COLUMNS, "project")
    if sent.get("format") == "csv":
        rows = search_workflows(request.member, wanted, sort=sort, limit=MOST).rows
        head = [_("Project"), _("Name"), _("Version"), _("Changed"), _("Changed by"), _("Triggers"), _("On"),
                _("Next run"), _("Description")]  # fmt: skip
        name = "automations" if automation else "workflows"
        return csv_answer(name, head, (_cells(row) for row in rows))
    page = search_workflows(
        request.member, wanted, sort=sort, after=sent.get("after", ""), before=sent.get("before", ""), limit=PAGE
    )
    # Beside the first page of what is in use, and not where something certain is looked for.
    begun = not (automation or wanted.removed or wanted.narrowed or sent.get("after") or sent.get("before"))
    stats = workflow_stats(request.member, [row.id for row in page.rows])
    context = {
        "page": page,
        "rows": [(row, stats[row.id], _bars(stats[row.id])) for row in page.rows],
        "drafts": unpublished_drafts(request.member) if begun else (),
        "wanted": wanted,
        "sort": sort,
        "tab": "removed" if wanted.removed else "",
        "tabs": [("", _("In use")), ("removed", _("Removed"))],
        "projects": list_projects(request.member),
        "may_create": not automation and allows(request.member.role, Verb.SAVE_WORKFLOW),
        "may_switch": allows(request.member.role, Verb.ENABLE_TRIGGER),
    }
    return render(request, "workflows/list.html", context)


def _bars(stats: Stats) -> Bars:
    return bars_of((one.state, one.duration) for one in stats.outcomes)


def _cells(row: Any) -> list[Any]:
    return [
        row.project, row.name, row.version, row.changed_at, row.changed_by, row.triggers, row.enabled, row.next_at,
        row.description,
    ]  # fmt: skip
