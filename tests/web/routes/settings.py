from __future__ import annotations

from uuid import UUID

from web_cast import Cast, execute

from routes.route import OK, REDIRECT, Route
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.actions import create_token

NEW = (("name", "n"), ("role", "viewer"), ("days", "30"))

ROUTES = {
    "settings": Route("get", "/settings", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "tokens": Route("get", "/settings/tokens", OK, outsider=OK, least=Role.EDITOR),
    "token-new": Route("get", "/settings/tokens/new", OK, outsider=OK, least=Role.EDITOR, data=NEW, form=True),
    "token-revoke": Route("post", "/settings/tokens/{api_token}/revoke", REDIRECT, least=Role.EDITOR),
    "organization-defaults": Route(
        "post", "/settings/organization/defaults", REDIRECT, outsider=REDIRECT, least=Role.OWNER
    ),
    "organization-settings": Route("get", "/settings/organization", OK, outsider=OK, form=True),
    "organization-retention": Route(
        "post", "/settings/organization/retention", REDIRECT, outsider=REDIRECT, least=Role.ADMIN
    ),
    "audit": Route("get", "/settings/audit", OK, outsider=OK, least=Role.ADMIN),
}

STATE = "SELECT string_agg((revoked_at IS NULL)::text, ',' ORDER BY id) FROM tropeiro_token"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    token = create_token(cast.alice, "t", Role.VIEWER).id
    # Bob's own, who revokes it with any role that may have tokens.
    execute("UPDATE tropeiro_token SET user_id = %s WHERE id = %s", [cast.bob.user, token])
    return {"api_token": token}
