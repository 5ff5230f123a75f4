from __future__ import annotations

import json
from uuid import UUID

from web_cast import Cast

from routes.route import MISSING, OK, REDIRECT, Route
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.bulk import Act, begin
from tropeiro.web.permissions import Role

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])

ROUTES = {
    "jobs": Route("get", "/jobs", OK, outsider=OK),
    "jobs-histogram": Route("get", "/jobs/histogram", OK, outsider=OK),
    "jobs-counts": Route("get", "/jobs/counts", OK, outsider=OK),
    "jobs-bulk-new": Route(
        "get", "/jobs/bulk?act=cancel&job={job}", OK, outsider=REDIRECT, least=Role.OPERATOR, form=True
    ),
    "jobs-bulk": Route("get", "/jobs/bulk/{bulk}", OK),
    "jobs-bulk-csv": Route("get", "/jobs/bulk/{bulk}/csv", OK),
    "jobs-bulk-stop": Route("post", "/jobs/bulk/{bulk}/stop", REDIRECT, least=Role.OPERATOR),
    "job": Route("get", "/jobs/{job}", OK),
    "job-events": Route("get", "/jobs/{job}/events", OK, anonymous=401, stream=True),
    "job-log": Route("get", "/jobs/{job}/log", OK),
    "job-log-file": Route("get", "/jobs/{job}/log.txt", OK),
    "job-step-log": Route("get", "/jobs/{job}/step/log?path=a", OK),
    "job-items": Route("get", "/jobs/{job}/items?n=0", OK),
    "job-value": Route("get", "/jobs/{job}/value?part=inputs", OK),
    "job-step": Route("get", "/jobs/{job}/step?path=a", OK),
    "job-output": Route("get", "/jobs/{job}/output", OK),
    "job-compare": Route("get", "/jobs/{job}/compare?path=nowhere", MISSING),
    "job-cancel": Route("post", "/jobs/{job}/cancel", REDIRECT, least=Role.OPERATOR),
    "job-pause": Route("post", "/jobs/{job}/pause", REDIRECT, least=Role.OPERATOR),
    "job-resume": Route("post", "/jobs/{job}/resume", REDIRECT, least=Role.OPERATOR),
    "job-approve": Route("post", "/jobs/{job}/approve", REDIRECT, least=None, data=(("path", "a"),)),
    "job-reject": Route("post", "/jobs/{job}/reject", REDIRECT, least=Role.OPERATOR, data=(("path", "a"),)),
    "job-retry": Route("post", "/jobs/{job}/retry", REDIRECT, least=Role.OPERATOR),
    "job-rerun": Route("post", "/jobs/{job}/rerun", REDIRECT, least=Role.OPERATOR),
    "callback": Route("post", "/callbacks/x.1.y", MISSING, anonymous=MISSING, least=None, token=False),
}

STATE = (
    "SELECT (SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_job),"
    " (SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_bulk)"
)
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    job = start_job(cast.alice, STEPS)
    return {"job": job, "bulk": begin(cast.alice, Act.PAUSE, [(job, "draft")])}
