from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import OK, REDIRECT, Route
from tropeiro.web.accounts.invitations import invite
from tropeiro.web.accounts.queries import list_members
from tropeiro.web.permissions import Role

ROUTES = {
    "members": Route("get", "/settings/members", OK, outsider=OK),
    "invitation-new": Route("get", "/settings/members/invite", OK, outsider=OK, least=Role.ADMIN, form=True),
    "member-role": Route(
        "post", "/settings/members/{membership}/role", REDIRECT, least=Role.ADMIN, data=(("role", "viewer"),)
    ),
    "member-remove": Route("post", "/settings/members/{membership}/remove", REDIRECT, least=Role.ADMIN),
    "invitation-revoke": Route("post", "/settings/members/invitations/{invitation}/revoke", REDIRECT, least=Role.ADMIN),
}

STATE = (
    "SELECT (SELECT string_agg(role, ',' ORDER BY id) FROM tropeiro_member),"
    " (SELECT string_agg(coalesce(revoked_at::text, 'open'), ',' ORDER BY id) FROM tropeiro_invitation)"
)
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    bob = next(row for row in list_members(cast.alice).rows if row.user == cast.bob.user)
    return {"membership": bob.id, "invitation": invite(cast.alice, Role.VIEWER).id}
