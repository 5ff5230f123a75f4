"""Looking through lines, the newest first, for as long as somebody waits for.

Lines are walked along the index by time in stretches of so many lines, each looked through by one statement, until
there are enough or the time is over. Then the answer says back to when it looked, and going on from there is another
search. So a search for something rare among very many lines is slow, but never long, and never says that there is
nothing before it has looked.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.jobs.logs import LEVELS
from tropeiro.web.logs.conditions import condition
from tropeiro.web.logs.wanted import Wanted
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

PAGE = 100
MOST = 1_000
BUDGET_SECONDS = 1.5
STATEMENT_SECONDS = 10
"""No statement of a search runs longer, whatever a stretch holds."""
FIRST_STRETCH = 5_000
LONGEST_STRETCH = 100_000
"""Lines looked through by one statement."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAMES = {number: name for name, number in LEVELS.items()}


@dataclass(frozen=True, slots=True)
class Mark:
    """A place among the lines: just before the line of this moment and number, looking back in time."""

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundLine:
    """A line, with whose it is."""

    id: int
    at: datetime
    level: str
    job: UUID
    automation: str
    """Name of the job."""
    project: str
    """Short name; empty for none."""
    path: str
    service: str
    """As in ``uses``; empty for what the platform says itself."""
    attempt: int
    worker: str
    message: str
    fields: dict[str, Any]

    @property
    def plain_fields(self) -> list[tuple[str, str]]:
        """Fields by name, those inside others as ``a.b``, each as the text that it is compared by."""
        return list(_plain("", self.fields))


@dataclass(frozen=True, slots=True)
class Found:
    """Lines, the newest first."""

    lines: tuple[FoundLine, ...]
    next: str
    """Mark from which to look on; empty when everything was looked at."""
    searched_to: datetime
    """Back to when it was looked."""

    @property
    def cut_short(self) -> bool:
        """Whether the time was over before there were enough lines."""
        return bool(self.next) and (not self.lines or str(Mark(self.lines[-1].at, self.lines[-1].id)) != self.next)


def mark_from(text: str) -> Mark | None:
    """The mark that an address names; ``None`` for none. Raises `InvalidInput` for one that is broken."""
    if not text:
        return None
    first, _dash, second = text.partition("-")
    digits = len(first) < 18 and len(second) < 19 and first.isascii() and second.isascii()
    if not (digits and first.isdigit() and second.isdigit()):
        raise InvalidInput(_("The address of this page is not whole."), hint=_("Go back to the beginning of the list."))
    return Mark(_EPOCH + timedelta(microseconds=int(first)), int(second))


def search(
    member: Member,
    wanted: Wanted,
    *,
    before: Mark | None = None,
    limit: int = PAGE,
    budget: float = BUDGET_SECONDS,
) -> Found:
    """The newest lines that are wanted, those before a mark when it is given. Raises `Forbidden`."""
    member.require(Verb.VIEW)
    limit = max(1, min(limit, MOST))
    sql, params = condition(wanted)
    lines: list[FoundLine] = []
    with tenant(member.organization), connection.cursor() as cursor:
        for stretch in stretches(cursor, member, wanted, before, budget):
            cursor.execute(_LINES.format(condition=sql), {**params, **stretch.params, "limit": limit - len(lines)})
            lines += (line_of(row) for row in cursor.fetchall())
            if len(lines) >= limit:
                last = lines[-1]
                return Found(tuple(lines), str(Mark(last.at, last.id)), last.at)
            if stretch.last:
                return Found(tuple(lines), "", wanted.since)
            reached = stretch.down_to
    return Found(tuple(lines), str(reached), reached.at)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some lines of an organization that follow each other in time."""

    params: dict[str, Any]
    """Named parameters of `WITHIN`."""
    down_to: Mark
    last: bool
    """Whether there is nothing before it in the wanted time."""


# The bounds of the moment stand by themselves too: a walk along the index stops at them, and not at a pair.
WITHIN = """l.organization_id = %(organization)s AND l.at <= %(from_at)s AND l.at >= %(to_at)s
    AND (l.at, l.id) < (%(from_at)s, %(from_id)s) AND (l.at, l.id) >= (%(to_at)s, %(to_id)s)"""
"""Condition on the lines ``l`` of a stretch."""

_BOUND = """
SELECT l.at, l.id FROM tropeiro_log l
WHERE l.organization_id = %(organization)s AND l.at <= %(from_at)s AND l.at >= %(since)s
  AND (l.at, l.id) < (%(from_at)s, %(from_id)s)
ORDER BY l.at DESC, l.id DESC OFFSET %(lines)s LIMIT 1
"""

# The lines are found before anything is joined to them, so that what a page does not show is never looked up.
_LINES = f"""
WITH found AS MATERIALIZED (
    SELECT l.id, l.at, l.level, l.job_id, l.path, l.uses, l.attempt, l.worker, l.message, l.fields::text AS fields
    FROM tropeiro_log l WHERE {WITHIN} AND {{condition}}
    ORDER BY l.at DESC, l.id DESC LIMIT %(limit)s
)
SELECT f.id, f.at, f.level, f.job_id, coalesce(j.name, ''), coalesce(p.slug, ''), f.path, f.uses, f.attempt, f.worker,
    f.message, f.fields
FROM found f
LEFT JOIN tropeiro_job j ON j.id = f.job_id
LEFT JOIN tropeiro_project p ON p.id = j.project_id
ORDER BY f.at DESC, f.id DESC
"""  # noqa: S608 - nothing in it is a user's

_ONE = """
SELECT l.id, l.at, l.level, l.job_id, coalesce(j.name, ''), coalesce(p.slug, ''), l.path, l.uses, l.attempt, l.worker,
    l.message, l.fields::text
FROM tropeiro_log l
LEFT JOIN tropeiro_job j ON j.id = l.job_id
LEFT JOIN tropeiro_project p ON p.id = j.project_id
WHERE l.organization_id = %(organization)s AND l.job_id = %(job)s AND l.id = %(id)s
"""


def stretches(
    cursor: Any,
    member: Member,
    wanted: Wanted,
    before: Mark | None,
    budget: float,
    *,
    whole: bool = True,
    lines: int = FIRST_STRETCH,
    most: int = LONGEST_STRETCH,
) -> Iterator[Stretch]:
    """Stretches of lines back in time from a mark, until the wanted time is over or ``budget`` seconds are.

    Inside a tenant's transaction. There is always one; with ``whole`` only one where the index finds the first lines
    without looking at others.
    """
    over = time.monotonic() + budget
    cursor.execute("SELECT set_config('statement_timeout', %s, true)", [str(STATEMENT_SECONDS * 1000)])
    start = before or Mark(wanted.until, 0)
    within = {"organization": member.organization, "since": wanted.since}
    bounded = not (whole and (wanted.by_index or wanted.job))
    while True:
        place = {**within, "from_at": start.at, "from_id": start.id}
        bound = None
        if bounded:
            cursor.execute(_BOUND, {**place, "lines": lines - 1})
            bound = cursor.fetchone()
        end = Mark(*bound) if bound else Mark(wanted.since, 0)
        yield Stretch({**place, "to_at": end.at, "to_id": end.id}, end, bound is None)
        if bound is None or time.monotonic() >= over:
            return
        start, lines = end, min(4 * lines, most)


def line(member: Member, job: UUID, id_: int) -> FoundLine:
    """One line of a job's log. Raises `NotFound`."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_ONE, {"organization": member.organization, "job": job, "id": id_})
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no such line that you can see."))
    return line_of(row)


def _plain(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _plain(f"{prefix}.{name}" if prefix else name, inner)
    elif prefix:
        yield prefix, value if isinstance(value, str) else msgspec.json.encode(value).decode()


def line_of(row: tuple[Any, ...]) -> FoundLine:
    """A line from a row of the columns that a search selects."""
    id_, at, level, job, automation, project, path, uses, attempt, worker, message, fields = row
    return FoundLine(
        id=id_,
        at=at,
        level=_NAMES.get(level, str(level)),
        job=job,
        automation=automation,
        project=project,
        path=path,
        service=uses,
        attempt=attempt,
        worker=worker,
        message=message,
        fields=msgspec.json.decode(fields) if fields else {},
    )
