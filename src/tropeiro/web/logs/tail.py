"""Reading on in the logs of an organization as lines come, so that none is missed and none told twice.

As in a job's own log (`jobs.logs`), reading stops at the first line that could still be preceded by another. Lines are
looked for from a minute before the last one on: one that its worker could not deliver for longer, because the database
was away, is found by a search but not told live.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.utils import timezone

from tropeiro.web.jobs.logs import SETTLED
from tropeiro.web.logs.conditions import condition
from tropeiro.web.logs.search import FoundLine, Mark, line_of
from tropeiro.web.logs.wanted import Wanted
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

LINES = 300
LATE = timedelta(seconds=60)
_MARGIN = timedelta(seconds=10)

# One row more than lines that are wanted: how far everything is settled, which is where to go on when nothing is.
_NEW = """
WITH new AS MATERIALIZED (
    SELECT l.*, {settled} AS settled
    FROM tropeiro_log l
    WHERE l.organization_id = %(organization)s AND l.at >= %(late)s AND l.id > %(after)s
),
bound AS (
    SELECT coalesce((SELECT min(n.id) FROM new n WHERE NOT n.settled), 9223372036854775807) AS id
),
found AS MATERIALIZED (
    SELECT l.* FROM new l, bound b WHERE l.id < b.id AND {condition} ORDER BY l.id LIMIT %(limit)s
)
SELECT f.id, f.at, f.level, f.job_id, coalesce(j.name, ''), coalesce(p.slug, ''), f.path, f.uses, f.attempt, f.worker,
    f.message, f.fields::text, NULL::bigint, NULL::timestamptz, NULL::boolean
FROM found f LEFT JOIN tropeiro_job j ON j.id = f.job_id LEFT JOIN tropeiro_project p ON p.id = j.project_id
UNION ALL
SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
    max(n.id) FILTER (WHERE n.id < b.id), max(n.at) FILTER (WHERE n.id < b.id), coalesce(bool_or(NOT n.settled), false)
FROM bound b LEFT JOIN new n ON true
ORDER BY id
"""

# Nothing within that time: then whatever comes is new.
_END = f"""
SELECT coalesce(min(l.id) FILTER (WHERE NOT ({SETTLED})) - 1, max(l.id), 0) FROM tropeiro_log l
WHERE l.organization_id = %(organization)s AND l.at >= %(late)s
"""  # noqa: S608 - nothing in it is a user's


@dataclass(frozen=True, slots=True)
class Tail:
    """What came after a mark."""

    lines: tuple[FoundLine, ...]
    """In the order of their numbers."""
    mark: Mark
    """Where to go on."""
    more: bool
    """Whether there is more already, or in a moment."""


def end_of_logs(member: Member) -> Mark:
    """Where to begin with what comes from now on. Raises `Forbidden`."""
    member.require(Verb.VIEW)
    now = timezone.now()
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_END, {"organization": member.organization, "late": now - LATE - _MARGIN})
        return Mark(now, cursor.fetchone()[0])


def read_on(member: Member, wanted: Wanted, after: Mark, *, limit: int = LINES) -> Tail:
    """Lines that came after a mark and are wanted, whenever they are from. Raises `Forbidden`."""
    member.require(Verb.VIEW)
    sql, params = condition(wanted)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            _NEW.format(condition=sql, settled=SETTLED),
            {
                **params,
                "organization": member.organization,
                "after": after.id,
                "late": after.at - LATE,
                "limit": limit,
            },
        )
        *rows, (*_, seen_id, seen_at, unsettled) = cursor.fetchall()
    lines = tuple(line_of(row[:12]) for row in rows)
    if len(lines) == limit:
        return Tail(lines, Mark(max(after.at, lines[-1].at), lines[-1].id), True)
    mark = after if seen_id is None else Mark(max(after.at, seen_at), seen_id)
    return Tail(lines, mark, unsettled)
