"""The door to tokens: what a program shows → the member that it acts as; and (member, id) → a token."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.prepared import prepared_cursor
from tropeiro.web.tokens.models import Token
from tropeiro.web.tokens.secret import digest_of

# One statement, because every request of a program begins with it. That it was used is noted once a minute.
_FIND = """
WITH found AS (
    SELECT t.id, t.name, t.role, t.user_id, t.organization_id, o.slug, m.role AS present, u.email, t.last_used_at
    FROM tropeiro_token t
    JOIN tropeiro_organization o ON o.id = t.organization_id
    LEFT JOIN tropeiro_member m ON m.organization_id = t.organization_id AND m.user_id = t.user_id
    LEFT JOIN tropeiro_user u ON u.id = m.user_id AND u.is_active
    WHERE t.digest = %(digest)s AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > now())
        AND (t.user_id IS NULL OR u.id IS NOT NULL)
), used AS (
    UPDATE tropeiro_token t SET last_used_at = now() FROM found f
    WHERE t.id = f.id AND (f.last_used_at IS NULL OR f.last_used_at < now() - interval '1 minute')
)
SELECT f.name, f.role, f.user_id, f.organization_id, f.slug, f.present, f.email,
    CASE WHEN %(rate)s > 0 THEN tropeiro_take_request(f.id, %(rate)s, %(burst)s) ELSE 0 END
FROM found f
"""
BURST_SECONDS = 10
"""A token that was quiet may send at once what it may send in so long."""


@dataclass(frozen=True, slots=True)
class Program:
    """Who shows a token."""

    member: Member
    early: float
    """For how many seconds it is to send nothing, because it sent too much; 0 when it may go on."""


def program_of_token(text: str, *, rate: float = 0) -> Program | None:
    """Who shows a token, as a member of the organization that it was made for; ``None`` when it opens nothing.

    With a ``rate`` in requests a second, this is a request that counts. The member's role is the token's, and never
    above the one that its maker has by now. A token ends with its revocation, at its time, when its maker is
    deactivated, and as long as its maker is no member. Outside a tenant's transaction.
    """
    digest = digest_of(text)
    if digest is None:
        return None
    with prepared_cursor() as cursor:
        cursor.execute(_FIND, {"digest": digest, "rate": float(rate), "burst": float(rate * BURST_SECONDS)})
        row = cursor.fetchone()
    if row is None:
        return None
    name, role, user, organization, slug, present, email, early = row
    member = Member(
        user=user,
        label=email or name,
        organization=organization,
        organization_slug=slug,
        role=Role(role) if user is None else least(Role(role), Role(present)),
        token=name,
    )
    return Program(member, early)


def least(one: Role, other: Role) -> Role:
    """The lower of two roles."""
    return other if one.includes(other) else one


def token_row(member: Member, token: UUID) -> Token:
    """A token that the member may revoke, locked: their own, or as an admin anybody's. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.REVOKE_TOKEN)
    rows = Token.objects.filter(organization_id=member.organization, id=token)
    if not sees_all(member):
        rows = rows.filter(user_id=member.user)
    row = rows.select_for_update(of=("self",)).only("id", "name", "prefix", "revoked_at").first()
    if row is None:
        raise NotFound(_("There is no token %(id)s that you can see.") % {"id": token})
    return row


def sees_all(member: Member) -> bool:
    """Whether the tokens of everybody are shown to the member, not only their own."""
    return member.role.includes(Role.ADMIN)
