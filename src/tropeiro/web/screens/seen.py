"""When a session was last used: noted every few minutes, not at every request."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

EVERY_SECONDS = 300.0
MOST = 10_000
"""So many sessions are remembered to have been noted; of the others it is noted again."""

_noted: OrderedDict[str, float] = OrderedDict()


def seen(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: note that the session is in use, and from which network address."""

    def middleware(request: Any) -> HttpResponseBase:
        key = request.session.session_key
        if key and request.user.is_authenticated and _is_due(key):
            address = request.META.get("REMOTE_ADDR")
            known = UserSession.objects.filter(session_key=key)
            known.update(last_seen_at=timezone.now(), **({"ip": address} if address else {}))
        return get_response(request)

    return middleware


def _is_due(key: str) -> bool:
    now = time.monotonic()
    noted = _noted.get(key)
    if noted is not None and now - noted < EVERY_SECONDS:
        return False
    _noted[key] = now
    _noted.move_to_end(key)
    while len(_noted) > MOST:
        _noted.popitem(last=False)
    return True
