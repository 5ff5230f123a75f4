from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route

ROUTES = {
    "start": Route("get", "/", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "login": Route("get", "/login", REDIRECT, anonymous=OK, outsider=REDIRECT, least=None),
    "logout": Route("post", "/logout", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "language": Route("post", "/language", REDIRECT, REDIRECT, REDIRECT, None, (("language", "pt-br"),)),
    "theme": Route("post", "/theme", REDIRECT, REDIRECT, REDIRECT, None, (("theme", "dark"),)),
    "organization": Route("post", "/organization", REDIRECT, data=(("organization", "acme"),)),
    "health-live": Route("get", "/health/live", OK, anonymous=OK, outsider=OK, least=None),
    "health-ready": Route("get", "/health/ready", OK, anonymous=OK, outsider=OK, least=None),
}

STATE = "SELECT count(*) FROM tropeiro_member"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
