from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, Route

ROUTES = {"search": Route("get", "/search?q=night", OK, outsider=OK)}

STATE = "SELECT count(*) FROM tropeiro_job"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
