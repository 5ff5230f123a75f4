"""Reading who belongs to an organization, and to which one somebody belongs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Role, Verb
from tropeiro.web.tenancy import tenant

PAGE = 50
BY_EMAIL = Sort("email")
COLUMNS = {"email": "u.email", "joined": "m.created_at::text"}
"""What the list of members can be ordered by."""

_MEMBERS = """
SELECT m.id, m.user_id, u.email, u.name, m.role, m.created_at, m.created_at::text,
    (SELECT count(*) FROM tropeiro_token t
     WHERE t.organization_id = m.organization_id AND t.user_id = m.user_id AND t.revoked_at IS NULL)
FROM tropeiro_member m JOIN tropeiro_user u ON u.id = m.user_id
WHERE m.organization_id = %(organization)s
  AND (%(pattern)s = '' OR u.email ILIKE %(pattern)s OR u.name ILIKE %(pattern)s)
  AND (%(role)s = '' OR m.role = %(role)s)
  AND {condition}
{order}
"""
_COUNTS = "SELECT role, count(*) FROM tropeiro_member WHERE organization_id = %s GROUP BY role"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as lists show them."""

    id: UUID
    """Of the membership."""
    user: int
    email: str
    name: str
    role: Role
    joined_at: datetime
    joined_key: str
    tokens: int
    """API tokens of this organization that end with the membership."""


def list_members(
    member: Member,
    *,
    search: str = "",
    role: Role | None = None,
    sort: Sort = BY_EMAIL,
    after: str = "",
    before: str = "",
    limit: int = PAGE,
) -> Page[MemberRow]:
    """A page of the organization's members. ``search`` is a part of the address or the name."""
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="m.id::text", sort=sort, after=after, before=before, limit=limit)
    statement = _MEMBERS.format(condition=keyset.condition, order=keyset.order)
    params = {
        "organization": member.organization,
        "pattern": _pattern(search),
        "role": str(role or ""),
        **keyset.params,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = [MemberRow(id_, user, email, name, Role(r), *rest) for id_, user, email, name, r, *rest in cursor]
    return keyset.page(rows, lambda row: (row.email if sort.column == "email" else row.joined_key, str(row.id)))


def count_members(member: Member) -> dict[Role, int]:
    """How many members have which role."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_COUNTS, [member.organization])
        return {Role(role): count for role, count in cursor.fetchall()}


def _pattern(search: str) -> str:
    """A pattern for LIKE that finds ``search`` anywhere; empty for none."""
    text = search.strip()[:200]
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%" if text else ""
