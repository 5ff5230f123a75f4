"""What the search box finds: projects, services, workflows and triggers by name, jobs by id or name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

EACH = 5
"""Things of one kind that are told at the most."""
LONGEST = 100
RECENT_JOBS = 2_000
"""Jobs whose names are looked at."""

# Whoever begins with the words comes first; then the shorter name.
_BY_NAME = """
(SELECT 'project' AS kind, p.id::text, p.name AS title, p.slug AS place, p.slug AS project
 FROM tropeiro_project p
 WHERE p.organization_id = %(organization)s AND p.deleted_at IS NULL
   AND (p.slug ILIKE %(like)s OR p.name ILIKE %(like)s)
 ORDER BY p.slug NOT ILIKE %(starts)s, length(p.slug), p.slug LIMIT %(each)s)
UNION ALL
(SELECT s.kind, s.id::text, coalesce(nullif(s.title, ''), s.name), p.slug || '/' || s.name, p.slug
 FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id
 WHERE s.organization_id = %(organization)s AND s.removed_at IS NULL
   AND (s.name ILIKE %(like)s OR s.title ILIKE %(like)s OR p.slug || '/' || s.name ILIKE %(like)s)
 ORDER BY s.name NOT ILIKE %(starts)s, length(s.name), s.name LIMIT %(each)s)
UNION ALL
(SELECT 'workflow', w.id::text, w.name, coalesce(p.slug || '/', '') || w.name, coalesce(p.slug, '')
 FROM tropeiro_workflow w LEFT JOIN tropeiro_project p ON p.id = w.project_id
 WHERE w.organization_id = %(organization)s AND w.removed_at IS NULL AND NOT w.automation AND w.name ILIKE %(like)s
 ORDER BY w.name NOT ILIKE %(starts)s, length(w.name), w.name LIMIT %(each)s)
UNION ALL
(SELECT 'trigger', t.id::text, t.name, t.target, ''
 FROM tropeiro_trigger t
 WHERE t.organization_id = %(organization)s AND t.name ILIKE %(like)s
 ORDER BY t.name NOT ILIKE %(starts)s, length(t.name), t.name LIMIT %(each)s)
UNION ALL
(SELECT 'job', j.id::text, j.name, j.state, ''
 FROM (SELECT j.id, j.name, j.state FROM tropeiro_job j
       WHERE j.organization_id = %(organization)s ORDER BY j.id DESC LIMIT %(recent)s) j
 WHERE j.name ILIKE %(like)s ORDER BY j.id DESC LIMIT %(each)s)
"""

_BY_ID = """
SELECT 'job', j.id::text, j.name, j.state, ''
FROM tropeiro_job j
WHERE j.organization_id = %(organization)s AND j.id BETWEEN %(first)s AND %(last)s ORDER BY j.id DESC LIMIT %(each)s
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Something with the searched words in its name."""

    kind: str
    """project, service kinds (python, http, automation), workflow, trigger or job."""
    id: str
    title: str
    place: str
    """How to name it; the state of a job."""
    project: str
    """Short name of the project it stands in, if it has one."""


def find(member: Member, words: str) -> tuple[Found, ...]:
    """What ``words`` name, at most five of each kind; a whole or begun id names jobs. Nothing for no words."""
    member.require(Verb.VIEW)
    text = " ".join(words.split())[:LONGEST]
    if not text:
        return ()
    escaped = re.sub(r"([\\%_])", r"\\\1", text)
    params: dict[str, Any] = {
        "organization": member.organization,
        "like": f"%{escaped}%",
        "starts": f"{escaped}%",
        "each": EACH,
        "recent": RECENT_JOBS,
    }
    span = _ids(text)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_BY_NAME, params)
        rows = cursor.fetchall()
        if span is not None:
            cursor.execute(_BY_ID, {**params, "first": span[0], "last": span[1]})
            rows += cursor.fetchall()
        return tuple(Found(*row) for row in rows)


def _ids(text: str) -> tuple[UUID, UUID] | None:
    """The ids that begin as ``text`` does, when it is hexadecimal and long enough to tell."""
    digits = text.replace("-", "").lower()
    if not re.fullmatch(r"[0-9a-f]{8,32}", digits):
        return None
    return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f"))
