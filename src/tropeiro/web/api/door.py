"""The one door of the API: a token in, a member on the request, and every failure a problem document."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, UnreadablePostError
from django.utils.translation import override
from django.views.decorators.csrf import csrf_exempt

from tropeiro.kernel.errors import TropeiroError
from tropeiro.web.api.problems import RateLimited, TooLarge, Unauthenticated, document, of_error
from tropeiro.web.api.threads import on_thread, pool
from tropeiro.web.lost_connections import drop_lost_connections
from tropeiro.web.member import Member
from tropeiro.web.screens.live.hub import hub
from tropeiro.web.screens.live.topics import JobTopic
from tropeiro.web.streams import open_stream
from tropeiro.web.tokens.access import program_of_token

log = logging.getLogger(__name__)

CALM_SECONDS = 0.05
"""A job that is waited for is looked at no more often than this."""

View = Callable[..., HttpResponse]


class Asked(HttpRequest):
    """A request that came through the door."""

    member: Member
    counted: bool
    """Whether the token was charged for it; one that waits is looked at several times, and is one request."""
    follow: UUID | None
    """A job that the caller waits for and that is not over; set by the view."""
    patience: float
    """For so many seconds."""


def guarded(view: View) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """A view behind the door. It is asked again when it waits for a job and something happened to that."""
    return _answering(view, authenticate=True)


def open_to_all(view: View) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    """A view in front of the door, for what is no secret."""
    return _answering(view, authenticate=False)


def _answering(view: View, *, authenticate: bool) -> Callable[..., Coroutine[Any, Any, HttpResponse]]:
    @csrf_exempt
    async def answer(request: Any, **named: Any) -> HttpResponse:
        response = await on_thread(_once, view, request, named, authenticate)
        if getattr(request, "follow", None) is None:
            return response
        return await _when_over(view, request, named)

    return answer


async def _when_over(view: View, request: Any, named: dict[str, Any]) -> HttpResponse:
    """Ask again whenever the job that is waited for has news, until it is over or the caller's patience ends."""
    clock = asyncio.get_running_loop().time
    until = clock() + request.patience
    changed = asyncio.Event()
    with open_stream(changed) as stream, hub().listener.follow(JobTopic(request.follow), changed):
        while True:
            changed.clear()
            looked = clock()
            response = await on_thread(_once, view, request, named, True)
            if request.follow is None or stream.stopping:
                return response
            try:
                async with asyncio.timeout_at(until):
                    await changed.wait()
                    await asyncio.sleep(looked + CALM_SECONDS - clock())
            except TimeoutError:
                return await on_thread(_once, view, request, named, True)


def _once(view: View, request: Any, named: dict[str, Any], authenticate: bool) -> HttpResponse:
    request.follow = None
    with override("en"):
        try:
            if authenticate:
                request.member = _member(request)
                request.counted = True
            response = view(request, **named)
        except TropeiroError as error:
            response = of_error(error)
        except RequestDataTooBig:
            response = of_error(TooLarge())
        except UnreadablePostError:
            response = document(400, "invalid_input", "The body of the request ended too soon.")
        except (OperationalError, InterfaceError) as error:
            log.warning("the database did not answer: %s", error)
            drop_lost_connections()
            response = document(503, "platform_unavailable", "The database does not answer.", hint="Try again.")
            response["Retry-After"] = "1"
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            response = document(500, "internal", "Something went wrong on our side.")
        finally:
            if pool.get() is not None:
                connection.close()
    if isinstance(response, HttpResponseNotAllowed):
        allowed = response["Allow"]
        response = document(405, "method_not_allowed", f"This address takes {allowed}.")
        response["Allow"] = allowed
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def _member(request: HttpRequest) -> Member:
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    rate = 0 if getattr(request, "counted", False) else settings.TROPEIRO.api_rate
    program = program_of_token(text.strip(), rate=rate) if scheme.lower() == "bearer" else None
    if program is None:
        raise Unauthenticated(
            hint="Send `Authorization: Bearer <token>`. Tokens are made in the console under Settings, API tokens."
        )
    if program.early:
        raise RateLimited(program.early)
    return program.member
