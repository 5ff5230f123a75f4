"""Retention: history past its time goes by the partition; no row of it is deleted."""

from __future__ import annotations

from chaos.house import House
from chaos.ledger import Ledger
from chaos.outside import wait_until
from chaos.scenario import Scenario, Size
from chaos.workloads import STEPS, Desk

OLD = "weeks of history past their time"
_TABLES = ("tropeiro_job", "tropeiro_step", "tropeiro_log")
_AGE = """
CREATE FUNCTION chaos_id(p_weeks integer, p_n integer) RETURNS uuid LANGUAGE sql AS
$$ SELECT overlay(tropeiro_first_id(now() - p_weeks * interval '7 days')::text
    PLACING lpad(to_hex(p_n), 12, '0') FROM 25)::uuid $$
"""
_OLD_JOBS = """
INSERT INTO tropeiro_job (id, organization_id, name, route_digest, state, root_job_id, finished_at, inputs)
SELECT chaos_id(w, n), j.organization_id, j.name, j.route_digest, 'succeeded', chaos_id(w, n), now(), '{}'
FROM generate_series(10, 9 + %s) AS w, generate_series(1, %s) AS n,
    (SELECT * FROM tropeiro_job LIMIT 1) j
"""
_OLD_STEPS = """
INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, started_at, finished_at)
SELECT chaos_id(w, n), j.organization_id, 's' || k, 0, 1, k, 'succeeded', now(), now()
FROM generate_series(10, 9 + %s) AS w, generate_series(1, %s) AS n, generate_series(0, 2) AS k,
    (SELECT * FROM tropeiro_job LIMIT 1) j
"""
_OLD_USAGE = """
INSERT INTO tropeiro_usage (job_id, path, round, attempt, organization_id, service_version_id, at)
SELECT s.job_id, s.path, s.round, s.attempt, s.organization_id, s.organization_id, now() FROM tropeiro_step s
WHERE s.job_id < tropeiro_first_id(now() - interval '60 days')
"""
_COUNT_DELETES = """
CREATE SEQUENCE chaos_deleted MINVALUE 0 START 0;
SELECT nextval('chaos_deleted');
CREATE FUNCTION chaos_count_delete() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM nextval('chaos_deleted'); RETURN OLD; END $$
"""
_WEEKS = """
SELECT count(*) FROM pg_class c JOIN pg_inherits i ON i.inhrelid = c.oid JOIN pg_class p ON p.oid = i.inhparent
WHERE p.relname = %s
    AND c.relname ~ '_\\d{8}$' AND to_date(right(c.relname, 8), 'YYYYMMDD') < now() - interval '60 days'
"""
_DELETED = """
SELECT sum(n_tup_del) FROM pg_stat_all_tables WHERE relname ~ '^tropeiro_(job|step|log|usage)'
"""


def faults(size: Size) -> dict[str, int]:
    return {OLD: size.of(20, 3)}


def run(house: House, size: Size, ledger: Ledger) -> None:
    weeks, jobs = size.of(20, 3), size.of(5_000, 200)
    with house.stage("retention") as stage:
        outside = stage.outside
        desk = Desk(outside)
        desk.start(STEPS, 20)
        outside.rows(_AGE)
        outside.rows("SELECT tropeiro_ensure_partitions(now() - %s * interval '7 days', now())", [weeks + 11])
        for sql in (_OLD_JOBS, _OLD_STEPS):
            outside.rows(sql, [weeks, jobs])
        outside.rows(_OLD_USAGE)
        for sql in _COUNT_DELETES.split(";\n"):
            outside.rows(sql)
        for table in (*_TABLES, "tropeiro_usage"):
            outside.rows(
                f"CREATE TRIGGER chaos_deletes BEFORE DELETE ON {table}"
                " FOR EACH ROW EXECUTE FUNCTION chaos_count_delete()"
            )
        usage = outside.value("SELECT count(*) FROM tropeiro_usage")
        ledger.fire(OLD, min(weeks, *(outside.value(_WEEKS, [table]) for table in _TABLES)))
        stage.hire(1, TROPEIRO_RETENTION_DAYS="30")
        wait_until(lambda: all(outside.value(_WEEKS, [table]) == 0 for table in _TABLES), 30, "old weeks are dropped")
        wait_until(
            lambda: outside.value("SELECT bool_and(finished_at IS NOT NULL) FROM tropeiro_job"), 30, "new jobs end"
        )
        old = "SELECT count(*) FROM tropeiro_job WHERE id < tropeiro_first_id(now() - interval '60 days')"
        ledger.check("old jobs are gone", outside.value(old) == 0)
        kept = outside.value("SELECT count(*) FROM tropeiro_usage")
        ledger.check("usage records are kept", kept == usage + 60, f"{kept} of {usage} and 60 new ones")
        ledger.check("new jobs are kept", outside.value("SELECT count(*) FROM tropeiro_job") == 20)
        deleted = outside.value("SELECT last_value FROM chaos_deleted")
        ledger.check("no row was deleted", deleted == 0, f"{deleted} rows, by trigger")
        ledger.check("no row was deleted, says the server", outside.value(_DELETED) == 0, outside.value(_DELETED))
        ledger.figure(
            f"{weeks} weeks of {jobs:,} jobs dropped, {deleted} rows deleted one by one, {kept:,} usage records kept"
        )


SCENARIO = Scenario("retention", faults, run)
