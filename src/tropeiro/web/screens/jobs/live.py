"""Following a job as it runs: server-sent events (WHATWG HTML, section 9.2).

Events: one for every part of the page that changed, named after it, its data the part's HTML; ``log`` with new lines,
whose id is the number of the last one, so that a browser that reconnects goes on where it was; ``end``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.screens.jobs.following import Viewer, look, viewer_of
from tropeiro.web.screens.jobs.listener import JobListener
from tropeiro.web.screens.session import ORGANIZATION
from tropeiro.web.streams import open_stream

KEEP_ALIVE_SECONDS = 15.0
CALM_SECONDS = 0.25
"""Viewers are not told more often than this, however much happens."""
RETRY_MILLISECONDS = 2_000

listener = JobListener()


@require_GET
async def job_events(request: HttpRequest, job: UUID) -> HttpResponseBase:
    """The stream of one job's events."""
    user: Any = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    organization = await request.session.aget(ORGANIZATION, "")
    level = request.GET.get("level", "")
    viewer = await sync_to_async(viewer_of)(
        user.id, user.email, organization, job, level if level in LEVELS else "", get_language() or "en"
    )
    after = _number(request.headers.get("Last-Event-ID") or request.GET.get("after", ""))
    response = StreamingHttpResponse(events(viewer, after), content_type="text/event-stream; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def events(viewer: Viewer, after: int) -> AsyncGenerator[str, None]:
    """The text of the stream: everything that changed since log line ``after``, until the job is over."""
    digests: dict[str, str] = {}
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    with open_stream() as stopping, listener.follow(viewer.job) as changed:
        while not stopping.is_set():
            changed.clear()
            try:
                update = await sync_to_async(look, thread_sensitive=False)(viewer, digests, after)
            except NotFound:
                yield _event("end", "")
                return
            for name, html in update.parts.items():
                yield _event(name, html)
            if update.lines:
                yield _event("log", update.lines, id_=update.last_line)
            digests, after = dict(update.digests), update.last_line
            if update.over:
                yield _event("end", "")
                return
            if update.more:
                await _any(stopping, timeout=CALM_SECONDS)
            elif not await _any(changed, stopping, timeout=KEEP_ALIVE_SECONDS):
                yield ": still here\n\n"
            else:
                # What happens at once is told at once; what happens all the time, every quarter of a second.
                await _any(stopping, timeout=CALM_SECONDS)


async def _any(*awaited: asyncio.Event, timeout: float) -> bool:
    """Whether one of the events was set within ``timeout`` seconds."""
    tasks = [asyncio.ensure_future(event.wait()) for event in awaited]
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        return bool(done)
    finally:
        for task in tasks:
            task.cancel()


def _event(name: str, data: str, *, id_: int | None = None) -> str:
    head = f"event: {name}\n" if id_ is None else f"event: {name}\nid: {id_}\n"
    # A carriage return alone would end a line too.
    return head + "".join(f"data: {line}\n" for line in data.replace("\r", "\n").split("\n")) + "\n"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
