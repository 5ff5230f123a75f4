from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.editing.testing import Wanted, start_test
from tropeiro.web.permissions import Role
from tropeiro.web.workflows.drafts import begin_draft

STEPS = '[{"id": "a", "uses": "core/set@1", "with": {"x": 1}}]'
AT = "/workflows/{draft}"
CREATED, NOT_LOGGED_IN = 201, 401

ROUTES = {
    "workflow-new": Route("get", "/workflows/new", OK, outsider=OK, least=Role.EDITOR, form=True),
    "workflow-schema": Route("get", "/workflows/document.schema.json", OK, anonymous=NOT_LOGGED_IN, outsider=OK),
    "workflow-edit": Route("get", f"{AT}/edit", OK, least=Role.EDITOR),
    "workflow-discard": Route("post", f"{AT}/discard", REDIRECT, least=Role.EDITOR),
    "workflow-draft": Route("get", f"{AT}/draft", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-check": Route("post", f"{AT}/draft/check", OK, anonymous=NOT_LOGGED_IN, json={"text": STEPS}),
    "workflow-draft-publish": Route(
        "post",
        f"{AT}/draft/publish",
        OK,
        anonymous=NOT_LOGGED_IN,
        least=Role.EDITOR,
        json={"text": STEPS, "revision": 1},
    ),
    "workflow-draft-services": Route("get", f"{AT}/draft/services?q=set", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-service": Route("get", f"{AT}/draft/service?uses=core/set@1", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-shape": Route(
        "post", f"{AT}/draft/shape", OK, anonymous=NOT_LOGGED_IN, json={"schema": {"type": "object"}}
    ),
    "workflow-draft-runs": Route("get", f"{AT}/draft/runs", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-run": Route("get", f"{AT}/draft/runs/{{tested}}", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-preview": Route(
        "post",
        f"{AT}/draft/preview",
        OK,
        anonymous=NOT_LOGGED_IN,
        json={"text": STEPS, "pointer": "/0", "value": "{{ 1 + 1 }}"},
    ),
    "workflow-draft-test": Route(
        "post",
        f"{AT}/draft/test",
        CREATED,
        anonymous=NOT_LOGGED_IN,
        least=Role.EDITOR,
        json={"text": STEPS, "what": {"all": True}},
    ),
    "workflow-draft-followed": Route("get", f"{AT}/draft/tests/{{tested}}", OK, anonymous=NOT_LOGGED_IN),
    "workflow-draft-rename": Route(
        "post", f"{AT}/draft/rename", OK, anonymous=NOT_LOGGED_IN, least=Role.EDITOR, json={"name": "another"}
    ),
}

STATE = (
    "SELECT string_agg(d.id::text || d.revision || d.name || d.text, ',' ORDER BY d.id) FROM tropeiro_workflow_draft d"
)
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    draft = begin_draft(cast.alice, "begun", None, STEPS)
    return {"draft": draft, "tested": start_test(cast.alice, draft, Wanted(text=STEPS))}
