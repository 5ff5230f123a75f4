"""How an address is described."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tropeiro.web.permissions import Role

OK, REDIRECT, BAD, LOGIN, FORBIDDEN, MISSING, NO_METHOD = 200, 302, 400, "login", 403, 404, 405


@dataclass(frozen=True)
class Route:
    """What an address answers. ``least`` is the lowest role that may use it; ``None`` means everybody."""

    method: str
    path: str
    member: Any
    anonymous: Any = LOGIN
    outsider: Any = MISSING
    least: Role | None = Role.VIEWER
    data: tuple[tuple[str, str], ...] = ()
    json: Any = None
    """What is sent as JSON instead of a form."""
    form: bool = False
    """Whether it is a form that is shown with GET and sent with POST."""
    stream: bool = False
    """Whether it gives its connection back, and with it a test's transaction: it is tried by itself."""
    token: bool = True
    """Whether a form that is sent to it must bring its token."""
    any_method: bool = False
    """Whether another method is answered as this one is: the API looks at the token first."""
