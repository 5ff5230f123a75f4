"""Reading limits, with how many calls are under way under each and how many wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import NotFound
from tropeiro.sql import statement
from tropeiro.web.limits.wanted import Rate
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitRow:
    """A limit of the organization's."""

    id: UUID
    kind: LimitKind
    subject: str
    """``organization/project/service``, or the credential's name."""
    everyone: bool
    """The calls of all organizations count together: the service is the organization's own."""
    project: str | None
    concurrency: int | None
    rate: Rate | None
    running: int
    waiting: int
    updated_at: datetime


def list_limits(member: Member) -> tuple[LimitRow, ...]:
    """All limits of the organization, by what they are for. Raises `Forbidden`."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(statement("limits", "list_limits"), {"organization": member.organization})
        rows = cursor.fetchall()
    found = []
    for id_, kind, subject, everyone, project, concurrency, calls, period_ms, burst, running, waiting, changed in rows:
        rate = None if calls is None else Rate(calls=calls, period_ms=period_ms, burst=burst)
        found.append(
            LimitRow(
                id=id_, kind=LimitKind(kind), subject=subject, everyone=everyone, project=project,
                concurrency=concurrency, rate=rate, running=running, waiting=waiting, updated_at=changed,
            )
        )  # fmt: skip
    return tuple(found)


def limit(member: Member, id_: UUID) -> LimitRow:
    """One limit. Raises `NotFound`."""
    for row in list_limits(member):
        if row.id == id_:
            return row
    raise NotFound(_("There is no limit %(id)s that you can see.") % {"id": id_})


def limit_for(member: Member, kind: LimitKind, subject: str, project: str | None = None) -> LimitRow:
    """The limit for one thing; a service may be named by its end. Raises `NotFound`."""
    for row in list_limits(member):
        same = row.subject == subject or (kind is LimitKind.SERVICE and row.subject.endswith(f"/{subject}"))
        if row.kind is kind and same and row.project == project:
            return row
    raise NotFound(_("There is no such limit that you can see."), hint=_("See: tropeiro limit list"))
