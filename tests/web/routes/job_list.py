from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, Route

# Apart from the other addresses of jobs: a walk has room for one stream.
ROUTES = {"jobs-events": Route("get", "/jobs/events", OK, anonymous=401, outsider=OK, stream=True)}

STATE = "SELECT 1"


def make(cast: Cast) -> dict[str, UUID]:
    """Nothing that the address names."""
    return {}
