"""Reading the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.ids import uuid7
from tropeiro.web.audit.access import reader
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

PAGE = 100
MOST_LOOKED_AT = 50_000
"""Acts that one page looks at for those that match."""

# Ids begin with the time, so the dates choose a stretch of the index; what is filtered is at most that much of it.
_ACTS = """
SELECT a.id, a.at, a.actor, a.verb, a.object_type, a.object_id, a.object_name, a.details::text
FROM (
    SELECT * FROM tropeiro_audit l
    WHERE l.organization_id = %(organization)s
        AND (%(before)s::uuid IS NULL OR l.id < %(before)s::uuid)
        AND (%(first)s::uuid IS NULL OR l.id >= %(first)s::uuid)
        AND (%(last)s::uuid IS NULL OR l.id < %(last)s::uuid)
    ORDER BY l.id DESC LIMIT %(looked_at)s
) a
WHERE (%(verbs)s::text[] IS NULL OR a.verb = ANY (%(verbs)s::text[]))
    AND (%(actor)s = '' OR a.actor = %(actor)s)
    AND (%(kind)s = '' OR a.object_type = %(kind)s)
    AND (%(words)s = '' OR position(%(words)s IN lower(
        concat_ws(' ', a.actor, a.object_name, a.object_id, a.details::text))) > 0)
ORDER BY a.id DESC LIMIT %(limit)s
"""

_LAST_LOOKED_AT = """
SELECT l.id FROM tropeiro_audit l
WHERE l.organization_id = %(organization)s
    AND (%(before)s::uuid IS NULL OR l.id < %(before)s::uuid)
    AND (%(first)s::uuid IS NULL OR l.id >= %(first)s::uuid)
    AND (%(last)s::uuid IS NULL OR l.id < %(last)s::uuid)
ORDER BY l.id DESC OFFSET %(looked_at)s - 1 LIMIT 1
"""

# Who did something lately.
_ACTORS = """
SELECT DISTINCT a.actor FROM (
    SELECT l.actor FROM tropeiro_audit l WHERE l.organization_id = %s ORDER BY l.id DESC LIMIT 5000
) a ORDER BY a.actor LIMIT 200
"""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act."""

    id: UUID
    at: datetime
    actor: str
    verb: str
    object_type: str
    object_id: str
    object_name: str
    details: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which acts."""

    actor: str = ""
    verbs: Sequence[str] = ()
    """Any of them; all when there is none."""
    object_type: str = ""
    words: str = ""
    """In actor, object and details, whatever the case."""
    since: datetime | None = None
    until: datetime | None = None
    """Acts before that moment."""


EVERYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Acts:
    """A page of the log, the newest first."""

    entries: tuple[AuditEntry, ...]
    next: UUID | None
    """Where the next page goes on; ``None`` on the last one."""
    partial: bool
    """Whether so many acts were looked at that this page ended before it was full."""


def recent_acts(member: Member, *, before: UUID | None = None, limit: int = PAGE) -> tuple[AuditEntry, ...]:
    """The newest acts in the member's organization, those older than ``before`` when given."""
    return find_acts(member, EVERYTHING, before=before, limit=limit).entries


def find_acts(member: Member, wanted: Wanted, *, before: UUID | None = None, limit: int = PAGE) -> Acts:
    """The newest acts that are wanted, those older than the act ``before`` when given. Raises `Forbidden`."""
    reader(member)
    params: dict[str, Any] = {
        "organization": member.organization,
        "before": before,
        "first": _first_id(wanted.since),
        "last": _first_id(wanted.until),
        "looked_at": MOST_LOOKED_AT,
        "verbs": list(wanted.verbs) or None,
        "actor": wanted.actor,
        "kind": wanted.object_type,
        "words": wanted.words.strip().lower(),
        "limit": limit + 1,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_ACTS, params)
        rows = cursor.fetchall()
        entries = tuple(_entry(*row) for row in rows[:limit])
        if len(rows) > limit:
            return Acts(entries, entries[-1].id, False)
        cursor.execute(_LAST_LOOKED_AT, params)
        last = cursor.fetchone()
    return Acts(entries, last[0] if last else None, last is not None)


def actors(member: Member) -> tuple[str, ...]:
    """Who did something lately, by name. Raises `Forbidden`."""
    reader(member)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_ACTORS, [member.organization])
        return tuple(actor for (actor,) in cursor.fetchall())


def _entry(*row: Any) -> AuditEntry:
    id_, at, actor, verb, object_type, object_id, object_name, details = row
    return AuditEntry(id_, at, actor, verb, object_type, object_id, object_name, msgspec.json.decode(details))


def _first_id(at: datetime | None) -> UUID | None:
    """The first id that an act at this moment can have."""
    if at is None:
        return None
    return UUID(int=uuid7(int(at.timestamp() * 1000)).int >> 80 << 80)
