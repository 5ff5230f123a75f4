from __future__ import annotations

import json
from uuid import UUID

from web_cast import Cast

from routes.route import MISSING, OK, REDIRECT, Route
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import Role

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])

ROUTES = {
    "jobs": Route("get", "/jobs", OK, outsider=OK),
    "job": Route("get", "/jobs/{job}", OK),
    "job-events": Route("get", "/jobs/{job}/events", OK, anonymous=401, stream=True),
    "job-log": Route("get", "/jobs/{job}/log", OK),
    "job-step": Route("get", "/jobs/{job}/step?path=a", OK),
    "job-output": Route("get", "/jobs/{job}/output", OK),
    "job-cancel": Route("post", "/jobs/{job}/cancel", REDIRECT, least=Role.OPERATOR),
    "job-pause": Route("post", "/jobs/{job}/pause", REDIRECT, least=Role.OPERATOR),
    "job-resume": Route("post", "/jobs/{job}/resume", REDIRECT, least=Role.OPERATOR),
    "job-approve": Route("post", "/jobs/{job}/approve", REDIRECT, least=None, data=(("path", "a"),)),
    "job-retry": Route("post", "/jobs/{job}/retry", REDIRECT, least=Role.OPERATOR),
    "job-rerun": Route("post", "/jobs/{job}/rerun", REDIRECT, least=Role.OPERATOR),
    "callback": Route("post", "/callbacks/x.1.y", MISSING, anonymous=MISSING, least=None, token=False),
}

STATE = "SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_job"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {"job": start_job(cast.alice, STEPS)}
