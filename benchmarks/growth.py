"""W6: what claiming and settling cost as the work grows, through the queue itself, against an otherwise idle database.

One call claims up to ``BATCH`` packets, one settles them all; both include what this side does: decoding, encoding,
the network. Before each, what is queued is written in bulk by SQL.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg

from benchmarks.installation import Installation, Steps, apply, in_a_row
from tropeiro.kernel.advance import advance
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done
from tropeiro.platform import database
from tropeiro.ports.queue import Leased, Settlement, Span
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.stores.blobs import FsspecBlobs

BATCH = 100
ROUNDS = 15
LEASE_MS = 3_600_000


@dataclass(frozen=True)
class Cost:
    """Medians of one situation, in milliseconds a batch."""

    claim: float
    settle: float
    claims: tuple[float, ...]
    settles: tuple[float, ...]


def queue_up(installation: Installation, count: int, steps: Steps | None = None, inputs: object = None) -> None:
    """Have ``count`` more jobs queued: one started as any other, and copies of its rows."""
    (job,) = installation.start(steps or in_a_row(40), inputs)
    connection = installation.connection
    connection.execute("CREATE TEMP TABLE IF NOT EXISTS more (id uuid, packet uuid)")
    connection.execute("TRUNCATE more")
    connection.execute("INSERT INTO more SELECT uuidv7(), uuidv7() FROM generate_series(1, %s)", [count - 1])
    _copy(installation, "tropeiro_job", "id", job, {"id": "m.id", "root_job_id": "m.id"})
    seq = "nextval('tropeiro_packet_seq')"
    _copy(installation, "tropeiro_packet", "job_id", job, {"id": "m.packet", "job_id": "m.id", "seq": seq})
    _checkpoint(installation)


def _checkpoint(installation: Installation) -> None:
    """Have the bulk on disk, so that writing it back does not fall into what is measured."""
    url = database.url(installation.config.data / "postgres", "postgres", role="postgres")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")


def _copy(installation: Installation, table: str, key: str, job: UUID, changed: dict[str, str]) -> None:
    """The job's row once for each of ``more``, every column as it is but for those that must differ."""
    connection = installation.connection
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        " AND attgenerated = ''",
        [table],
    ).fetchall()
    columns = [str(column) for (column,) in found]
    values = ", ".join(changed.get(column, f"t.{column}") for column in columns)
    connection.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t, more m WHERE t.{key} = %s", [job]
    )
    connection.execute(f"VACUUM ANALYZE {table}")


def empty(installation: Installation) -> None:
    """Nothing queued, as if nothing had ever been."""
    installation.connection.execute(
        "TRUNCATE tropeiro_packet, tropeiro_join, tropeiro_arrival, tropeiro_job, tropeiro_step"
    )


def cost(installation: Installation, batch: int = BATCH, warm_up: int = 3) -> Cost:
    """Claim and settle what is queued; packets go on to their next step and are given back, so the depth stays."""
    return asyncio.run(_cost(installation, batch, warm_up))


def _as_new(installation: Installation, leased: list[Leased]) -> None:
    """As if none of them had ever been taken: in a short queue the same ones are taken round after round, and waking
    their jobs is part of what taking them costs."""
    connection = installation.connection
    connection.execute(
        "UPDATE tropeiro_packet SET wakes_job = true WHERE id = ANY (%s)", [[one.packet.id for one in leased]]
    )
    connection.execute(
        "UPDATE tropeiro_job SET state = 'queued', started_at = NULL WHERE id = ANY (%s)",
        [[one.packet.job for one in leased]],
    )


async def _cost(installation: Installation, batch: int, warm_up: int) -> Cost:
    link = Link(installation.config.database_url)
    await link.open()
    try:
        queue = PostgresQueue(link, FsspecBlobs(installation.config.blobs))
        worker = uuid7()
        await queue.register(worker, "bench", batch, LEASE_MS)
        claims, settles = [], []
        # The first rounds prepare statements and read routes; they do not count.
        for number in range(warm_up + ROUNDS):
            gc.collect()
            began = time.perf_counter()
            leased = await queue.lease(worker, batch)
            claimed = time.perf_counter()
            ready = [await queue.make_ready(_next(one)) for one in leased]
            prepared = time.perf_counter()
            verdicts = await queue.settle(worker, ready)
            settled = time.perf_counter()
            if len(leased) != batch or not all(verdict.accepted for verdict in verdicts):
                raise SystemExit(f"Only {len(leased)} of {batch} packets were claimed and settled.")
            await queue.release(worker, [one.packet.id for one in leased])
            _as_new(installation, leased)
            if number >= warm_up:
                claims.append((claimed - began) * 1000)
                settles.append((settled - prepared) * 1000)
        await queue.retire(worker, "stopped")
    finally:
        await link.close()
    return Cost(statistics.median(claims), statistics.median(settles), tuple(claims), tuple(settles))


def depths(installation: Installation, most: int) -> list[tuple[str, Cost]]:
    """With ever more jobs queued; the first is an empty queue, which holds only what is claimed."""
    found = []
    for count in [BATCH, *(10**power for power in range(3, 7) if 10**power <= most)]:
        empty(installation)
        queue_up(installation, count)
        found.append(("empty queue" if count == BATCH else f"{count:,} queued", cost(installation)))
    empty(installation)
    return found


def services(installation: Installation) -> list[tuple[str, Cost]]:
    """1,000 queued jobs that call ever more services."""
    with tempfile.TemporaryDirectory(prefix="services-") as folder:
        Path(folder, "project.toml").write_text('[project]\nname = "many"\ntitle = "Many services"\n')
        Path(folder, "services.py").write_text(_many_services(1000))
        apply(installation.config, Path(folder))
    rows = installation.connection.execute(
        "SELECT v.id, s.name FROM tropeiro_service s JOIN tropeiro_service_version v ON v.service_id = s.id"
        " JOIN tropeiro_project p ON p.id = s.project_id WHERE p.slug = 'many' ORDER BY s.name"
    ).fetchall()
    found = []
    for count in (1, 10, 100, 1000):
        empty(installation)
        for version, name in rows[:count]:
            calls = [{**step, "uses": f"many/{name}@1", "service": str(version)} for step in in_a_row(40)]
            installation.start(calls, count=1000 // count)
        installation.connection.execute("VACUUM ANALYZE tropeiro_packet")
        # Each packet once, so that the routes of all are known, as they are to a worker that has run for a while.
        found.append((f"{count:,} services", cost(installation, warm_up=1000 // BATCH)))
    empty(installation)
    return found


def packets(installation: Installation) -> list[tuple[str, Cost]]:
    """200 queued jobs whose packets carry ever more, claimed ten at a time."""
    found = []
    # Every step names the text, so that it stays in the packet.
    steps = [{**step, "with": {"n": 0, "text": "{{ inputs.text }}"}} for step in in_a_row(40)]
    for size, shown in ((1_000, "1 kB"), (10_000, "10 kB"), (100_000, "100 kB"), (1_000_000, "1 MB")):
        empty(installation)
        queue_up(installation, 200, steps, {"text": "x" * size})
        found.append((f"packets of {shown}", cost(installation, batch=10)))
    empty(installation)
    return found


def _many_services(count: int) -> str:
    one = '@service\nasync def step_{n}(n: int) -> dict[str, int]:\n    """Next."""\n    return {{"n": n + 1}}\n'
    head = "from __future__ import annotations\n\nfrom tropeiro.sdk import service\n"
    return head + "".join("\n\n" + one.format(n=n) for n in range(count))


def _next(leased: Leased) -> Settlement:
    """The packet's step was done; it goes to the next one."""
    done = advance(leased.packet, Done({"n": 2}), now_ms=leased.now_ms, inputs={"n": 1})
    now = time.monotonic()
    return Settlement(leased=leased, advance=done, spans=(Span(now, now),) * len(done.records))
