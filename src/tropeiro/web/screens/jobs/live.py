"""Following a job as it runs. Events: the parts of its page by name, and ``log`` with new lines."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_GET

from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.screens.jobs.following import job_watch
from tropeiro.web.screens.jobs.page import TABS
from tropeiro.web.screens.live.stream import stream


@require_GET
async def job_events(request: HttpRequest, job: UUID) -> HttpResponseBase:
    """The stream of one job's events."""
    level, tab, text = (request.GET.get(name, "") for name in ("level", "tab", "q"))
    return await stream(
        request,
        lambda member: job_watch(
            member,
            job,
            level if level in LEVELS else "",
            text=text.replace("\0", "")[:200],
            tab=tab if tab in TABS else "timeline",
        ),
    )
