"""Reading tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant
from tropeiro.web.tokens.access import least, sees_all

PAGE = 50

# A user is seen only as long as they are a member, and so is their role.
_LIST = """
SELECT t.id, t.name, t.prefix, t.role, m.role, t.user_id, coalesce(u.email, ''), t.created_at, t.expires_at,
    t.last_used_at, t.revoked_at, coalesce(t.expires_at <= now(), false)
FROM tropeiro_token t
LEFT JOIN tropeiro_member m ON m.organization_id = t.organization_id AND m.user_id = t.user_id
LEFT JOIN tropeiro_user u ON u.id = m.user_id
WHERE t.organization_id = %(organization)s AND (%(all)s OR t.user_id = %(user)s)
    AND (%(before)s::uuid IS NULL OR t.id < %(before)s::uuid)
ORDER BY t.id DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as the list shows it."""

    id: UUID
    name: str
    prefix: str
    role: Role
    """What it may do by now."""
    lowered: bool
    """Whether that is less than what it was made for, because its maker may less."""
    own: bool
    maker: str
    """E-mail address; empty for one of the command line, and for somebody who is no member any more."""
    orphaned: bool
    """Whether its maker is no member any more: it opens nothing."""
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    expired: bool

    @property
    def works(self) -> bool:
        """Whether it opens anything."""
        return self.revoked_at is None and not self.expired and not self.orphaned


def list_tokens(member: Member, *, before: UUID | None = None, limit: int = PAGE) -> tuple[TokenRow, ...]:
    """The member's tokens, or for an admin everybody's, the newest first; those older than ``before`` when given."""
    member.require(Verb.CREATE_TOKEN)
    params: dict[str, Any] = {
        "organization": member.organization,
        "all": sees_all(member),
        "user": member.user,
        "before": before,
        "limit": max(1, min(limit, PAGE + 1)),
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_LIST, params)
        return tuple(
            TokenRow(
                id=id_,
                name=name,
                prefix=prefix,
                role=Role(role) if present is None else least(Role(role), Role(present)),
                lowered=present is not None and not Role(present).includes(Role(role)),
                own=user is not None and user == member.user,
                maker=email,
                orphaned=user is not None and present is None,
                created_at=created_at,
                expires_at=expires_at,
                last_used_at=last_used_at,
                revoked_at=revoked_at,
                expired=expired,
            )
            for (
                id_, name, prefix, role, present, user, email, created_at, expires_at, last_used_at, revoked_at, expired
            ) in cursor.fetchall()
        )  # fmt: skip
