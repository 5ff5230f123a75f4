"""What this machine allows at most: the floors under our figures."""

from __future__ import annotations

import asyncio
import time

import msgspec
import psycopg

COMMITS = 300
ROWS = 50_000
BATCH = 1_000

_FUSED = """
WITH done AS (
    DELETE FROM floor_queue WHERE id = ANY (%s)
),
taken AS (
    SELECT id FROM floor_queue WHERE state = 'ready' ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE floor_queue q SET state = 'leased' FROM taken t WHERE q.id = t.id RETURNING q.id, q.payload
"""


def commits(connection: psycopg.Connection[tuple[object, ...]]) -> float:
    """Commits a second of one connection: what durability costs here."""
    connection.execute("CREATE TABLE IF NOT EXISTS floor_commits (n integer)")
    began = time.perf_counter()
    for n in range(COMMITS):
        connection.execute("INSERT INTO floor_commits VALUES (%s)", [n])
    return COMMITS / (time.perf_counter() - began)


def dequeue(connection: psycopg.Connection[tuple[object, ...]]) -> float:
    """Rows a second through a bare queue: each statement completes a batch and claims the next, in one commit."""
    connection.execute("DROP TABLE IF EXISTS floor_queue")
    connection.execute("CREATE TABLE floor_queue (id bigint PRIMARY KEY, state text, payload text)")
    connection.execute("CREATE INDEX ON floor_queue (id) WHERE state = 'ready'")
    connection.execute(
        "INSERT INTO floor_queue SELECT n, 'ready', repeat('x', 200) FROM generate_series(1, %s) AS n", [ROWS]
    )
    connection.execute("VACUUM ANALYZE floor_queue")
    # The table changes all the time, so its statistics mislead: by index it is, as in any queue.
    for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
        connection.execute(f"SET {setting} = off")
    began = time.perf_counter()
    batch: list[object] = []
    while True:
        batch = [row[0] for row in connection.execute(_FUSED, [batch, BATCH]).fetchall()]
        if not batch:
            break
    seconds = time.perf_counter() - began
    connection.execute("RESET ALL")
    return ROWS / seconds


def json_round_trip() -> float:
    """Microseconds to encode and decode a packet of 2 kB."""
    packet = {"step": 3, "outputs": {f"s{i}": [{"n": i, "text": "x" * 60}] for i in range(22)}}
    began = time.perf_counter()
    for _ in range(20_000):
        msgspec.json.decode(msgspec.json.encode(packet))
    return (time.perf_counter() - began) / 20_000 * 1e6


def function_call() -> float:
    """Microseconds to call and await a trivial function."""

    async def step(n: int) -> dict[str, int]:
        return {"n": n + 1}

    async def many() -> float:
        began = time.perf_counter()
        for n in range(100_000):
            await step(n)
        return (time.perf_counter() - began) / 100_000 * 1e6

    return asyncio.run(many())
