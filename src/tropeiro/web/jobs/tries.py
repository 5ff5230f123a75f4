"""Reading one step of a job: the items of a ``foreach`` page by page, and the attempts at one of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.states import StepState
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.jobs.access import job_row
from tropeiro.web.jobs.steps import STATE_OF_PACKET
from tropeiro.web.jobs.values import Shown
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant

MOST_TRIES = 200
MOST_ITEMS = 200

_CURSOR = re.compile(r"(\d):([\d.]*)")

# Failures come first, then what is under way, then the rest; items of one kind in the order of their indexes.
_ITEMS = f"""
WITH every AS (
    SELECT p.path, {STATE_OF_PACKET} AS state,
        p.attempt, p.since AS started_at, NULL::timestamptz AS finished_at, NULL::text AS message
    FROM tropeiro_packet p WHERE p.job_id = %(job)s AND p.path <> '' AND (p.body ->> 'step')::int = %(n)s
    UNION ALL
    SELECT l.* FROM (
        SELECT DISTINCT ON (s.path) s.path, s.state, s.attempt,
            CASE WHEN s.state = 'skipped' THEN s.finished_at ELSE s.started_at END, s.finished_at, s.error ->> 'message'
        FROM tropeiro_step s WHERE s.job_id = %(job)s AND s.n = %(n)s
        ORDER BY s.path, s.round DESC, s.attempt DESC) l
    WHERE NOT EXISTS (SELECT FROM tropeiro_packet p WHERE p.job_id = %(job)s AND p.path = l.path)
),
placed AS (
    SELECT v.*,
        CASE v.state WHEN 'failed' THEN 0 WHEN 'timed_out' THEN 0 WHEN 'waiting' THEN 1 WHEN 'running' THEN 2
            WHEN 'paused' THEN 3 WHEN 'queued' THEN 4 WHEN 'cancelled' THEN 5 WHEN 'succeeded' THEN 6
            ELSE 7 END AS rank,
        coalesce((SELECT array_agg(m[1]::int) FROM regexp_matches(v.path, '\\[(\\d+)\\]', 'g') AS m), '{{}}') AS indexes
    FROM every v WHERE %(state)s = '' OR v.state = %(state)s
)
SELECT p.path, p.state, p.attempt, p.started_at, p.finished_at, p.message, p.rank, p.indexes FROM placed p
WHERE %(rank)s::int IS NULL OR (p.rank, p.indexes) > (%(rank)s, %(indexes)s::int[])
ORDER BY p.rank, p.indexes LIMIT %(limit)s
"""  # noqa: S608 - put together from constants

_TRIES = (
    "SELECT s.path, s.round, s.attempt, s.n, s.state, s.uses, s.started_at, s.finished_at, s.reused, s.worker,"
    " s.input::text, s.output::text, s.output_blob, s.error::text FROM tropeiro_step s WHERE s.job_id = %(job)s AND "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepItem:
    """One item of a step inside a ``foreach``: where its last try stands."""

    path: str
    state: StepState
    tries: int
    started_at: datetime
    finished_at: datetime | None
    message: str
    """Of its error."""

    @property
    def indexes(self) -> str:
        """Its place in the ``foreach``, and in those around it: ``[3]``, ``[0][12]``."""
        return "".join(re.findall(r"\[\d+\]", self.path))


@dataclass(frozen=True, slots=True)
class ItemPage:
    """A page of them."""

    items: tuple[StepItem, ...]
    next: str
    """What the next page is ``after``; empty on the last one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTry:
    """One attempt of one step that came to its end."""

    path: str
    round: int
    attempt: int
    n: int
    state: StepState
    uses: str
    started_at: datetime
    finished_at: datetime
    reused: bool
    worker: str
    input: Shown
    output: Shown
    error: dict[str, Any] | None

    @property
    def duration(self) -> timedelta:
        """How long it took."""
        return self.finished_at - self.started_at


def step_items(
    member: Member, job: UUID, n: int, *, after: str = "", state: StepState | None = None, limit: int = 50
) -> ItemPage:
    """The items of step number ``n``, failures first; of one state when it is named. Raises `NotFound`."""
    read = _CURSOR.fullmatch(after)
    wanted = max(1, min(limit, MOST_ITEMS))
    params: dict[str, Any] = {
        "job": job,
        "n": n,
        "state": "" if state is None else str(state),
        "rank": int(read[1]) if read else None,
        "indexes": [int(part) for part in read[2].split(".") if part] if read else [],
        "limit": wanted + 1,
    }
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(_ITEMS, params)
            rows = cursor.fetchall()
    items = tuple(
        StepItem(
            path=row[0],
            state=StepState(row[1]),
            tries=row[2],
            started_at=row[3],
            finished_at=row[4],
            message=row[5] or "",
        )
        for row in rows[:wanted]
    )
    last = rows[wanted - 1] if len(rows) > wanted else None
    return ItemPage(items, "" if last is None else f"{last[6]}:{'.'.join(str(one) for one in last[7])}")


def tries(member: Member, job: UUID, path: str, *, failures_only: bool = False, limit: int = 50) -> tuple[StepTry, ...]:
    """The attempts at ``path`` (``[*]`` stands for any index), failures first and then in order. Raises `NotFound`."""
    many = "[*]" in path
    pattern = "^" + re.escape(path).replace(r"\[\*\]", r"\[\d+\]") + "$"
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(
                f"{_TRIES} {'s.path ~' if many else 's.path ='} %(path)s"
                " AND (NOT %(failures)s OR s.state IN ('failed', 'timed_out'))"
                " ORDER BY s.state NOT IN ('failed', 'timed_out'), s.started_at, s.round, s.attempt LIMIT %(limit)s",
                {
                    "job": job,
                    "path": pattern if many else path,
                    "failures": failures_only,
                    "limit": max(1, min(limit, MOST_TRIES)),
                },
            )
            return tuple(_try(row) for row in cursor.fetchall())


def failed_tries(member: Member, job: UUID, *, limit: int = 50) -> tuple[StepTry, ...]:
    """All tries of the job that went wrong, the latest first. Raises `NotFound`."""
    with tenant(member.organization):
        job_row(member, job)
        with connection.cursor() as cursor:
            cursor.execute(
                f"{_TRIES} s.state IN ('failed', 'timed_out') ORDER BY s.finished_at DESC, s.path LIMIT %(limit)s",
                {"job": job, "limit": max(1, min(limit, MOST_TRIES))},
            )
            return tuple(_try(row) for row in cursor.fetchall())


def step_value(member: Member, job: UUID, path: str, round_: int, attempt: int, part: str) -> str:
    """The whole input or output (``part``) of one try as JSON, fetched when it is large. Raises `NotFound`."""
    column = {"input": "s.input::text, ''", "output": "s.output::text, coalesce(s.output_blob, '')"}.get(part)
    with tenant(member.organization):
        job_row(member, job)
        row = None
        if column is not None:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"SELECT {column} FROM tropeiro_step s"  # noqa: S608 - one of two of ours
                    " WHERE s.job_id = %s AND s.path = %s AND s.round = %s AND s.attempt = %s",
                    [job, path, round_, attempt],
                )
                row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no such value."))
    text, blob = row
    return FsspecBlobs(settings.TROPEIRO.blobs).read(blob).decode() if blob else text or "null"


def _try(row: tuple[Any, ...]) -> StepTry:
    path, round_, attempt, n, state, uses, started, finished, reused, worker, input_, output, blob, error = row
    return StepTry(
        path=path,
        round=round_,
        attempt=attempt,
        n=n,
        state=StepState(state),
        uses=uses,
        started_at=started,
        finished_at=finished,
        reused=reused,
        worker=worker,
        input=Shown(input_),
        output=Shown(output, blob or ""),
        error=msgspec.json.decode(error) if error else None,
    )
