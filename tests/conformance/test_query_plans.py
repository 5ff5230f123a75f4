"""The plans of the hot statements: by index, whatever the tables hold. A sequential scan here is an outage later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from scenes import ALICE, BOB

from tropeiro.kernel.ids import uuid7
from tropeiro.sql import schema, statement

PACKETS = 20_000


@pytest.fixture(scope="module")
def crowded(postgres_server: Any, engine_schema: Any) -> Iterator[psycopg.Connection[dict[str, Any]]]:
    """A queue with many packets of two organizations in every state, joins, and a week of jobs."""
    with postgres_server.database() as url, psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
        engine_schema(connection)
        worker = uuid7()
        connection.execute(
            "INSERT INTO tropeiro_worker (id, name, host, pid, slots, lease_until)"
            " VALUES (%s, 'w', 'h', 1, 64, now() + interval '1 hour')",
            (worker,),
        )
        connection.execute(
            """
            INSERT INTO tropeiro_packet (id, job_id, organization_id, route_digest, state, worker_id, token, body,
                join_id, branch, due_at, started_at)
            SELECT gen_random_uuid(), gen_random_uuid(),
                CASE WHEN n %% 2 = 0 THEN %(alice)s ELSE %(bob)s END::uuid, 'd',
                CASE n %% 5 WHEN 0 THEN 'ready' WHEN 1 THEN 'parked' WHEN 2 THEN 'delayed' WHEN 3 THEN 'blocked'
                    ELSE 'leased' END,
                CASE WHEN n %% 5 = 4 THEN gen_random_uuid() END, 1, '{"step": 0}',
                CASE WHEN n %% 5 = 3 THEN gen_random_uuid() END, n,
                CASE WHEN n %% 5 = 2 THEN now() + n * interval '1 second' END, now()
            FROM generate_series(1, %(count)s) n
            """,
            {"alice": ALICE, "bob": BOB, "count": PACKETS},
        )
        connection.execute(
            """
            INSERT INTO tropeiro_job (id, organization_id, name, route_digest, state, root_job_id)
            SELECT i.id, %(alice)s, 'j', 'd', 'succeeded', i.id
            FROM (SELECT overlay(gen_random_uuid()::text placing
                    left(tropeiro_first_id(now() - n * interval '30 seconds')::text, 13) from 1)::uuid AS id
                  FROM generate_series(1, %(count)s) n) i
            """,
            {"alice": ALICE, "count": PACKETS},
        )
        connection.execute("ANALYZE")
        connection.execute("SELECT set_config('test.worker', %s, false)", (str(worker),))
        yield connection


def plan(connection: psycopg.Connection[Any], sql: str, params: dict[str, Any] | None) -> list[dict[str, Any]]:
    """Every node of the plan of a statement."""
    rows = connection.execute("EXPLAIN (FORMAT JSON, COSTS OFF) " + sql, params).fetchone()
    assert rows is not None
    nodes, rest = [], [rows["QUERY PLAN"][0]["Plan"]]
    while rest:
        node = rest.pop()
        nodes.append(node)
        rest += node.get("Plans", [])
    return nodes


def scans(connection: psycopg.Connection[Any], nodes: list[dict[str, Any]]) -> set[str]:
    """The tables that are read from end to end although they are long; of a few rows, reading them all is right."""
    read = [node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"]
    long = connection.execute("SELECT relname FROM pg_class WHERE relname = ANY (%s) AND reltuples > 100", (read,))
    return {row["relname"] for row in long}


LEASE_PARAMETERS = {
    "p_worker": "uuid", "p_limit": "integer", "p_most": "bigint", "p_after": "uuid", "p_share": "integer",
    "p_organizations": "uuid[]", "p_rooms": "integer[]", "v_front": "bigint", "v_fit": "integer", "v_ids": "uuid[]",
    "v_since": "timestamptz[]", "v_first": "uuid",
}  # fmt: skip
ANYTHING = {
    "uuid": "gen_random_uuid()", "integer": "9", "bigint": "1", "uuid[]": "'{}'", "integer[]": "'{}'",
    "timestamptz[]": "'{}'",
}  # fmt: skip


@pytest.mark.parametrize(
    ("beginning", "indexes"),
    [
        ("WITH few", {"tropeiro_packet_ready", "tropeiro_packet_limited", "tropeiro_packet_pkey"}),
        ("WITH picked", {"tropeiro_packet_ready"}),
        ("WITH RECURSIVE onward", {"tropeiro_packet_ready", "tropeiro_packet_limited", "tropeiro_packet_pkey"}),
        ("UPDATE tropeiro_packet", {"tropeiro_packet_pkey"}),
        ("SELECT p.id, p.job_id", {"tropeiro_packet_pkey", "tropeiro_join_pkey"}),
    ],
)
def test_leasing_reads_by_index(crowded: Any, beginning: str, indexes: set[str]) -> None:
    """The plans of the function's statements, made as the function makes them: for no numbers in particular."""
    text = schema("045_lease")
    body = re.sub(r"INTO v_\w+(, v_\w+)*", "", beginning + text.partition(beginning)[2].partition(";\n")[0])
    places = {name: f"${n}" for n, name in enumerate(LEASE_PARAMETERS, 1)}
    body = re.sub(r"\b[pv]_\w+", lambda name: places[name[0]], body)
    with crowded.transaction(force_rollback=True):
        for setting, value in re.findall(r"SET ((?:enable|plan)_\w+) = (\w+)", text):
            crowded.execute(f"SET LOCAL {setting} = {value}")
        crowded.execute(f"PREPARE lease ({', '.join(LEASE_PARAMETERS.values())}) AS {body}")
        given = ", ".join(ANYTHING[kind] for kind in LEASE_PARAMETERS.values())
        nodes = plan(crowded, f"EXECUTE lease ({given})", None)
        crowded.execute("DEALLOCATE lease")
    assert scans(crowded, nodes) == set()
    assert indexes <= {node.get("Index Name") for node in nodes}
    assert not {"Hash Join", "Merge Join"} & {node["Node Type"] for node in nodes}


def rows_read(connection: psycopg.Connection[Any], statement: str, params: dict[str, Any]) -> int:
    """How many packets a statement reads, by index or not; it is undone."""
    sql = (
        "SELECT sum(seq_tup_read + idx_tup_fetch)::bigint AS n FROM pg_stat_xact_user_tables"
        " WHERE relname = 'tropeiro_packet'"
    )
    with connection.transaction(force_rollback=True):
        before = connection.execute(sql).fetchone()["n"]
        connection.execute(statement, params)
        return int(connection.execute(sql).fetchone()["n"] - before)


@pytest.mark.parametrize(
    ("name", "params", "index"),
    [
        ("extend", {"worker": uuid7(), "lease_ms": 1}, "tropeiro_packet_leased"),
        ("held", {"worker": uuid7()}, "tropeiro_packet_leased"),
    ],
)
def test_keeping_leases_reads_the_index_of_the_worker(crowded: Any, name: str, params: Any, index: str) -> None:
    nodes = plan(crowded, statement("queue", name), params)
    assert scans(crowded, nodes) == set()
    assert index in {node.get("Index Name") for node in nodes}


def test_what_is_due_is_found_by_its_moment(crowded: Any) -> None:
    sql = """SELECT p.id, p.state FROM tropeiro_packet p
             WHERE p.due_at <= clock_timestamp() AND p.state <> 'leased' ORDER BY p.due_at LIMIT 100 FOR UPDATE"""
    nodes = plan(crowded, sql, {})
    assert scans(crowded, nodes) == set()
    assert "tropeiro_packet_due" in {node.get("Index Name") for node in nodes}


def test_the_branches_of_a_join_are_found_by_their_place(crowded: Any) -> None:
    sql = "SELECT id FROM tropeiro_packet WHERE join_id = %(join)s AND branch >= 5 AND branch < 9 AND state = 'blocked'"
    assert "tropeiro_packet_branches" in {n.get("Index Name") for n in plan(crowded, sql, {"join": uuid7()})}


def test_a_job_is_looked_for_in_its_week_alone(crowded: Any) -> None:
    nodes = plan(crowded, f"SELECT * FROM tropeiro_job WHERE id = '{uuid7()}'", {})
    read = {node["Relation Name"] for node in nodes if "Relation Name" in node}
    assert len(read) == 1, read


def test_the_newest_jobs_of_an_organization_are_read_without_sorting(crowded: Any) -> None:
    sql = "SELECT id, state FROM tropeiro_job WHERE organization_id = %(organization)s ORDER BY id DESC LIMIT 50"
    nodes = plan(crowded, sql, {"organization": ALICE})
    assert scans(crowded, nodes) == set()
    assert "Sort" not in {node["Node Type"] for node in nodes}


def test_going_on_to_the_next_step_touches_no_index(crowded: Any) -> None:
    """A heap-only update: the table's statistics tell how many there were."""
    worker = crowded.execute("SELECT current_setting('test.worker') AS id").fetchone()["id"]
    crowded.execute("UPDATE tropeiro_packet SET worker_id = %s, taken = 1 WHERE state = 'leased'", (worker,))
    crowded.execute("VACUUM tropeiro_packet")
    row = crowded.execute("SELECT id, token FROM tropeiro_packet WHERE state = 'leased' LIMIT 1").fetchone()
    before = hot_updates(crowded)
    going_on = "ARRAY[ROW(%(id)s, %(token)s, 1, 0, 0, false, false, 'b', '', NULL, '{\"step\":1}')::tropeiro_send]"
    sql = statement("queue", "settle").replace("%(sends)s", going_on)
    params = {
        "worker": worker, "name": "w", "lock": [row["id"]], "id": row["id"], "token": row["token"], "settlements": None,
        "steps": None, "children": None, "jobs": None,
    }  # fmt: skip
    assert len(crowded.execute(sql, params).fetchall()) == 1
    assert hot_updates(crowded) - before == 1


@pytest.mark.parametrize("count", [1, 40])
def test_settling_reads_only_what_it_settles(crowded: Any, count: int) -> None:
    """Whatever else its worker holds: all that are leased are that worker's."""
    worker = crowded.execute("SELECT current_setting('test.worker') AS id").fetchone()["id"]
    crowded.execute("UPDATE tropeiro_packet SET worker_id = %s, taken = 1 WHERE state = 'leased'", (worker,))
    held = crowded.execute(
        "SELECT id, token FROM tropeiro_packet WHERE state = 'leased' ORDER BY id LIMIT %s", (count,)
    ).fetchall()
    going_on = ",".join(f"ROW('{one['id']}',{one['token']},1,0,0,false,false,'b','',NULL,'{{}}')" for one in held)
    params = {"worker": worker, "name": "w", "lock": [one["id"] for one in held]} | dict.fromkeys(
        ("settlements", "steps", "children", "jobs")
    )
    sql = statement("queue", "settle").replace("%(sends)s", f"ARRAY[{going_on}]::tropeiro_send[]")
    assert rows_read(crowded, sql, params) <= 3 * count


def test_going_on_alone_reads_one_packet(crowded: Any) -> None:
    worker = crowded.execute("SELECT current_setting('test.worker') AS id").fetchone()["id"]
    crowded.execute("UPDATE tropeiro_packet SET worker_id = %s, taken = 1 WHERE state = 'leased'", (worker,))
    held = crowded.execute("SELECT id, job_id, token FROM tropeiro_packet WHERE state = 'leased' LIMIT 1").fetchone()
    send = f"ROW('{held['id']}',{held['token']},1,0,0,false,false,'b','',NULL,'{{}}')"
    step = (
        f"ROW('{held['id']}','{held['job_id']}','{ALICE}',0,1,0,0,0,false,'a','succeeded','',NULL,NULL,NULL,NULL,NULL)"
    )
    sql = statement("queue", "go_on").replace("%(send)s", send).replace("%(step)s", step)
    assert rows_read(crowded, sql, {"worker": worker, "name": "w"}) == 1


def hot_updates(connection: psycopg.Connection[Any]) -> int:
    connection.execute("SELECT pg_stat_force_next_flush()")
    row = connection.execute(
        "SELECT n_tup_hot_upd AS n FROM pg_stat_user_tables WHERE relname = 'tropeiro_packet'"
    ).fetchone()
    return int(row["n"])
