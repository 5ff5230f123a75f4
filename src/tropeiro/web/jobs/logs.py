"""Reading a job's log, so that whoever reads on after the last line they saw misses none and sees none twice.

Lines get their number before their transaction is over, so a line may become visible after one with a higher number.
Reading therefore stops at the first line whose number could still be preceded by another: one whose transaction is
not older than every transaction under way. Lines that are some seconds old are past that.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from operator import itemgetter
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.web.jobs.access import job_row
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_NAMES = {number: name for name, number in LEVELS.items()}
PAGE = 500
MOST = 5_000

SETTLED = """(age(l.xmin) > age(pg_snapshot_xmin(pg_current_snapshot())::xid)
        OR l.at < clock_timestamp() - interval '10 seconds')"""
"""Whether no line with a lower number than that of ``l`` can become visible any more."""

_LINES = f"""
SELECT l.id, l.at, l.level, l.path, l.attempt, l.worker, l.message, l.fields::text,
    {SETTLED} AS settled
FROM tropeiro_log l
WHERE l.job_id = %(job)s AND l.id > %(after)s AND l.level >= %(level)s
    AND (%(like)s = '' OR l.message ILIKE %(like)s) AND (%(path)s = '' OR l.path = %(path)s)
ORDER BY l.id LIMIT %(limit)s
"""  # noqa: S608 - nothing in it is a user's

_LAST_LINES = f"""
SELECT * FROM (
    SELECT l.id, l.at, l.level, l.path, l.attempt, l.worker, l.message, l.fields::text,
        {SETTLED} AS settled
    FROM tropeiro_log l
    WHERE l.job_id = %(job)s AND l.id < %(before)s AND l.level >= %(level)s
        AND (%(like)s = '' OR l.message ILIKE %(like)s) AND (%(path)s = '' OR l.path = %(path)s)
    ORDER BY l.id DESC LIMIT %(limit)s
) r ORDER BY r.id
"""  # noqa: S608 - nothing in it is a user's


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line."""

    id: int
    at: datetime
    level: str
    """debug, info, warning or error."""
    path: str
    attempt: int
    worker: str
    message: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Lines:
    """A stretch of the log."""

    lines: tuple[Line, ...]
    more: bool
    """Whether there is more to read right now or in a moment: a full page, or lines that are not settled."""


def read_on(
    member: Member, job: UUID, *, after: int = 0, level: str | None = None, text: str = "", limit: int = PAGE
) -> Lines:
    """The lines after number ``after`` that contain ``text``, in order. Raises `NotFound`."""
    wanted = max(1, min(limit, MOST))
    asked = {"level": LEVELS.get(level or "", 0), "like": _like(text), "path": "", "limit": wanted}
    rows = _rows(member, job, _LINES, after=after, **asked)
    settled: list[Line] = []
    for row in rows:
        if not row[8]:
            return Lines(tuple(settled), True)
        settled.append(_line(row))
    return Lines(tuple(settled), len(rows) == wanted)


def logs(
    member: Member, job: UUID, after: int | None = None, level: str | None = None, limit: int = PAGE
) -> tuple[Line, ...]:
    """The lines after number ``after`` from ``level`` up, in order; the first ones without it. Raises `NotFound`."""
    return read_on(member, job, after=after or 0, level=level, limit=limit).lines


def last_lines(
    member: Member,
    job: UUID,
    *,
    before: int | None = None,
    level: str | None = None,
    text: str = "",
    path: str = "",
    limit: int = PAGE,
) -> tuple[Line, ...]:
    """The newest lines that `read_on` can go on after, in order; those before ``before``, those that contain ``text``,
    those of the step at ``path`` when given.

    Raises `NotFound`.
    """
    rows = _rows(
        member,
        job,
        _LAST_LINES,
        before=before if before is not None else 2**63 - 1,
        level=LEVELS.get(level or "", 0),
        like=_like(text),
        path=path,
        limit=max(1, min(limit, MOST)),
    )
    return tuple(_line(row) for row in takewhile(itemgetter(8), rows))


def _rows(member: Member, job: UUID, statement: str, **params: Any) -> list[tuple[Any, ...]]:
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(statement, {"job": job, **params})
            return list(cursor.fetchall())


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%" if text else ""


def _line(row: tuple[Any, ...]) -> Line:
    id_, at, level, path, attempt, worker, message, fields, _ = row
    return Line(
        id=id_,
        at=at,
        level=_NAMES.get(level, str(level)),
        path=path,
        attempt=attempt,
        worker=worker,
        message=message,
        fields=msgspec.json.decode(fields) if fields else {},
    )
