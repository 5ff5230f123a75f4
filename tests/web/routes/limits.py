from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.kernel.call_limits import LimitKind
from tropeiro.web.limits.actions import set_limit
from tropeiro.web.limits.wanted import Wanted
from tropeiro.web.permissions import Role

ROUTES = {
    "limits": Route("get", "/settings/limits", OK, outsider=OK),
    "limit-new": Route("get", "/settings/limits/new", OK, outsider=OK, least=Role.ADMIN, form=True),
    "limit-edit": Route("get", "/settings/limits/{limit}", OK, least=Role.ADMIN, form=True),
    "limit-remove": Route("post", "/settings/limits/{limit}/remove", REDIRECT, least=Role.ADMIN),
}

STATE = "SELECT count(*) FROM tropeiro_limit"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    limit = set_limit(cast.alice, Wanted(kind=LimitKind.ORGANIZATION, concurrency=5))
    return {"limit": limit}
