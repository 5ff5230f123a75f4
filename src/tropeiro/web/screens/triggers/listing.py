"""Triggers as a table: the same in their list and in a project's tab."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens import labels
from tropeiro.web.screens.asked import asked
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.triggers.words import cron_words, interval_words
from tropeiro.web.triggers.search import COLUMNS, TriggerFilter, TriggerRow, TriggerState, search_triggers


def triggers_of(request: Any, project: str = "") -> dict[str, Any] | HttpResponse:
    """What ``triggers/table.html`` and its filters need, or the file that was asked for; of one project when named."""
    wish = asked(request, COLUMNS, "name")
    state = request.GET.get("state", "")
    wanted = TriggerFilter(
        text=wish.text,
        project=project or request.GET.get("project", "")[:64].replace("\0", ""),
        state=TriggerState(state) if state in set(TriggerState) else None,
    )
    page = search_triggers(request.member, wanted, **wish.paging)
    if wish.as_file:
        head = (
            _("Trigger"), _("State"), _("Project"), _("Starts"), _("When"), _("Time zone"), _("Next time"),
            _("Last time"), _("Last outcome"),
        )  # fmt: skip
        return csv_answer("triggers", head, (_cells(row) for row in page.rows))
    return {
        "page": page,
        "asked": wish,
        "sort": wish.sort,
        "wanted": wanted,
        "filtered": bool(wanted.text or wanted.state or (wanted.project and not project)),
        "states": labels.TRIGGER_STATES.items(),
        "may_switch": allows(request.member.role, Verb.ENABLE_TRIGGER),
    }


def _cells(row: TriggerRow) -> tuple[Any, ...]:
    when = (cron_words(row.cron) or row.cron) if row.cron else interval_words(row.every_ms)
    outcome = labels.FIRINGS[row.last_outcome] if row.last_outcome else ""
    state = labels.TRIGGER_STATES[row.state]
    return row.name, state, row.project, row.target, when, row.zone, row.next_at, row.last_at, outcome
