from __future__ import annotations

import json
from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.permissions import Role
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])

ROUTES = {
    "triggers": Route("get", "/triggers", OK, outsider=OK),
    "trigger-new": Route("get", "/triggers/new", OK, outsider=OK, least=Role.EDITOR, form=True),
    "trigger": Route("get", "/triggers/{trigger}", OK),
    "trigger-edit": Route("get", "/triggers/{trigger}/edit", OK, least=Role.EDITOR, form=True),
    "trigger-enable": Route("post", "/triggers/{trigger}/enable", REDIRECT, least=Role.OPERATOR),
    "trigger-disable": Route("post", "/triggers/{trigger}/disable", REDIRECT, least=Role.OPERATOR),
    "trigger-run": Route("post", "/triggers/{trigger}/run", REDIRECT, least=Role.OPERATOR),
    "trigger-delete": Route("post", "/triggers/{trigger}/delete", REDIRECT, least=Role.EDITOR),
}

STATE = "SELECT string_agg(enabled::text, ',' ORDER BY id) FROM tropeiro_trigger"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    save_workflow(cast.alice, "w", STEPS)
    wanted = Wanted(name="nightly", target="w", cron="30 2 * * *", zone="UTC")
    return {"trigger": create_trigger(cast.alice, wanted)}
