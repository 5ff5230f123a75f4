from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import MISSING, OK, REDIRECT, Route
from tropeiro.web.permissions import Role
from tropeiro.web.sharing.actions import make_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.workflows.actions import save_workflow

STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'
TOKEN = "ThisTokenIsNobodys"

ROUTES = {
    "workflow-links": Route(
        "get",
        "/workflows/{shared}/links",
        OK,
        least=Role.EDITOR,
        data=(("purpose", "copy"), ("days", "7")),
        form=True,
    ),
    "workflow-link-revoke": Route("post", "/workflows/{shared}/links/{link}/revoke", REDIRECT, least=Role.EDITOR),
    # Only who followed the link itself comes further than this, whoever they are.
    "shared-link": Route("get", f"/shared/{TOKEN}", MISSING, anonymous=MISSING, outsider=MISSING, least=None),
    "shared-workflow": Route("get", "/shared/workflow/{link}", MISSING, least=None, form=True),
    "embed": Route("get", f"/embed/{TOKEN}", MISSING, anonymous=MISSING, outsider=MISSING, least=None),
}

STATE = "SELECT string_agg((revoked_at IS NULL)::text || uses, ',' ORDER BY id) FROM tropeiro_workflow_link"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    shared = save_workflow(cast.alice, "shared", STEPS).workflow
    return {"shared": shared, "link": make_link(cast.alice, shared, Purpose.COPY).id}
