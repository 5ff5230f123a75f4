from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, Route

ROUTES = {
    "dashboard": Route("get", "/?range=28d&compare=year&metric=p95", OK, outsider=OK),
    "realtime": Route("get", "/realtime", OK, outsider=OK),
    "realtime-events": Route("get", "/realtime/events?page=1", OK, anonymous=401, outsider=OK, stream=True),
}

STATE = "SELECT count(*) FROM tropeiro_rollup"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
