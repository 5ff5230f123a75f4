"""Measure the engine: a real installation in a folder of its own, real worker processes, every commit on disk.

    python benchmarks/engine.py [--workers N] [--runs N] [--json FILE]

| workload | what is measured |
|---|---|
| W1 | one workflow of 40 steps in a row, from the start of the job to its recorded end, ms |
| W2 | 1,000 workflows of 5 steps, steps per second |
| W3 | a foreach over 1,000 items, joined, from start to recorded end, ms |
| W5 | an idle machine: from the start of a job to the end of its only step, p50 and p99, ms |

Floors of the same machine, measured in the same run, stand beside them.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import psutil
import psycopg

from tropeiro.config import Config, load
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start, start_row
from tropeiro.platform.opening import child_environ, opened
from tropeiro.sql import statement

HERE = Path(__file__).parent
STEP = "workload/step@1"


def main() -> None:
    """Run the workloads and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tropeiro-bench-") as folder:
        os.chmod(folder, 0o711)
        environ = {**os.environ, "TROPEIRO_DATA": str(Path(folder) / "data"), "TROPEIRO_CONCURRENCY": "200"}
        environ.pop("DATABASE_URL", None)
        with opened(load(environ)) as config, Bench.on(config, chosen.workers) as bench:
            results = [
                bench.measure("W1", "ms", chosen.runs, lambda: bench.one(in_a_row(40))),
                bench.measure("W2", "steps/s", chosen.runs, bench.many),
                bench.measure("W3", "ms", chosen.runs, lambda: bench.one(each(), {"items": list(range(1000))})),
                *bench.idle_latency(200),
                bench.measure("CPU of all processes", "ms/step", 1, bench.cpu_of_a_step),
                bench.measure("floor: commits", "1/s", 3, bench.commits),
                bench.measure("floor: JSON of a 2 kB packet, there and back", "µs", 3, json_round_trip),
            ]
    report(results, chosen.json)


def in_a_row(count: int) -> list[dict[str, Any]]:
    """Steps of which each names the one before."""
    steps = [{"id": "s0", "uses": STEP, "with": {"n": 0}}]
    return steps + [
        {"id": f"s{i}", "uses": STEP, "with": {"n": f"{{{{ steps.s{i - 1}.output.n }}}}"}} for i in range(1, count)
    ]


def each() -> list[dict[str, Any]]:
    """One call for each item."""
    return [{"id": "each", "foreach": "{{ inputs.items }}", "uses": STEP, "with": {"n": "{{ item }}"}}]


class Bench:
    """A running installation to measure."""

    def __init__(self, config: Config, workers: list[subprocess.Popen[bytes]]) -> None:
        self.config, self.workers = config, workers
        self.connection = psycopg.connect(config.database_url, autocommit=True)
        self.connection.execute("LISTEN tropeiro_job")
        found = self.connection.execute(
            "SELECT s.organization_id, v.id"
            " FROM tropeiro_service s JOIN tropeiro_service_version v ON v.service_id = s.id"
            " JOIN tropeiro_project p ON p.id = s.project_id WHERE p.slug = 'workload' AND s.name = 'step'"
        ).fetchone()
        if found is None:
            raise SystemExit("The project of the workload was not applied.")
        self.organization, self.service = found

    @classmethod
    @contextmanager
    def on(cls, config: Config, workers: int) -> Iterator[Bench]:
        """Migrate, apply the workload's project, and start the workers."""
        environ = {**os.environ, **child_environ(config)}
        tropeiro = [sys.executable, "-m", "tropeiro.cli.main"]
        quiet = subprocess.DEVNULL
        subprocess.run([*tropeiro, "migrate"], env=environ, check=True, stdout=quiet)
        applied = [*tropeiro, "project", "apply", str(HERE / "workload")]
        subprocess.run(applied, env=environ, check=True, stdout=quiet, stderr=quiet)
        command = [*tropeiro, "worker"]
        with ExitStack() as stack:
            started = [stack.enter_context(subprocess.Popen(command, env=environ)) for _ in range(workers)]
            bench = cls(config, started)
            bench.until("SELECT count(*) >= %s FROM tropeiro_worker WHERE state = 'up'", [workers])
            try:
                yield bench
            finally:
                for process in started:
                    process.terminate()

    def measure(self, workload: str, unit: str, runs: int, once: Callable[[], float]) -> dict[str, Any]:
        """One row: the median of several runs after one that warms up."""
        once()
        values = [once() for _ in range(runs)]
        return row(workload, unit, statistics.median(values), values)

    def one(self, steps: list[dict[str, Any]], inputs: Any = None) -> float:
        """Milliseconds of one job."""
        (job,) = self.start(steps, inputs)
        return self.milliseconds([job])

    def many(self) -> float:
        """Steps per second of 1,000 jobs of 5 steps."""
        jobs = self.start(in_a_row(5), count=1000)
        return 5000 / self.milliseconds(jobs) * 1000

    def idle_latency(self, count: int) -> list[dict[str, Any]]:
        """p50 and p99 of single jobs of one step, each started when nothing else is under way."""
        self.one(in_a_row(1))
        values = [self.one(in_a_row(1)) for _ in range(count)]
        cuts = statistics.quantiles(values, n=100)
        return [row("W5 p50", "ms", cuts[49], values), row("W5 p99", "ms", cuts[98], values)]

    def cpu_of_a_step(self) -> float:
        """Milliseconds of CPU that all processes together spend on a step of W2."""
        before = self.cpu_seconds()
        jobs = self.start(in_a_row(5), count=1000)
        self.milliseconds(jobs)
        return (self.cpu_seconds() - before) * 1000 / 5000

    def cpu_seconds(self) -> float:
        """CPU of the workers and of the database's processes so far."""
        postmaster = self.connection.execute("SELECT pg_backend_pid()").fetchone()
        server = psutil.Process(postmaster[0] if postmaster else 0).parent()
        processes = [psutil.Process(worker.pid) for worker in self.workers]
        processes += [server, *server.children()] if server else []
        return sum(sum(process.cpu_times()[:2]) for process in processes)

    def commits(self) -> float:
        """Commits per second of one connection: what durability costs here."""
        self.connection.execute("CREATE TABLE IF NOT EXISTS floor (n integer)")
        began = time.perf_counter()
        for n in range(300):
            self.connection.execute("INSERT INTO floor VALUES (%s)", [n])
        return 300 / (time.perf_counter() - began)

    def start(self, steps: list[dict[str, Any]], inputs: Any = None, count: int = 1) -> list[UUID]:
        """Start jobs in one statement."""
        pinned = [{**step, "service": str(self.service)} for step in steps]
        route = make_route({"schema": "tropeiro/v1", "steps": pinned})
        starts = [
            Start(
                id=uuid7(), organization=self.organization, project=None, name="bench", route=route,
                inputs=inputs or {},
            )
            for _ in range(count)
        ]  # fmt: skip
        rows = [start_row(one)[0] for one in starts]
        self.connection.execute(statement("store", "start"), {"jobs": msgspec.json.encode(rows).decode()})
        return [one.id for one in starts]

    def milliseconds(self, jobs: list[UUID]) -> float:
        """From the first start to the last recorded end, once all have succeeded."""
        self.until("SELECT finished_at IS NOT NULL FROM tropeiro_job WHERE id = %s", [jobs[-1]])
        self.until("SELECT bool_and(finished_at IS NOT NULL) FROM tropeiro_job WHERE id = ANY (%s)", [jobs])
        found = self.connection.execute(
            "SELECT extract(epoch FROM max(finished_at) - min(created_at)) * 1000, bool_and(state = 'succeeded')"
            " FROM tropeiro_job WHERE id = ANY (%s)",
            [jobs],
        ).fetchone()
        if found is None or not found[1]:
            raise SystemExit("A job of the benchmark did not succeed.")
        return float(found[0])

    def until(self, question: str, params: list[Any], seconds: float = 120) -> None:
        """Until the answer is yes, asked when something changed."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.connection.execute(question, params).fetchone()
            if found is not None and found[0]:
                return
            if time.monotonic() > deadline:
                raise SystemExit(f"Not within {seconds:g} s: {question}")
            for _ in self.connection.notifies(timeout=0.2, stop_after=1):
                pass


def json_round_trip() -> float:
    """Microseconds to encode and decode a packet of 2 kB."""
    packet = {"step": 3, "outputs": {f"s{i}": [{"n": i, "text": "x" * 60}] for i in range(22)}}
    began = time.perf_counter()
    for _ in range(20_000):
        msgspec.json.decode(msgspec.json.encode(packet))
    return (time.perf_counter() - began) / 20_000 * 1e6


def row(workload: str, unit: str, median: float, runs: list[float]) -> dict[str, Any]:
    """One result, as it is reported."""
    return {
        "workload": workload, "engine": "tropeiro", "unit": unit, "median": round(median, 3),
        "runs": [round(value, 3) for value in runs],
    }  # fmt: skip


def report(results: list[dict[str, Any]], file: Path | None) -> None:
    """Print a table; write everything to a file when one is named."""
    print("| workload | median | unit |\n|---|---:|---|")
    for one in results:
        print(f"| {one['workload']} | {one['median']:,.1f} | {one['unit']} |")
    if file is not None:
        machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(), "at": datetime.now(UTC)}
        file.write_text(msgspec.json.format(msgspec.json.encode({"machine": machine, "results": results})).decode())


if __name__ == "__main__":
    main()
