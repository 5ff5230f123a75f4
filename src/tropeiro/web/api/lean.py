"""The short way in for programs: from ASGI to the view, without what only pages need.

Django's own handler takes a thread of its own and three hand-overs for each request, and middleware for sessions,
languages, messages and forms. The API needs none of that: its door reads the token, and every answer is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpResponse
from django.urls import get_resolver

from tropeiro.web.api.problems import TooLarge, document, of_error
from tropeiro.web.api.threads import pool

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[None]]

PREFIX = "/api/"
THREADS = 8
"""Requests that are at the database at once; further ones wait for their turn."""
MOST_AT_ONCE = 1_000
"""Requests under way, those that wait for a job included. Beyond that they are asked to come back."""


class ApiFirst:
    """An ASGI application: answers the API itself, and gives everything else to Django."""

    def __init__(self, django: Application) -> None:
        self._django = django
        self._addresses = get_resolver("tropeiro.web.api.urls")
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="api")
        self._under_way = 0
        # Loads every address now, so that the first visitor does not wait for it.
        _ = self._addresses.url_patterns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._django(scope, receive, send)
            return
        self._under_way += 1
        try:
            response = await self._answer(scope, receive)
        finally:
            self._under_way -= 1
        if response is not None:
            await _send(response, send)

    async def _answer(self, scope: Scope, receive: Receive) -> HttpResponse | None:
        """The answer; ``None`` when the client has gone."""
        if self._under_way > MOST_AT_ONCE:
            response = document(503, "busy", "There are too many requests at once.", hint="Come back in a second.")
            response["Retry-After"] = "1"
            return response
        body = await _body(receive)
        if not isinstance(body, bytes):
            return body
        request: Any = ASGIRequest(dict(scope), BytesIO(body))
        match = self._addresses.resolve(request.path_info)
        request.resolver_match = match
        mark = pool.set(self._threads)
        work: asyncio.Future[HttpResponse] = asyncio.ensure_future(match.func(request, **match.kwargs))
        pool.reset(mark)
        if "wait" not in request.GET:
            return await work
        # Who waits may go; then nobody waits any more.
        gone: asyncio.Future[None] = asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            gone.cancel()
        if work.done():
            return work.result()
        work.cancel()
        return None


async def _body(receive: Receive) -> bytes | HttpResponse | None:
    """The whole body; a refusal when it is too large; ``None`` when the client has gone."""
    parts: list[bytes] = []
    size, most = 0, settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most:
            return of_error(TooLarge(f"A request has at most {most} bytes."))
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send(response: HttpResponse, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    headers.append((b"content-length", str(len(response.content)).encode()))
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": response.content})
