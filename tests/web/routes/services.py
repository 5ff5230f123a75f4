from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from project_folder import write_project
from web_cast import Cast, execute

from routes.route import MISSING, OK, REDIRECT, Route
from tropeiro.web.jobs.actions import call_service
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import apply

ROUTES = {
    "services": Route("get", "/services", OK, outsider=OK),
    "service": Route("get", "/services/{service}", OK),
    "service-contract": Route("get", "/services/{service}/contract", OK),
    "service-test": Route("get", "/services/{service}/test", OK, least=Role.EDITOR, outsider=MISSING, form=True),
    "service-test-events": Route(
        "get", "/services/{service}/test/{service_job}/events", OK, anonymous=401, stream=True
    ),
    "service-versions": Route("get", "/services/{service}/versions", OK),
    "service-use": Route("get", "/services/{service}/use", OK),
    "service-usage": Route("get", "/services/{service}/usage?days=28", OK),
    "service-tags": Route("post", "/services/{service}/tags", REDIRECT, least=Role.EDITOR, data=(("tags", "a, b"),)),
    "service-remove": Route("post", "/services/{service}/remove", REDIRECT, least=Role.EDITOR),
    "service-restore": Route("post", "/services/{service}/restore", REDIRECT, least=Role.EDITOR),
}

STATE = (
    "SELECT count(*) FILTER (WHERE removed_at IS NULL), string_agg(tags::text, ',' ORDER BY id) FROM tropeiro_service"
)
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    with tempfile.TemporaryDirectory() as folder:
        apply(cast.alice, write_project(Path(folder) / "p", name="offers", public=False))
    ((service,),) = execute("SELECT s.id FROM tropeiro_service s WHERE s.name = 'greet'")
    job = call_service(cast.alice, "offers/greet", {"name": "Rui"}, project="offers")
    return {"service": service, "service_job": job}
