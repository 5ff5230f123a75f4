"""The numbers of many projects, workflows or services at once, for the rows of their lists: one statement a list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.histogram import quantile
from tropeiro.web.analytics.period import Period, last_days
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A job that ended, as one bar of a row."""

    job: UUID
    state: JobState
    duration: timedelta | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stats:
    """What was counted of one thing in the last days."""

    jobs: int = 0
    """Jobs started; of a service, calls."""
    succeeded: int = 0
    failed: int = 0
    """Failed or timed out."""
    billed: int = 0
    """Calls that may cost something."""
    spark: tuple[int, ...] = ()
    """``jobs`` by the day, the oldest first, today at the end."""
    p50: timedelta | None = None
    p95: timedelta | None = None
    last_failure: datetime | None = None
    last_failed_job: UUID | None = None
    """``None`` of services, whose calls are in jobs of many kinds."""
    outcomes: tuple[Outcome, ...] = ()
    """Of workflows and automations: the last 20 jobs that ended, the oldest first."""

    @property
    def success(self) -> float | None:
        """The part that succeeded of what came to an end by itself; ``None`` when nothing did."""
        ended = self.succeeded + self.failed
        return self.succeeded / ended if ended else None


def project_stats(member: Member, ids: Sequence[UUID], days: int = 7) -> Mapping[UUID, Stats]:
    """Jobs, success, sparkline, last failure and billed calls of projects, over the last ``days`` with today."""
    found = _read(member, _PROJECTS, ids, days)
    return {id_: found.get(id_, Stats(spark=(0,) * days)) for id_ in ids}


def workflow_stats(member: Member, ids: Sequence[UUID], days: int = 7) -> Mapping[UUID, Stats]:
    """The same of workflows, with the last 20 outcomes. An automation service has the numbers of its workflow."""
    found = _read(member, _targets("workflow"), ids, days)
    return {id_: found.get(id_, Stats(spark=(0,) * days)) for id_ in ids}


def automation_stats(member: Member, ids: Sequence[UUID], days: int = 7) -> Mapping[UUID, Stats]:
    """The same by the ids of automation services, or of services that were started as jobs of their own."""
    found = _read(member, _targets("service"), ids, days)
    return {id_: found.get(id_, Stats(spark=(0,) * days)) for id_ in ids}


def service_stats(member: Member, ids: Sequence[UUID], days: int = 7) -> Mapping[UUID, Stats]:
    """Calls of services by this organization's steps: how many, success, sparkline, durations, last failure."""
    found = _read(member, _SERVICES, ids, days)
    return {id_: found.get(id_, Stats(spark=(0,) * days)) for id_ in ids}


def _read(member: Member, statement: str, ids: Sequence[UUID], days: int) -> dict[UUID, Stats]:
    """Runs a statement that gives one row an id: see `_stats` for its columns."""
    member.require(Verb.VIEW)
    if not ids:
        return {}
    period = _last(days)
    params = {"organization": member.organization, "ids": list(ids), **_bounds(period)}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return {row[0]: _stats(row[1:], period) for row in cursor.fetchall()}


def service_order(days: int = 7) -> tuple[str, Mapping[str, Any]]:
    """By what services can be ordered as `service_stats` tells them: a common table ``numbers``, and its parameters.

    Its columns are ``service`` (organization/project/name), ``calls``, ``success`` (0 to 1) and ``p95`` (the number of
    a bucket); ``organization`` is a parameter of the statement that it goes into.
    """
    return _SERVICE_ORDER, _bounds(_last(days))


def _last(days: int) -> Period:
    zone = timezone.get_current_timezone()
    return last_days(days, timezone.now(), zone if isinstance(zone, ZoneInfo) else ZoneInfo("UTC"))


def _bounds(period: Period) -> dict[str, Any]:
    segment = period.series_segment()
    # Durations are not cut by the reader's days, so days of UTC will do inside.
    whole = next((one for one in period.segments(period.end) if one.grain == "day"), None)
    return {
        "start": segment.start,
        "end": segment.end,
        "first": whole.start if whole else segment.end,
        "last": whole.end if whole else segment.end,
        "zone": str(period.zone),
    }


def _stats(row: Sequence[Any], period: Period) -> Stats:
    jobs, succeeded, failed, billed, by_day, bars, last_at, last_job, outcomes = row
    days = dict(by_day or ())
    histogram: dict[int, int] = {}
    for bucket, n in bars or ():
        histogram[bucket] = histogram.get(bucket, 0) + n
    return Stats(
        jobs=jobs,
        succeeded=succeeded,
        failed=failed,
        billed=billed,
        spark=tuple(days.get(start.date().isoformat(), 0) for start in period.buckets_by_day),
        p50=quantile(histogram, 0.5),
        p95=quantile(histogram, 0.95),
        last_failure=None if last_at is None else datetime.fromisoformat(last_at),
        last_failed_job=None if last_job is None else UUID(last_job),
        outcomes=tuple(_outcome(*one) for one in reversed(outcomes or ())),
    )


def _outcome(job: str, state: str, us: int | None, at: str) -> Outcome:
    length = None if us is None else timedelta(microseconds=us)
    return Outcome(job=UUID(job), state=JobState(state), duration=length, at=datetime.fromisoformat(at))


# Each statement: id; jobs, succeeded, failed, billed; jobs by day and bars as pairs; last failure, its job; outcomes.
_DAY = "to_char((r.at + interval '59 minutes') AT TIME ZONE %(zone)s, 'YYYY-MM-DD')"


def _bars(key: str, of: str, condition: str, buckets: str, counts: str) -> str:
    """The common table ``bars``: the histogram of each thing, of days of UTC and the hours around them."""
    stretches = (("hour", "start", "first"), ("day", "first", "last"), ("hour", "last", "end"))
    rows = " UNION ALL ".join(
        f"SELECT {key} AS id, unnest({buckets}) AS bucket, unnest({counts}) AS n FROM {of}"  # noqa: S608 - names of ours
        f" WHERE r.organization_id = %(organization)s AND r.grain = '{grain}'"
        f" AND r.at >= %({start})s AND r.at < %({end})s AND {condition}"
        for grain, start, end in stretches
    )
    return f"""bars AS (
    SELECT b.id, json_agg(json_build_array(b.bucket, b.n)) AS bars
    FROM (SELECT h.id, h.bucket, sum(h.n) AS n FROM ({rows}) h GROUP BY 1, 2) b GROUP BY 1
)"""  # noqa: S608 - names of ours


_BOTH = ("r.buckets || r.failed_buckets", "r.counts || r.failed_counts")
_PROJECTS = f"""
WITH r AS (
    SELECT r.project_id, r.at, r.started, r.succeeded, r.failed, r.timed_out FROM tropeiro_rollup r
    WHERE r.organization_id = %(organization)s AND r.grain = 'hour' AND r.level = 'project'
      AND r.at >= %(start)s AND r.at < %(end)s AND r.project_id = ANY (%(ids)s)
),
sums AS (
    SELECT r.project_id AS id, sum(r.started) AS jobs, sum(r.succeeded) AS succeeded,
        sum(r.failed + r.timed_out) AS failed
    FROM r GROUP BY 1
),
days AS (
    SELECT d.id, json_agg(json_build_array(d.day, d.n)) AS days
    FROM (SELECT r.project_id AS id, {_DAY} AS day, sum(r.started) AS n FROM r GROUP BY 1, 2) d GROUP BY 1
),
{_bars("r.project_id", "tropeiro_rollup r", "r.level = 'project' AND r.project_id = ANY (%(ids)s)", *_BOTH)},
billed AS (
    SELECT c.project_id AS id, sum(c.billed) AS n FROM tropeiro_rollup_call c
    WHERE c.organization_id = %(organization)s AND c.grain = 'hour' AND c.at >= %(start)s AND c.at < %(end)s
      AND c.project_id = ANY (%(ids)s)
    GROUP BY 1
),
failure AS (
    SELECT DISTINCT ON (f.project_id) f.project_id AS id, f.last_at, f.last_job_id FROM tropeiro_rollup_failure f
    WHERE f.organization_id = %(organization)s AND f.at >= %(start)s - interval '1 hour' AND f.at < %(end)s
      AND f.project_id = ANY (%(ids)s)
    ORDER BY f.project_id, f.last_at DESC
)
SELECT s.id, s.jobs::bigint, s.succeeded::bigint, s.failed::bigint, coalesce(c.n, 0)::bigint, d.days, b.bars,
    to_json(f.last_at) #>> '{{}}', f.last_job_id::text, NULL
FROM sums s
LEFT JOIN days d USING (id) LEFT JOIN bars b USING (id) LEFT JOIN billed c USING (id) LEFT JOIN failure f USING (id)
"""  # noqa: S608 - names of ours


def _targets(kind: str) -> str:
    """The statement for workflows, or for services that were run as jobs."""
    version = f"{kind}_version_id"
    return f"""
WITH v AS (SELECT v.id, v.{kind}_id AS target FROM tropeiro_{kind}_version v WHERE v.{kind}_id = ANY (%(ids)s)),
r AS (
    SELECT v.target AS id, r.at, r.started, r.succeeded, r.failed, r.timed_out
    FROM v JOIN tropeiro_rollup r ON r.{version} = v.id
    WHERE r.organization_id = %(organization)s AND r.grain = 'hour' AND r.level = 'version'
      AND r.at >= %(start)s AND r.at < %(end)s
),
sums AS (
    SELECT r.id, sum(r.started) AS jobs, sum(r.succeeded) AS succeeded, sum(r.failed + r.timed_out) AS failed
    FROM r GROUP BY 1
),
days AS (
    SELECT d.id, json_agg(json_build_array(d.day, d.n)) AS days
    FROM (SELECT r.id, {_DAY} AS day, sum(r.started) AS n FROM r GROUP BY 1, 2) d GROUP BY 1
),
{_bars("v.target", f"v JOIN tropeiro_rollup r ON r.{version} = v.id", "r.level = 'version'", *_BOTH)},
failure AS (
    SELECT DISTINCT ON (v.target) v.target AS id, f.last_at, f.last_job_id
    FROM v JOIN tropeiro_rollup_failure f ON f.{version} = v.id
    WHERE f.organization_id = %(organization)s AND f.at >= %(start)s - interval '1 hour' AND f.at < %(end)s
    ORDER BY v.target, f.last_at DESC
),
newest AS (
    SELECT o.id, json_agg(json_build_array(o.job_id, o.state, o.us, o.at) ORDER BY o.at DESC) AS outcomes
    FROM (
        SELECT v.target AS id, o.*, row_number() OVER (PARTITION BY v.target ORDER BY o.at DESC) AS place
        FROM v JOIN tropeiro_rollup_newest n ON n.{version} = v.id AND n.organization_id = %(organization)s
        CROSS JOIN LATERAL unnest(n.outcomes) o
    ) o WHERE o.place <= 20 GROUP BY 1
)
SELECT i.id, coalesce(s.jobs, 0)::bigint, coalesce(s.succeeded, 0)::bigint, coalesce(s.failed, 0)::bigint, 0::bigint,
    d.days, b.bars, to_json(f.last_at) #>> '{{}}', f.last_job_id::text, n.outcomes
FROM unnest(%(ids)s::uuid[]) AS i(id)
LEFT JOIN sums s USING (id) LEFT JOIN days d USING (id) LEFT JOIN bars b USING (id) LEFT JOIN failure f USING (id)
LEFT JOIN newest n USING (id)
"""  # noqa: S608 - names of ours


_SERVICES = f"""
WITH v AS (
    SELECT s.id AS target, o.slug || '/' || p.slug || '/' || s.name AS service
    FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id
    JOIN tropeiro_organization o ON o.id = s.organization_id
    WHERE s.id = ANY (%(ids)s)
),
r AS (
    SELECT v.target AS id, r.at, r.state, r.calls, r.billed FROM v JOIN tropeiro_rollup_call r ON r.service = v.service
    WHERE r.organization_id = %(organization)s AND r.grain = 'hour' AND r.at >= %(start)s AND r.at < %(end)s
),
days AS (
    SELECT d.id, json_agg(json_build_array(d.day, d.n)) AS days
    FROM (SELECT r.id, {_DAY} AS day, sum(r.calls) AS n FROM r GROUP BY 1, 2) d GROUP BY 1
),
{_bars("v.target", "v JOIN tropeiro_rollup_call r ON r.service = v.service", "true", "r.buckets", "r.counts")},
sums AS (
    SELECT r.id, sum(r.calls) AS jobs, sum(r.calls) FILTER (WHERE r.state = 'succeeded') AS succeeded,
        sum(r.calls) FILTER (WHERE r.state <> 'succeeded') AS failed, sum(r.billed) AS billed,
        max(r.at) FILTER (WHERE r.state <> 'succeeded') AS last_at
    FROM r GROUP BY 1
)
SELECT s.id, s.jobs::bigint, coalesce(s.succeeded, 0)::bigint, coalesce(s.failed, 0)::bigint, s.billed::bigint, d.days,
    b.bars, to_json(s.last_at) #>> '{{}}', NULL, NULL
FROM sums s LEFT JOIN days d USING (id) LEFT JOIN bars b USING (id)
"""  # noqa: S608 - names of ours

_SERVICE_ORDER = f"""
called AS (
    SELECT r.service, sum(r.calls)::float8 AS calls,
        (sum(r.calls) FILTER (WHERE r.state = 'succeeded'))::float8 AS succeeded
    FROM tropeiro_rollup_call r
    WHERE r.organization_id = %(organization)s AND r.grain = 'hour' AND r.at >= %(start)s AND r.at < %(end)s
    GROUP BY 1
),
{_bars("r.service", "tropeiro_rollup_call r", "true", "r.buckets", "r.counts")},
slow AS (
    SELECT q.id AS service, min(q.bucket) FILTER (WHERE q.seen >= 0.95 * q.total) AS p95
    FROM (
        SELECT b.id, (one ->> 0)::integer AS bucket,
            sum((one ->> 1)::numeric) OVER (PARTITION BY b.id ORDER BY (one ->> 0)::integer) AS seen,
            sum((one ->> 1)::numeric) OVER (PARTITION BY b.id) AS total
        FROM bars b CROSS JOIN LATERAL json_array_elements(b.bars) AS one
    ) q GROUP BY 1
),
numbers AS (
    SELECT c.service, c.calls, coalesce(c.succeeded, 0) / nullif(c.calls, 0) AS success, s.p95::float8 AS p95
    FROM called c LEFT JOIN slow s USING (service)
)
"""  # noqa: S608 - names of ours
