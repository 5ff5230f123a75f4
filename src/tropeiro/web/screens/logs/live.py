"""Following the logs of an organization. The event ``lines`` brings new ones, the newest first."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_GET

from tropeiro.web.logs.search import Mark, mark_from
from tropeiro.web.logs.tail import end_of_logs, read_on
from tropeiro.web.logs.wanted import Wanted
from tropeiro.web.member import Member
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import OrganizationTopic
from tropeiro.web.screens.live.watch import Seen, Watch
from tropeiro.web.screens.logs.asked import asked, from_now_on


@require_GET
async def log_events(request: Any) -> HttpResponseBase:
    """The stream of new lines that are wanted."""

    def watch(member: Member) -> Watch:
        request.member = member
        wanted = from_now_on(asked(request).wanted, timezone.now())
        query = with_query(request, after=None, before=None)
        start = mark_from(request.GET.get("after", "")) or end_of_logs(member)
        return Watch(
            topic=OrganizationTopic(member.organization),
            read=partial(_look, wanted=wanted, start=start, query=query),
            # Every member sees all lines.
            shared_by=lambda _: "",
        )

    return await stream(request, watch)


def _look(member: Member, after: str, *, wanted: Wanted, start: Mark, query: str) -> Seen:
    tail = read_on(member, wanted, mark_from(after) or start)
    rows = render_to_string("logs/lines.html", {"lines": tail.lines[::-1], "line_query": query}) if tail.lines else ""
    return Seen(added={"lines": rows} if rows else {}, cursor=str(tail.mark), more=tail.more)
