"""Reading acts on many jobs: how far they are, and what could not be done and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.jobs.bulk import Act
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Bulk:
    """An act on many jobs."""

    id: UUID
    act: Act
    version: str
    state: str
    """running, stopped or done."""
    chosen: str
    """Query of the filter that the jobs were chosen by; empty when they were ticked."""
    total: int
    done: int
    refused: int
    left: int
    started_by: str
    created_at: datetime
    finished_at: datetime | None

    @property
    def tried(self) -> int:
        """How many have their outcome."""
        return self.done + self.refused + self.left

    @property
    def percent(self) -> int:
        """How much of it has its outcome."""
        return 100 * self.tried // self.total


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One job of it."""

    n: int
    job: UUID
    name: str
    outcome: str
    """done, refused, left; empty while it was not tried."""
    code: str
    message: str
    new_job: UUID | None


def bulk(member: Member, id: UUID) -> Bulk:  # noqa: A002 - the word that callers use
    """One act on many jobs. Raises `NotFound`."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.id, b.act, b.version, b.state, b.chosen, b.total, b.started_by, b.created_at, b.finished_at,"
            " (SELECT count(*) FROM tropeiro_bulk_item i WHERE i.bulk_id = b.id AND i.outcome = 'done'),"
            " (SELECT count(*) FROM tropeiro_bulk_item i WHERE i.bulk_id = b.id AND i.outcome = 'refused'),"
            " (SELECT count(*) FROM tropeiro_bulk_item i WHERE i.bulk_id = b.id AND i.outcome = 'left')"
            " FROM tropeiro_bulk b WHERE b.id = %s AND b.organization_id = %s",
            [id, member.organization],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is no such act on many jobs that you can see."))
    return Bulk(
        id=row[0], act=Act(row[1]), version=row[2], state=row[3], chosen=row[4], total=row[5], started_by=row[6],
        created_at=row[7], finished_at=row[8], done=row[9], refused=row[10], left=row[11],
    )  # fmt: skip


def items(
    member: Member,
    id: UUID,  # noqa: A002
    *,
    after: int = 0,
    limit: int = 100,
    refused_only: bool = False,
) -> tuple[Item, ...]:
    """Its jobs after number ``after``, in order; only those that were not done when asked so. Raises `NotFound`."""
    bulk(member, id)
    only = "AND i.outcome IN ('refused', 'left')" if refused_only else ""
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.n, i.job_id, i.name, coalesce(i.outcome, ''), i.code, i.message, i.new_job_id"  # noqa: S608 - ours
            f" FROM tropeiro_bulk_item i WHERE i.bulk_id = %s AND i.n > %s {only} ORDER BY i.n LIMIT %s",
            [id, after, max(1, min(limit, MOST))],
        )
        return tuple(
            Item(n=row[0], job=row[1], name=row[2], outcome=row[3], code=row[4], message=row[5], new_job=row[6])
            for row in cursor.fetchall()
        )
