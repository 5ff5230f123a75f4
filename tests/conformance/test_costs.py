"""What a step costs, in counts that do not depend on how fast the machine is: a guard against growing dearer unseen."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from types import FrameType
from typing import Any
from uuid import UUID

import pytest
from carriers import PostgresCarrier
from scenes import ALICE, call, job, route

import tropeiro
from tropeiro.executors.python import PythonExecutor
from tropeiro.kernel.start import Start
from tropeiro.ports.executor import PythonCode, ServiceVersion
from tropeiro.postgres.direct import Direct, Prepared
from tropeiro.postgres.link import Link
from tropeiro.queues.postgres import PostgresQueue
from tropeiro.runtime.worker import Worker, WorkerOptions
from tropeiro.sdk import definition_of, service
from tropeiro.stores.blobs import FsspecBlobs

OVER = "SELECT bool_and(state = 'succeeded') AS over FROM tropeiro_job WHERE id = ANY (%(jobs)s)"
HOME = str(Path(tropeiro.__file__).parent)


@service(name="step")
async def step(n: int) -> dict[str, int]:
    """Does nothing."""
    return {"n": n}


VERSION = ServiceVersion(
    id=UUID(int=1), organization=ALICE, project=ALICE, name="step", version=1,
    implementation=PythonCode(bundle="b", entry="step", blocking=False),
    input_schema=definition_of(step).input_schema, output_schema=definition_of(step).output_schema,
)  # fmt: skip


class Bundle:
    """The only bundle there is."""

    async def ensure(self, digest: str) -> Path:
        return Path(__file__).parent

    def load(self, digest: str, entry: str) -> Any:
        return step


class Shelf:
    """The only service there is."""

    async def service(self, version: UUID) -> ServiceVersion:
        return VERSION

    async def add_logs(self, worker: str, lines: Sequence[Any]) -> None:
        raise AssertionError("nothing is logged")


class Counted(Link):
    """Counts what is asked through the pool, by the statement's first words."""

    asked: Counter[str]

    async def rows(self, sql: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        self.asked[sql.split("\n", 1)[0]] += 1
        return await super().rows(sql, params)


class Sent:
    """What was settled: round trips, and bytes."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.trips = self.size = 0
        ask = Direct.row

        async def row(
            direct: Direct, statement: Prepared, params: Sequence[bytes | None], formats: Sequence[int] | None = None
        ) -> tuple[bytes | None, ...]:
            self.trips += 1
            self.size += sum(len(param or b"") for param in params)
            return await ask(direct, statement, params, formats)

        monkeypatch.setattr(Direct, "row", row)


@asynccontextmanager
async def working(url: str, blobs: Path) -> AsyncIterator[tuple[PostgresCarrier, Counted]]:
    """A worker with the SDK's own executor, on PostgreSQL."""
    link = Counted(url)
    link.asked = Counter()
    await link.open()
    await link.rows("TRUNCATE tropeiro_packet, tropeiro_join, tropeiro_arrival, tropeiro_worker, tropeiro_job")
    queue = PostgresQueue(link, FsspecBlobs(blobs.as_uri()))
    await queue.start()
    stop, ready = asyncio.Event(), asyncio.Event()
    worker = Worker(
        queue=queue, store=Shelf(), executor=PythonExecutor(Bundle()),  # type: ignore[arg-type]
        callback_url=lambda packet, token: "", options=WorkerOptions(slots=100, lease_ms=60_000),
    )  # fmt: skip
    running = asyncio.create_task(worker.run(stop, ready=ready))
    await ready.wait()
    try:
        yield PostgresCarrier(link, queue), link
    finally:
        stop.set()
        await running
        await queue.stop()
        await link.close()


async def ended(carrier: PostgresCarrier, jobs: list[Start]) -> None:
    """Start jobs and wait until all have succeeded."""
    await carrier.start(*jobs)
    async with asyncio.timeout(60):
        while (await carrier.link.rows(OVER, {"jobs": [one.id for one in jobs]}))[0]["over"] is not True:
            await asyncio.sleep(0.05)


def in_a_row(steps: int, jobs: int = 1) -> list[Start]:
    """Jobs of steps of which each names the one before."""
    calls = [call("s0", **{"with": {"n": 0}})]
    calls += [call(f"s{n}", **{"with": {"n": f"{{{{ steps.s{n - 1}.output.n }}}}"}}) for n in range(1, steps)]
    carried = route(*calls)
    return [job(carried) for _ in range(jobs)]


async def test_a_step_is_one_round_trip_of_half_a_kilobyte(
    engine_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(engine_database, tmp_path) as (carrier, link):
        sent = Sent(monkeypatch)
        link.asked.clear()
        await ended(carrier, in_a_row(40))
        assert sent.trips == 40
        assert sent.size / 40 < 900
        asked = {sql: count for sql, count in link.asked.items() if "lease" in sql or "route" in sql or "WITH" in sql}
        assert sum(asked.values()) <= 5, asked


async def test_steps_at_the_same_time_share_their_round_trips(
    engine_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(engine_database, tmp_path) as (carrier, _):
        sent = Sent(monkeypatch)
        await ended(carrier, in_a_row(5, jobs=100))
        assert sent.trips < 125


async def test_the_items_of_a_foreach_share_their_round_trips(
    engine_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with working(engine_database, tmp_path) as (carrier, link):
        sent = Sent(monkeypatch)
        link.asked.clear()
        each = {"id": "each", "foreach": "{{ inputs.items }}", "steps": [call("do", **{"with": {"n": "{{ item }}"}})]}
        await ended(carrier, [job(route(each), {"items": list(range(500))})])
        assert sent.trips < 60
        assert link.asked[next(sql for sql in link.asked if "lease" in sql.lower() or "WITH" in sql)] < 30


async def test_the_worker_itself_spends_a_bounded_number_of_calls_on_a_step(
    engine_database: str, tmp_path: Path
) -> None:
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename.startswith(HOME)

    async with working(engine_database, tmp_path) as (carrier, _):
        jobs = in_a_row(20, jobs=21)
        await ended(carrier, jobs[:1])
        sys.setprofile(count)
        try:
            await ended(carrier, jobs[1:])
        finally:
            sys.setprofile(None)
    assert calls / 400 < 125, f"{calls / 400:.0f} calls of functions a step"


async def test_what_every_step_writes_has_no_checks_of_tables(engine_database: str) -> None:
    """A check is read from the catalogue and planned by every statement that writes: a fifteenth of a millisecond."""
    link = Link(engine_database)
    await link.open()
    rows = await link.rows(
        "SELECT conrelid::regclass::text AS table FROM pg_constraint WHERE contype = 'c'"
        " AND conrelid::regclass::text ~ '^tropeiro_(packet|step|usage|tally)'"
    )
    await link.close()
    assert rows == []
