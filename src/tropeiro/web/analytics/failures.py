"""Failures by what they have in common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from tropeiro.web.analytics.period import Period, Unit
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureGroup:
    """Jobs that failed with the same code, and the same message but for numbers, ids and quoted texts."""

    code: str
    message: str
    """Of the newest, at most 500 characters."""
    failures: int
    automations: int
    """How many different ones they are of."""
    name: str
    """What the newest job is called."""
    last_at: datetime
    last_job: UUID


def latest_failures(member: Member, scope: Scope, period: Period, limit: int = SHOWN) -> tuple[FailureGroup, ...]:
    """The groups whose newest job is the newest. They are kept by the hour."""
    member.require(Verb.VIEW)
    condition, params = scope.condition(every=True)
    start = period.start if period.unit is Unit.MINUTE else period.series_segment().start
    params |= {"organization": member.organization, "start": start, "end": period.end, "limit": limit}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT r.code, (array_agg(r.message ORDER BY r.last_at DESC))[1], sum(r.failures)::bigint,
                count(DISTINCT split_part(r.name, '@', 1)), (array_agg(r.name ORDER BY r.last_at DESC))[1],
                max(r.last_at), (array_agg(r.last_job_id ORDER BY r.last_at DESC))[1]
            FROM tropeiro_rollup_failure r
            WHERE r.organization_id = %(organization)s AND r.at > %(start)s - interval '1 hour' AND r.at < %(end)s
              AND r.last_at >= %(start)s AND {condition}
            GROUP BY r.code, r.fingerprint ORDER BY 6 DESC LIMIT %(limit)s
            """,  # noqa: S608 - names of ours
            params,
        )
        return tuple(
            FailureGroup(
                code=code, message=message, failures=failures, automations=automations, name=name, last_at=last_at,
                last_job=last_job,
            )
            for code, message, failures, automations, name, last_at, last_job in cursor.fetchall()
        )  # fmt: skip
