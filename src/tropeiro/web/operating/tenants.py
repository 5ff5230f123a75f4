"""Organizations and users of the installation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.web.member import HOUSE
from tropeiro.web.operating.access import Operator, operator_of, require_operator
from tropeiro.web.paging import Keyset, Page, Sort

PAGE = 50
"""Rows of one page."""
ORGANIZATION_COLUMNS = {"name": "lower(o.name)", "slug": "o.slug", "created": "o.id::text"}
USER_COLUMNS = {"email": "u.email", "created": "extract(epoch FROM u.created_at)::float8"}

# What is counted beside each organization of the page is counted for that page alone.
_ORGANIZATIONS = """
SELECT o.id, o.slug, o.name, o.created_at, {key},
    (SELECT count(*) FROM tropeiro_member m WHERE m.organization_id = o.id),
    (SELECT count(*) FROM tropeiro_project p WHERE p.organization_id = o.id),
    (SELECT coalesce(sum(r.started), 0)::bigint FROM tropeiro_rollup r
     WHERE r.organization_id = o.id AND r.grain = 'day' AND r.level = 'organization'
        AND r.at >= date_trunc('day', now(), 'UTC') - interval '6 days'),
    s.suspended_at, coalesce(s.reason, ''), coalesce(s.suspended_by, '')
FROM tropeiro_organization o LEFT JOIN tropeiro_suspension s ON s.organization_id = o.id
WHERE o.slug <> %(house)s AND (%(words)s = '' OR position(%(words)s IN lower(o.slug || ' ' || o.name)) > 0)
    AND {condition} {order}
"""
_USERS = """
SELECT u.id, u.email, u.name, u.is_operator, u.is_active, u.created_at, u.last_login, {key},
    (SELECT count(*) FROM tropeiro_member m WHERE m.user_id = u.id),
    EXISTS (SELECT FROM mfa_authenticator f WHERE f.user_id = u.id)
FROM tropeiro_user u
WHERE (%(words)s = '' OR position(%(words)s IN lower(u.email || ' ' || u.name)) > 0) AND {condition} {order}
"""


@dataclass(frozen=True, slots=True)
class OrganizationRow:
    """An organization as operators see it."""

    id: UUID
    slug: str
    name: str
    created_at: datetime
    key: Any
    """Value of the column that the list is ordered by."""
    members: int
    projects: int
    jobs: int
    """Started on the last seven days, UTC, today included."""
    suspended_at: datetime | None
    """Since when nothing of it starts, if an operator suspended it."""
    suspended_because: str
    suspended_by: str


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user as operators see them."""

    id: int
    email: str
    name: str
    is_operator: bool
    is_active: bool
    created_at: datetime
    last_login: datetime | None
    key: Any
    """Value of the column that the list is ordered by."""
    organizations: int
    has_second_step: bool


def organizations(
    user: int | None, *, words: str = "", sort: Sort, after: str = "", before: str = "", limit: int = PAGE
) -> Page[OrganizationRow]:
    """The organizations but the house. Raises `NotFound` for who is no operator, `InvalidInput` for a broken cursor."""
    require_operator(user)
    keyset = Keyset(columns=ORGANIZATION_COLUMNS, id="o.id::text", sort=sort, after=after, before=before, limit=limit)
    rows = _read(_ORGANIZATIONS, keyset, words)
    return keyset.page([OrganizationRow(*row) for row in rows], lambda row: (row.key, str(row.id)))


def exists(user: int | None, organization: str) -> bool:
    """Whether there is an organization with this short name. Raises `NotFound` for who is no operator."""
    require_operator(user)
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM tropeiro_organization WHERE slug = %s)", [organization])
        return bool(cursor.fetchone()[0])


def users(
    user: int | None, *, words: str = "", sort: Sort, after: str = "", before: str = "", limit: int = PAGE
) -> Page[UserRow]:
    """The users. Raises `NotFound` for who is no operator, `InvalidInput` for a broken cursor."""
    return list_users(operator_of(user), words=words, sort=sort, after=after, before=before, limit=limit)


def list_users(
    _operator: Operator, *, words: str = "", sort: Sort, after: str = "", before: str = "", limit: int = PAGE
) -> Page[UserRow]:
    """The same for who is known to operate the platform."""
    keyset = Keyset(columns=USER_COLUMNS, id="u.id", sort=sort, after=after, before=before, limit=limit)
    rows = _read(_USERS, keyset, words)
    return keyset.page([UserRow(*row) for row in rows], lambda row: (row.key, row.id))


def _read(statement: str, keyset: Keyset, words: str) -> list[tuple[Any, ...]]:
    text = statement.format(key=keyset.columns[keyset.sort.column], condition=keyset.condition, order=keyset.order)
    with connection.cursor() as cursor:
        cursor.execute(text, {"words": words.strip().lower()[:200], "house": HOUSE, **keyset.params})
        return list(cursor.fetchall())
