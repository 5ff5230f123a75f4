"""Which automations, services and projects the numbers come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics import bars as bars_of
from tropeiro.web.analytics.histogram import added, quantile
from tropeiro.web.analytics.metrics import Counts, Metric, Total
from tropeiro.web.analytics.period import Compare, Period, Segment
from tropeiro.web.analytics.scope import Scope, union
from tropeiro.web.analytics.series import SUMMED, SUMS
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class TopAutomation:
    """A workflow, automation service or service whose jobs were counted."""

    name: str
    """As its jobs are called, without the version: ``google-analytics/report``."""
    workflow: UUID | None
    service: UUID | None
    counts: Counts
    before: Counts | None
    status: JobState | None = None

    @property
    def jobs(self) -> Total:
        """How many, and how that changed."""
        before = None if self.before is None else float(self.before.jobs(self.status))
        return Total(Metric.JOBS, float(self.counts.jobs(self.status)), before, self.status)

    @property
    def p95(self) -> timedelta | None:
        """What 95 of 100 took at most."""
        return self.counts.duration(0.95, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopService:
    """A service that steps called."""

    service: str
    """``organization/project/name``."""
    calls: int
    failed: int
    retries: int
    billed: int
    p95: timedelta | None
    before: int | None

    @property
    def success(self) -> float | None:
        """The part of the calls that succeeded."""
        return (self.calls - self.failed) / self.calls if self.calls else None

    @property
    def change(self) -> Total:
        """How many, and how that changed."""
        return Total(Metric.JOBS, float(self.calls), None if self.before is None else float(self.before))


@dataclass(frozen=True, slots=True, kw_only=True)
class TopProject:
    """A project whose jobs were counted; ``None`` for jobs outside of any."""

    project: UUID | None
    slug: str
    name: str
    counts: Counts
    before: Counts | None

    @property
    def jobs(self) -> Total:
        """How many, and how that changed."""
        return Total(
            Metric.JOBS, float(self.counts.started), None if self.before is None else float(self.before.started)
        )


def top_automations(
    member: Member, scope: Scope, period: Period, compare: Compare = Compare.NONE, limit: int = SHOWN
) -> tuple[TopAutomation, ...]:
    """What ran most, with how many jobs it had before."""
    member.require(Verb.VIEW)
    condition, params = scope.condition(every=True)
    condition = f"r.level = 'version' AND {condition}"
    segments = _segments(period, compare)
    keys = ("workflow_version_id", "service_version_id", "name")
    rows, bounds = union("tropeiro_rollup", ", ".join(("r.at", *keys, *SUMMED)), condition, segments)
    params |= {"organization": member.organization, "limit": limit, **bounds}
    order = scope.status.value if scope.status is not None else "started"
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH v AS (SELECT part, {", ".join(keys)}, {SUMS} FROM ({rows}) r GROUP BY 1, 2, 3, 4),
            t AS (
                SELECT v.part, w.workflow_id, CASE WHEN w.workflow_id IS NULL THEN s.service_id END AS service_id,
                    split_part(v.name, '@', 1) AS name, array_agg(v.name) AS names, {SUMS}
                FROM v
                LEFT JOIN tropeiro_workflow_version w ON w.id = v.workflow_version_id
                LEFT JOIN tropeiro_service_version s ON s.id = v.service_version_id
                GROUP BY 1, 2, 3, 4)
            SELECT t.name, t.workflow_id, t.service_id, t.names, {", ".join(f"t.{one}" for one in SUMMED)},
                {", ".join(f"coalesce(b.{one}, 0)" for one in SUMMED)}
            FROM t LEFT JOIN t b ON b.part = 1 AND b.name = t.name
                AND b.workflow_id IS NOT DISTINCT FROM t.workflow_id AND b.service_id IS NOT DISTINCT FROM t.service_id
            WHERE t.part = 0 AND t.{order} > 0
            ORDER BY t.{order} DESC, t.name LIMIT %(limit)s
            """,  # noqa: S608 - names of ours
            params,
        )
        found = cursor.fetchall()
        now = [one for one in segments if one[0] == 0]
        bars = _bars_by_name(cursor, condition, params, now, [name for row in found for name in row[3]], scope.status)
    compared = compare is not Compare.NONE
    return tuple(
        TopAutomation(
            name=row[0],
            workflow=row[1],
            service=row[2],
            counts=Counts(**dict(zip(SUMMED, row[4:11], strict=True)), **_sum(bars, row[3])),
            before=Counts(**dict(zip(SUMMED, row[11:], strict=True))) if compared else None,
            status=scope.status,
        )
        for row in found
    )


def by_project(
    member: Member, scope: Scope, period: Period, compare: Compare = Compare.NONE, limit: int = SHOWN
) -> tuple[TopProject, ...]:
    """Jobs by project, most first. Of the scope, trigger and project count."""
    member.require(Verb.VIEW)
    narrow = Scope(project=scope.project, projectless=scope.projectless, trigger=scope.trigger)
    condition, params = narrow.condition(every=True)
    level = "project_trigger" if scope.trigger else "project"
    rows, bounds = union(
        "tropeiro_rollup",
        ", ".join(("r.at", "r.project_id", *SUMMED)),
        f"r.level = '{level}' AND {condition}",
        _segments(period, compare),
    )
    params |= {"organization": member.organization, "limit": limit, **bounds}
    now, before = (
        ", ".join(f"coalesce(sum({one}) FILTER (WHERE part = {part}), 0)::bigint" for one in SUMMED) for part in (0, 1)
    )
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT r.project_id, p.slug, p.name, {now}, {before} FROM ({rows}) r"  # noqa: S608 - names of ours
            " LEFT JOIN tropeiro_project p ON p.id = r.project_id"
            " GROUP BY 1, 2, 3 HAVING sum(r.started) FILTER (WHERE r.part = 0) > 0 ORDER BY 4 DESC, 2 LIMIT %(limit)s",
            params,
        )
        width = len(SUMMED)
        return tuple(
            TopProject(
                project=row[0],
                slug=row[1] or "",
                name=row[2] or row[1] or "",
                counts=Counts(**dict(zip(SUMMED, row[3 : 3 + width], strict=True))),
                before=None if compare is Compare.NONE else Counts(**dict(zip(SUMMED, row[3 + width :], strict=True))),
            )
            for row in cursor.fetchall()
        )


def offered(
    member: Member, period: Period, compare: Compare = Compare.NONE, limit: int = SHOWN
) -> tuple[TopAutomation, ...]:
    """The organization's own public services by their jobs, whoever's jobs called them."""
    member.require(Verb.VIEW)
    condition = (
        "r.level = 'version' AND r.service_version_id = ANY (ARRAY(SELECT v.id FROM tropeiro_service_version v"
        " JOIN tropeiro_service s ON s.id = v.service_id"
        " WHERE s.organization_id = %(organization)s AND s.visibility = 'public' AND s.removed_at IS NULL))"
    )
    rows, bounds = union(
        "tropeiro_rollup",
        ", ".join(("r.at", "r.service_version_id", *SUMMED)),
        condition,
        _segments(period, compare),
    )
    now, before = (
        ", ".join(f"coalesce(sum({one}) FILTER (WHERE part = {part}), 0)::bigint" for one in SUMMED) for part in (0, 1)
    )
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.slug || '/' || s.name, s.id, {now}, {before} FROM ({rows}) r"  # noqa: S608 - names of ours
            " JOIN tropeiro_service_version v ON v.id = r.service_version_id"
            " JOIN tropeiro_service s ON s.id = v.service_id JOIN tropeiro_project p ON p.id = s.project_id"
            " GROUP BY 1, 2 HAVING sum(r.started) FILTER (WHERE r.part = 0) > 0 ORDER BY 3 DESC, 1 LIMIT %(limit)s",
            {"organization": member.organization, "limit": limit, **bounds},
        )
        width = len(SUMMED)
        return tuple(
            TopAutomation(
                name=row[0],
                workflow=None,
                service=row[1],
                counts=Counts(**dict(zip(SUMMED, row[2 : 2 + width], strict=True))),
                before=None if compare is Compare.NONE else Counts(**dict(zip(SUMMED, row[2 + width :], strict=True))),
            )
            for row in cursor.fetchall()
        )


def services_and_usage(
    member: Member, scope: Scope, period: Period, compare: Compare = Compare.NONE, limit: int = SHOWN
) -> tuple[tuple[TopService, ...], tuple[TopService, ...]]:
    """Services by their calls, and those by the calls that may cost something: two lists, for which rows are read once.

    ``before`` counts what the list is sorted by. Of the scope, the project counts.
    """
    member.require(Verb.VIEW)
    condition, params = Scope(project=scope.project, projectless=scope.projectless).condition(every=True)
    segments = _segments(period, compare)
    rows, bounds = union(
        "tropeiro_rollup_call", "r.service, r.state, r.calls, r.retries, r.billed", condition, segments
    )
    params |= {"organization": member.organization, "limit": limit, **bounds}
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH summed AS (
                SELECT r.service, r.part, sum(r.calls) AS calls, sum(r.retries) AS retries, sum(r.billed) AS billed,
                    sum(r.calls) FILTER (WHERE r.state <> 'succeeded') AS failed
                FROM ({rows}) r GROUP BY 1, 2
            ),
            ranked AS (
                SELECT s.*, coalesce(b.calls, 0) AS calls_before, coalesce(b.billed, 0) AS billed_before,
                    row_number() OVER (ORDER BY s.calls DESC, s.service) AS by_calls,
                    row_number() OVER (ORDER BY s.billed DESC, s.service) AS by_billed
                FROM summed s LEFT JOIN summed b ON b.part = 1 AND b.service = s.service
                WHERE s.part = 0
            )
            SELECT r.service, r.calls::bigint, coalesce(r.failed, 0)::bigint, r.retries::bigint, r.billed::bigint,
                r.calls_before::bigint, r.billed_before::bigint, r.by_calls, r.by_billed
            FROM ranked r WHERE r.by_calls <= %(limit)s OR r.by_billed <= %(limit)s
            """,  # noqa: S608 - names of ours
            params,
        )
        found = cursor.fetchall()
        rows, bounds = union(
            "tropeiro_rollup_call",
            "r.service, r.buckets, r.counts",
            f"r.service = ANY (%(names)s) AND {condition}",
            [one for one in segments if one[0] == 0],
        )
        bars = bars_of.added_up(cursor, ("r.service",), rows, params | bounds | {"names": [row[0] for row in found]})
    compared = compare is not Compare.NONE

    def of(row: Any, before: int) -> TopService:
        service, calls, failed, retries, billed = row[:5]
        return TopService(
            service=service, calls=calls, failed=failed, retries=retries, billed=billed,
            p95=quantile(bars.get((service,), {}), 0.95), before=before if compared else None,
        )  # fmt: skip

    by_calls = sorted((row for row in found if row[7] <= limit and row[1]), key=lambda row: int(row[7]))
    by_billed = sorted((row for row in found if row[8] <= limit and row[4]), key=lambda row: int(row[8]))
    return tuple(of(row, row[5]) for row in by_calls), tuple(of(row, row[6]) for row in by_billed)


def _segments(period: Period, compare: Compare) -> list[tuple[int, Segment]]:
    """Of the period (part 0), and of the one that it is compared with (part 1)."""
    now = timezone.now()
    before = period.before(compare)
    return [(part, one) for part, of in enumerate((period, before)) if of is not None for one in of.segments(now)]


def _bars_by_name(
    cursor: Any,
    condition: str,
    params: dict[str, Any],
    segments: Sequence[tuple[int, Segment]],
    names: Sequence[str],
    status: JobState | None,
) -> dict[str, dict[str, dict[int, int]]]:
    """The histograms of the jobs of some names."""
    rows, bounds = union(
        "tropeiro_rollup", f"r.name, {bars_of.COLUMNS}", f"r.name = ANY (%(names)s) AND {condition}", segments
    )
    return bars_of.of_jobs(cursor, "r.name", rows, params | bounds | {"names": list(names)}, status)


def _sum(bars: Mapping[str, Mapping[str, Mapping[int, int]]], names: Sequence[str]) -> dict[str, Any]:
    """``good`` and ``bad`` of some names together."""
    total: dict[str, dict[int, int]] = {}
    for name in set(names):
        for kind, histogram in bars.get(name, {}).items():
            total[kind] = added(total.get(kind, {}), histogram)
    return total
