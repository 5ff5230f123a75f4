"""A stream of server-sent events (WHATWG HTML, section 9.2) that tells a page what changed.

Events: one for every part that differs from what the viewer has, named after it, and one for everything that was
added; ``end`` when nothing more will come. The id of an event is where to go on, so that a browser that reconnects
loses nothing and gets nothing twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from typing import Any

from asgiref.sync import sync_to_async
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language

from tropeiro.kernel.errors import Forbidden, NotFound
from tropeiro.web.accounts.access import OrganizationName, standings
from tropeiro.web.member import Member
from tropeiro.web.screens.live.hub import MOST_STREAMS, NOTHING, Update, Viewer, hub
from tropeiro.web.screens.live.watch import KEEP_ALIVE_SECONDS, Watch
from tropeiro.web.screens.preferred import decided
from tropeiro.web.screens.session import ORGANIZATION, chosen_member
from tropeiro.web.streams import open_stream

log = logging.getLogger(__name__)

CALM_SECONDS = 0.25
"""Viewers are not told more often than this, however much happens."""
RETRY_MILLISECONDS = 2_000
RETRY_SECONDS = 1.0
MOST_OF_A_CURSOR = 200


async def stream(request: HttpRequest, watch_for: Callable[[Member], Watch]) -> HttpResponseBase:
    """The answer to a page that wants to stay live: a stream of what ``watch_for`` names for the member.

    401 for who is not logged in, 503 while too many follow. What ``watch_for`` raises is answered as for any page.
    """
    user: Any = await request.auser()
    if not user.is_authenticated:
        return HttpResponse(status=401)
    if hub().streams >= MOST_STREAMS:
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    organization = await request.session.aget(ORGANIZATION, "")

    def begin() -> tuple[OrganizationName, Watch]:
        # Gives the thread's connection back: a stream that lasts for hours must not keep one.
        try:
            member, every = chosen_member(user.id, user.email, organization)
            watch = watch_for(member)
            if watch.for_operators and not _is_operator(user.id, member.organization_slug):
                raise NotFound(NOTHING)
            return next(one for one in every if one.slug == member.organization_slug), watch
        finally:
            connection.close()

    here, watch = await sync_to_async(begin)()
    language, zone = decided(request, user, here)
    viewer = Viewer(
        user.id, here.slug, language or get_language() or "en", zone or timezone.get_current_timezone_name()
    )
    query = request.GET.copy()
    after = request.headers.get("Last-Event-ID") or query.get("after", "")
    query.pop("after", None)
    source = f"{request.path}?{query.urlencode()}"
    response = StreamingHttpResponse(
        events(viewer, watch, source, after[:MOST_OF_A_CURSOR]), content_type="text/event-stream; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


async def events(viewer: Viewer, watch: Watch, source: str, after: str) -> AsyncGenerator[str, None]:
    """The text of the stream: everything that changed since ``after``, until there is nothing more to come."""
    here, clock = hub(), asyncio.get_running_loop().time
    changed = asyncio.Event()
    digests: dict[str, str] = {}
    told_at = looked_at = float("-inf")
    here.streams += 1
    try:
        with open_stream(changed) as own, here.listener.follow(watch.topic, changed):
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            while not own.stopping:
                # What happens at once is told at once; what happens all the time, every quarter of a second.
                await asyncio.sleep(max(0.0, looked_at + CALM_SECONDS - clock()))
                changed.clear()
                looked_at = clock()
                try:
                    update = await here.look(viewer, watch, source, after)
                except (NotFound, Forbidden):
                    yield _event("end", "")
                    return
                except DatabaseError as error:
                    log.warning("a stream waits for the database: %s", error)
                    await asyncio.sleep(RETRY_SECONDS)
                    changed.set()
                    update = None
                if update is not None:
                    for text in _news(update, digests):
                        told_at = clock()
                        yield text
                    digests, after = {name: digest for name, (digest, _) in update.parts.items()}, update.cursor
                    if update.over:
                        yield _event("end", "")
                        return
                    if update.more:
                        continue
                if clock() - told_at >= KEEP_ALIVE_SECONDS:
                    told_at = clock()
                    yield ": still here\n\n"
                with suppress(TimeoutError):
                    async with asyncio.timeout(watch.every):
                        await changed.wait()
    finally:
        here.streams -= 1


def _is_operator(user: int, organization: str) -> bool:
    standing = standings([(user, organization)]).get((user, organization))
    return standing is not None and standing.is_operator


def _news(update: Update, digests: dict[str, str]) -> list[str]:
    """The events that somebody who has parts with these digests lacks. The last one says where to go on."""
    named = [(name, text) for name, (digest, text) in update.parts.items() if digest != digests.get(name)]
    named += update.added.items()
    last = len(named) - 1
    return [_event(name, text, update.cursor if place == last else "") for place, (name, text) in enumerate(named)]


def _event(name: str, data: str, id_: str = "") -> str:
    head = f"event: {name}\nid: {id_}\n" if id_ else f"event: {name}\n"
    # A carriage return alone would end a line too.
    return head + "".join(f"data: {line}\n" for line in data.replace("\r", "\n").split("\n")) + "\n"
