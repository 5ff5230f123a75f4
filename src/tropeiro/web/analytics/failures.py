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
            WITH named AS MATERIALIZED (
                SELECT r.code, r.fingerprint, r.name, sum(r.failures) AS failures, max(r.last_at) AS last_at
                FROM tropeiro_rollup_failure r
                WHERE r.organization_id = %(organization)s AND r.at > %(start)s - interval '1 hour' AND r.at < %(end)s
                  AND r.last_at >= %(start)s AND {condition}
                GROUP BY 1, 2, 3
            ),
            -- Nothing is sorted but these few; the newest of each is looked up in its hour.
            shown AS (
                SELECT n.code, n.fingerprint, sum(n.failures)::bigint AS failures,
                    count(DISTINCT split_part(n.name, '@', 1)) AS automations, max(n.last_at) AS last_at
                FROM named n GROUP BY 1, 2 ORDER BY 5 DESC, 1, 2 LIMIT %(limit)s
            )
            SELECT s.code, newest.message, s.failures, s.automations, newest.name, s.last_at, newest.last_job_id
            FROM shown s CROSS JOIN LATERAL (
                SELECT r.message, r.name, r.last_job_id FROM tropeiro_rollup_failure r
                WHERE r.organization_id = %(organization)s AND r.at = date_trunc('hour', s.last_at, 'UTC')
                  AND r.code = s.code AND r.fingerprint = s.fingerprint AND r.last_at = s.last_at AND {condition}
                ORDER BY r.last_job_id DESC LIMIT 1) newest
            ORDER BY s.last_at DESC, s.code, s.fingerprint
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
