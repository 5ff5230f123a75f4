"""Measure what dashboards ask: ten million jobs in 90 days, as rollups and as rows, in a database of their own.

    python -m benchmarks.dashboard [--jobs N] [--rows N] [--runs N]

``--jobs`` is how many jobs the rollups stand for; ``--rows`` how many rows of jobs stand beside them (by default as
many), which no query may need. 40 automations in 8 projects, two triggers each, 40 services; two periods of 90 days.
Prints a table of medians and slowest runs in milliseconds, and what rolling costs. Exits with 1 when a query of the
dashboard takes 200 ms or longer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import django
import psycopg

from benchmarks.installation import Installation, installed
from tropeiro.platform.opening import child_environ
from tropeiro.sql import statement

MOST_MS = 200.0
ZONE = ZoneInfo("America/Sao_Paulo")
AUTOMATIONS, PROJECTS, TRIGGERS, SERVICES = 40, 8, ("manual", "schedule"), 40
HOURS = 180 * 24
BARS, WIDE_BARS = 14, 60
"""Buckets of a histogram: of one automation, and of many together."""

_TARGETS = """
INSERT INTO tropeiro_project (id, organization_id, slug, name, description, created_at)
SELECT md5('project' || n)::uuid, %(organization)s, 'p' || n, 'Project ' || n, '', now()
FROM generate_series(1, %(projects)s) n;
INSERT INTO tropeiro_workflow (id, organization_id, project_id, name, description, automation, created_at)
SELECT md5('workflow' || n)::uuid, %(organization)s, md5('project' || 1 + n %% %(projects)s)::uuid, 'w' || n, '', false,
    now()
FROM generate_series(1, %(automations)s) n;
INSERT INTO tropeiro_workflow_version (id, organization_id, workflow_id, version, document, pinned, pins, message,
    created_at)
SELECT md5('version' || n)::uuid, %(organization)s, md5('workflow' || n)::uuid, 1, '', '{}', '{}', '', now()
FROM generate_series(1, %(automations)s) n
"""
# A row for each grain and each thing of a level; what differs is the time of the day.
_ROLLUPS = """
INSERT INTO tropeiro_rollup (grain, at, organization_id, level, project_id, workflow_version_id, name, trigger, started,
    succeeded, failed, steps, retries, us, buckets, counts, failed_buckets, failed_counts)
SELECT %(grain)s, date_trunc(%(grain)s, now(), 'UTC') - h * ('1 ' || %(grain)s)::interval, %(organization)s, %(level)s,
    {project}, {version}, {name}, {trigger}, n, n - n / 50, n / 50, n * 5, n / 20, n * 2000000,
    array(SELECT (140 + b)::smallint FROM generate_series(1, %(bars)s) b),
    array(SELECT greatest(1, n / %(bars)s)::bigint FROM generate_series(1, %(bars)s) b), '{{150}}',
    array[n / 50]::bigint[]
FROM generate_series(0, %(count)s - 1) h, {things},
    LATERAL (SELECT (%(each)s * (1 + sin(h * pi() / 12) * 0.6))::bigint AS n) n
"""
_PROJECT, _TRIGGER = "md5('project' || p)::uuid", "t"
_OF_PROJECTS, _OF_TRIGGERS = "generate_series(1, %(projects)s) p", "unnest(%(triggers)s::text[]) t"
_LEVELS = {
    "organization": ("generate_series(1, 1) one", "NULL::uuid", "NULL::uuid", "''", "''"),
    "trigger": (_OF_TRIGGERS, "NULL::uuid", "NULL::uuid", "''", _TRIGGER),
    "project": (_OF_PROJECTS, _PROJECT, "NULL::uuid", "''", "''"),
    "project_trigger": (f"{_OF_PROJECTS}, {_OF_TRIGGERS}", _PROJECT, "NULL::uuid", "''", _TRIGGER),
    "version": (
        f"generate_series(1, %(automations)s) a, {_OF_TRIGGERS}",
        "md5('project' || 1 + a %% %(projects)s)::uuid",
        "md5('version' || a)::uuid",
        "'p' || 1 + a %% %(projects)s || '/w' || a || '@1'",
        _TRIGGER,
    ),
}
_THINGS = {
    "organization": 1,
    "trigger": len(TRIGGERS),
    "project": PROJECTS,
    "project_trigger": PROJECTS * len(TRIGGERS),
    "version": AUTOMATIONS * len(TRIGGERS),
}
_CALLS = """
INSERT INTO tropeiro_rollup_call (grain, at, organization_id, project_id, service, version, state, code, calls, retries,
    billed, us, buckets, counts)
SELECT g.grain, date_trunc(g.grain, h.at, 'UTC'), %(organization)s, md5('project' || 1 + s %% %(projects)s)::uuid,
    'acme/p/s' || s, '1', o.state, o.code, count(*) * 100, count(*), count(*) * 50, count(*) * 1000000,
    array(SELECT (130 + s %% 20 + b)::smallint FROM generate_series(1, %(bars)s) b),
    array(SELECT 7::bigint FROM generate_series(1, %(bars)s) b)
FROM (SELECT date_trunc('hour', now(), 'UTC') - h * interval '1 hour' AS at FROM generate_series(0, %(hours)s - 1) h) h,
    generate_series(1, %(services)s) s, (VALUES ('succeeded', ''), ('failed', 'http_503')) AS o(state, code),
    (VALUES ('hour'), ('day')) AS g(grain)
GROUP BY 1, 2, s, o.state, o.code
"""
_FAILURES = """
INSERT INTO tropeiro_rollup_failure (at, organization_id, project_id, workflow_version_id, name, trigger, code,
    fingerprint, message, failures, last_at, last_job_id)
SELECT date_trunc('hour', now(), 'UTC') - h * interval '1 hour', %(organization)s,
    md5('project' || 1 + a %% %(projects)s)::uuid, md5('version' || a)::uuid, 'p/w' || a || '@1', 'manual',
    'code' || a %% 12, md5(f::text), 'It failed in way ' || f, 3, now() - h * interval '1 hour', gen_random_uuid()
FROM generate_series(0, %(hours)s - 1) h, generate_series(1, %(automations)s, 3) a, generate_series(1, 2) f
"""
_JOBS = """
INSERT INTO tropeiro_job (id, organization_id, project_id, workflow_version_id, name, route_digest, state, trigger,
    root_job_id, created_at, started_at, finished_at)
SELECT i.id, %(organization)s, md5('project' || 1 + n %% %(projects)s)::uuid,
    md5('version' || 1 + n %% %(automations)s)::uuid, 'p/w@1', 'd',
    CASE WHEN n %% 50 = 0 THEN 'failed' WHEN n <= 40 THEN 'running' ELSE 'succeeded' END, 'manual', i.id,
    i.at, i.at, i.at + interval '2 seconds'
FROM generate_series(%(first)s::bigint, %(last)s) n, LATERAL (
    SELECT now() - n * (interval '90 days' / %(rows)s) AS at,
        overlay(gen_random_uuid()::text placing
            left(tropeiro_first_id(now() - n * (interval '90 days' / %(rows)s))::text, 13) from 1)::uuid AS id) i
"""


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=10_000_000)
    parser.add_argument("--rows", type=int, default=None)
    parser.add_argument("--runs", type=int, default=7)
    chosen = parser.parse_args()
    with installed() as installation:
        begin = time.perf_counter()
        fill(installation, chosen.jobs, chosen.jobs if chosen.rows is None else chosen.rows)
        print(f"filled in {time.perf_counter() - begin:.0f} s; load average {os.getloadavg()[0]:.1f}")
        for table in ("tropeiro_job", "tropeiro_rollup", "tropeiro_rollup_call", "tropeiro_rollup_failure"):
            print(f"{table}: {size(installation.connection, table)}")
        slow = measure(installation, chosen.runs)
        rolling(installation)
    if slow:
        raise SystemExit(f"Slower than {MOST_MS:.0f} ms: {', '.join(slow)}")


def fill(installation: Installation, jobs: int, rows: int) -> None:
    """Write rollups that stand for ``jobs`` in 90 days, as many before them, and ``rows`` of jobs."""
    connection = installation.connection
    params: dict[str, Any] = {
        "organization": installation.organization, "projects": PROJECTS, "automations": AUTOMATIONS, "hours": HOURS,
        "triggers": list(TRIGGERS), "services": SERVICES, "bars": BARS, "rows": rows,
    }  # fmt: skip
    for part in _TARGETS.split(";"):
        connection.execute(part, params)
    for grain, count, hours in (("hour", HOURS, 1), ("day", HOURS // 24, 24)):
        for level, (things, project, version, name, trigger) in _LEVELS.items():
            text = _ROLLUPS.format(things=things, project=project, version=version, name=name, trigger=trigger)
            of_level = {
                "grain": grain, "level": level, "count": count, "each": jobs / (90 * 24) * hours / _THINGS[level],
                "bars": BARS if level == "version" else WIDE_BARS,
            }  # fmt: skip
            connection.execute(text, params | of_level)
    connection.execute(_CALLS, params)
    connection.execute(_FAILURES, params)
    connection.execute("SELECT tropeiro_ensure_partitions(now() - interval '97 days', now())")
    for first in range(1, rows + 1, 500_000):
        connection.execute(_JOBS, {**params, "first": first, "last": min(rows, first + 499_999)})
    connection.execute("VACUUM ANALYZE")


def measure(installation: Installation, runs: int) -> list[str]:
    """Print how long each query takes; the names of those that take too long."""
    os.environ.update(child_environ(installation.config))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tropeiro.web.settings"
    django.setup()
    rows, slow = asked(installation), []
    print(f"{'query':<44} {'median':>9} {'slowest':>9}")
    for name, ask in rows:
        ask()
        times = []
        for _ in range(runs):
            begin = time.perf_counter()
            ask()
            times.append((time.perf_counter() - begin) * 1000)
        print(f"{name:<44} {statistics.median(times):>6.1f} ms {max(times):>6.1f} ms")
        if statistics.median(times) >= MOST_MS:
            slow.append(name)
    return slow


def asked(installation: Installation) -> list[tuple[str, Callable[[], Any]]]:
    """Every query of the dashboard over 90 days beside the 90 before, by name, and those of lists."""
    # Django can be asked for its parts only once it is set up.
    from tropeiro.web.analytics import period as periods  # noqa: PLC0415
    from tropeiro.web.analytics import queries  # noqa: PLC0415
    from tropeiro.web.analytics.period import Compare  # noqa: PLC0415
    from tropeiro.web.analytics.scope import Scope  # noqa: PLC0415
    from tropeiro.web.member import Member  # noqa: PLC0415
    from tropeiro.web.permissions import Role  # noqa: PLC0415

    found = installation.connection.execute(
        "SELECT slug FROM tropeiro_organization WHERE id = %s", [installation.organization]
    ).fetchone()
    projects = [row[0] for row in installation.connection.execute("SELECT id FROM tropeiro_project").fetchall()]
    workflows = [row[0] for row in installation.connection.execute("SELECT id FROM tropeiro_workflow").fetchall()]
    member = Member(
        user=None, label="bench", organization=installation.organization, organization_slug=found[0] if found else "",
        role=Role.OWNER,
    )  # fmt: skip
    now, before, scope = datetime.now(UTC), Compare.PREVIOUS, Scope()
    quarter, week = periods.last_days(90, now, ZONE), periods.last_days(7, now, ZONE)
    one = Scope(workflow=workflows[0])
    return [
        ("totals, 90 days and the 90 before", lambda: queries.totals(member, scope, quarter, before)),
        ("totals, 7 days", lambda: queries.totals(member, scope, week, before)),
        ("totals of one trigger", lambda: queries.totals(member, Scope(trigger="manual"), quarter, before)),
        ("totals of one project", lambda: queries.totals(member, Scope(project=projects[-1]), quarter, before)),
        ("totals of one automation", lambda: queries.totals(member, one, quarter, before)),
        ("chart of jobs, 90 days", lambda: queries.series(member, scope, quarter, before)),
        ("chart of jobs, 7 days by the hour", lambda: queries.series(member, scope, week, before)),
        ("chart of p95, 90 days", lambda: queries.series(member, scope, quarter, before, durations=True)),
        ("chart of p95 of one automation", lambda: queries.series(member, one, quarter, before, durations=True)),
        ("top automations", lambda: queries.top_automations(member, scope, quarter, before)),
        ("top services and usage", lambda: queries.services_and_usage(member, scope, quarter, before)),
        ("latest failures", lambda: queries.latest_failures(member, scope, quarter)),
        ("jobs by project", lambda: queries.by_project(member, scope, quarter, before)),
        ("your public services", lambda: queries.offered(member, quarter, before)),
        ("running now", lambda: queries.running_now(member)),
        ("under way", lambda: queries.open_jobs(member)),
        ("last 30 minutes", lambda: queries.minutes(member, zone=ZONE)),
        ("rows of 8 projects, 7 days", lambda: queries.project_stats(member, projects)),
        ("rows of 40 workflows, 7 days", lambda: queries.workflow_stats(member, workflows)),
        ("calls of one service", lambda: queries.call_totals(member, "acme/p/s1", quarter, before)),
    ]


def rolling(installation: Installation) -> None:
    """Print what counting costs: 20,000 changes of the newest jobs."""
    connection = installation.connection
    connection.execute(
        "INSERT INTO tropeiro_tally (job_id, kind, at, us, service, state)"
        " SELECT j.id, k.kind, now(), 2000, 'acme/p/s1@1', 'succeeded'"
        " FROM (SELECT id FROM tropeiro_job WHERE organization_id = %s ORDER BY id DESC LIMIT 2500) j,"
        " unnest(ARRAY['started', 'ended', 'step', 'step', 'step', 'step', 'step', 'step']) AS k(kind)",
        [installation.organization],
    )
    begin = time.perf_counter()
    found = connection.execute(statement("rollups", "roll"), {"limit": 20_000}).fetchone()
    took = (time.perf_counter() - begin) * 1000
    count = found[0] if found else 0
    print(f"counting {count} changes: {took:.0f} ms, {took * 1000 / max(1, count):.0f} µs each")


def size(connection: psycopg.Connection[Any], table: str) -> str:
    """How many rows a partitioned table has, and how large it is."""
    found = connection.execute(
        "SELECT sum(c.reltuples)::bigint, pg_size_pretty(sum(pg_total_relation_size(c.oid)))"
        " FROM pg_partition_tree(%s::regclass) t JOIN pg_class c ON c.oid = t.relid WHERE t.isleaf",
        [table],
    ).fetchone()
    if found is None or found[0] is None:
        found = connection.execute(
            "SELECT reltuples::bigint, pg_size_pretty(pg_total_relation_size(oid)) FROM pg_class WHERE relname = %s",
            [table],
        ).fetchone()
    return f"{found[0]:,} rows, {found[1]}" if found else "?"


if __name__ == "__main__":
    main()
