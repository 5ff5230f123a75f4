from __future__ import annotations

import json
from uuid import UUID

from web_cast import Cast, execute

from routes.route import MISSING, OK, Route
from tropeiro.web.jobs.actions import start_job

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
LINE = 9_000_000_000

ROUTES = {
    "logs": Route("get", "/logs?q=hello", OK, outsider=OK),
    "logs-histogram": Route("get", "/logs/histogram", OK, outsider=OK),
    "logs-events": Route("get", "/logs/events", OK, anonymous=401, outsider=OK, stream=True),
    "logs-export": Route("get", "/logs/export?format=csv", OK, outsider=OK),
    "logs-line": Route("get", f"/logs/lines/{{logged}}/{LINE}", OK, outsider=MISSING),
}

STATE = "SELECT count(*) FROM tropeiro_log"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    job = start_job(cast.alice, STEPS)
    execute(
        "INSERT INTO tropeiro_log (job_id, organization_id, id, at, level, message)"
        " SELECT id, organization_id, %s, now(), 20, 'hello' FROM tropeiro_job WHERE id = %s",
        [LINE, job],
    )
    return {"logged": job}
