"""The pages of logs: lines, how many there are over time, and one line whole."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.logs.histogram import histogram
from tropeiro.web.logs.search import FoundLine, mark_from, search
from tropeiro.web.logs.search import line as found_line
from tropeiro.web.logs.tail import end_of_logs
from tropeiro.web.logs.wanted import MOST_CHARACTERS
from tropeiro.web.screens import labels
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.logs.asked import asked, between, with_term
from tropeiro.web.screens.logs.bars import drawing
from tropeiro.web.screens.session import for_members

MOST_LIVE = 1_000
"""Lines that a live page keeps."""
ON_ITS_OWN = 100
"""So often a page whose search found nothing yet searches on by itself."""


@require_GET
@for_members
def logs(request: Any) -> HttpResponse:
    """Lines that are wanted, the newest first; further ones alone when a page asks for them by script."""
    what = asked(request)
    before = mark_from(request.GET.get("before", ""))
    live = request.GET.get("live") == "1" and before is None
    # Before looking: a line that comes meanwhile is shown, and told once more, rather than never.
    mark = end_of_logs(request.member) if live else None
    found = search(request.member, what.wanted, before=before)
    tried = whole_number(request.GET.get("tried", ""), digits=4)
    context = {
        "found": found,
        "lines": found.lines,
        "line_query": with_query(request, before=None, tried=None),
        "more": with_query(request, before=found.next, live=None, tried=None) if found.next else "",
        "by_itself": found.cut_short and not found.lines and tried < ON_ITS_OWN,
        "tried": str(tried + 1),
    }
    if request.headers.get("HX-Request") == "true" and before is not None:
        return render(request, "logs/rows.html", context)
    context |= {
        "asked": what,
        "toolbar": what.bar,
        "longest": MOST_CHARACTERS,
        "levels": [
            (str(label), with_query(request, level=code, before=None), code == what.level)
            for code, label in [("", _("All levels")), *labels.LEVELS.items()]
        ],
        "live": live,
        "mark": mark,
        "most_live": MOST_LIVE,
        "live_address": with_query(request, live=None if live else "1", before=None),
        "bars_address": with_query(request, before=None),
        "json_address": with_query(request, before=None, live=None, format="json"),
        "csv_address": with_query(request, before=None, live=None, format="csv"),
        "events_query": with_query(request, before=None, live=None),
        "from_a_mark": before is not None,
        "newest": with_query(request, before=None),
    }
    return render(request, "logs/page.html", context)


@require_GET
@for_members
def bars(request: Any) -> HttpResponse:
    """How many lines there are over time, as a part of the page."""
    what = asked(request)
    counted = histogram(request.member, what.wanted)
    addresses = [between(request, bar.at, bar.until) for bar in counted.bars]
    drawn = drawing(counted, [f"/logs{address}" for address in addresses])
    query = with_query(request, range="custom", live=None, before=None, after=None, **{"from": None, "to": None})
    return render(request, "logs/bars.html", {"drawing": drawn, "counted": counted, "query": query})


@require_GET
@for_members
def line(request: Any, job: UUID, line: int) -> HttpResponse:
    """One line whole: a part of the page for its script, else a page of its own."""
    found = found_line(request.member, job, line)
    context = {"line": found, "values": _values(request, found)}
    by_script = request.headers.get("HX-Request") == "true"
    return render(request, "logs/line_values.html" if by_script else "logs/line.html", context)


def _values(request: Any, line: FoundLine) -> list[tuple[str, str, str, str]]:
    """Name, text, and the addresses that look for it and leave it out."""
    known = {
        "level": line.level,
        "project": line.project,
        "automation": line.automation,
        "job": str(line.job),
        "step": line.path,
        "service": line.service,
        "worker": line.worker,
    }
    named = [(name, value) for name, value in known.items() if value]
    named += [(name, value) for name, value in line.plain_fields if name not in known]
    return [
        (name, text, f"/logs{with_term(request, name, text)}", f"/logs{with_term(request, name, text, negated=True)}")
        for name, text in named
    ]
