from __future__ import annotations

import json
from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.permissions import Role
from tropeiro.web.workflows.actions import save_workflow

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
AT = "/workflows/{workflow}"

ROUTES = {
    "workflows": Route("get", "/workflows", OK, outsider=OK),
    "automations": Route("get", "/automations", OK, outsider=OK),
    "workflow": Route("get", AT, OK),
    "workflow-flow": Route("get", f"{AT}/flow", OK),
    "workflow-metrics": Route("get", f"{AT}/metrics?days=28", OK),
    "workflow-triggers": Route("get", f"{AT}/triggers", OK),
    "workflow-versions": Route("get", f"{AT}/versions", OK),
    "workflow-file": Route("get", f"{AT}/file", OK),
    "workflow-text": Route("get", f"{AT}/text", OK, least=Role.EDITOR, form=True),
    "workflow-draft-differences": Route(
        "post", f"{AT}/draft/differences", OK, least=Role.EDITOR, data=(("text", "[]"),)
    ),
    "workflow-run": Route("get", f"{AT}/run", OK, least=Role.EDITOR, form=True),
    "workflow-copy": Route("get", f"{AT}/copy", OK, least=Role.EDITOR, form=True),
    "workflow-rename": Route("get", f"{AT}/rename", OK, least=Role.EDITOR, form=True),
    "workflow-switch": Route("post", f"{AT}/switch", REDIRECT, least=Role.OPERATOR, data=(("do", "off"),)),
    "workflow-version-restore": Route("post", f"{AT}/versions/1/restore", REDIRECT, least=Role.EDITOR),
    "workflow-remove": Route("post", f"{AT}/remove", REDIRECT, least=Role.EDITOR),
    "workflow-restore": Route("post", f"{AT}/restore", REDIRECT, least=Role.EDITOR),
}

STATE = (
    "SELECT count(*) FILTER (WHERE w.removed_at IS NULL), string_agg(w.name, ',' ORDER BY w.id),"
    " (SELECT count(*) FROM tropeiro_workflow_version) FROM tropeiro_workflow w"
)
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    save_workflow(cast.alice, "several", STEPS)
    saved = save_workflow(cast.alice, "several", STEPS.replace("1}", "2}"))
    return {"workflow": saved.workflow}
