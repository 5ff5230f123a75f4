from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.permissions import Role

ROUTES = {
    "credentials": Route("get", "/credentials", OK, outsider=OK),
    "credential-new": Route("get", "/credentials/new?form=bearer", OK, outsider=OK, least=Role.EDITOR, form=True),
    "credential": Route("get", "/credentials/{credential}", OK),
    "credential-replace": Route("get", "/credentials/{credential}/replace", OK, least=Role.EDITOR, form=True),
    "credential-delete": Route("post", "/credentials/{credential}/delete", REDIRECT, least=Role.ADMIN),
}

STATE = "SELECT string_agg(name || updated_at, ',' ORDER BY id) FROM tropeiro_credential"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {"credential": set_credential(cast.alice, "walked", "http", {"token": "s3cret"})}
