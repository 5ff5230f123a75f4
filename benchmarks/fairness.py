"""What one organization's backlog costs another: latency of its jobs alone, and beside 10,000 jobs of somebody else.

    python -m benchmarks.fairness [--workers N] [--jobs N] [--samples N]

| workload | each job |
|---|---|
| sleeping | 3 steps that wait 100 ms each, as for an answer from outside: slots are what is scarce |
| trivial | 3 steps that do nothing: the processor is what is scarce |
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any
from uuid import UUID

import msgspec

from benchmarks.installation import Installation, Steps, installed
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start, start_row
from tropeiro.sql import statement

ANOTHER = UUID(int=0xB0B)
STEP, SLEEP = "workload/step@1", "workload/sleep@1"


def main() -> None:
    """Measure both workloads and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=10_000)
    parser.add_argument("--samples", type=int, default=60)
    chosen = parser.parse_args()
    print(
        "| workload | quiet p50 ms | quiet p95 ms | beside p50 ms | beside p95 ms | ratio of p95 |\n"
        "|---|---:|---:|---:|---:|---:|"
    )
    for name, uses, given in (("sleeping", SLEEP, {"seconds": 0.1}), ("trivial", STEP, {"n": 1})):
        with installed(concurrency=64) as place, place.workers(chosen.workers):
            service = place.service_version(uses.partition("@")[0].rpartition("/")[2])[1]
            steps = [{"id": f"s{i}", "uses": uses, "service": str(service), "with": given} for i in range(3)]
            sample(place, steps, 5)
            quiet = sample(place, steps, chosen.samples)
            start(place, place.organization, steps, chosen.jobs)
            place.until("SELECT count(*) >= 10 FROM tropeiro_packet WHERE state = 'leased'", [])
            beside = sample(place, steps, chosen.samples, busy=True)
            print(f"| {name} | {line(quiet)} | {line(beside)} | {p95(beside) / p95(quiet):.2f} |", flush=True)


def sample(place: Installation, steps: Steps, count: int, *, busy: bool = False) -> list[float]:
    """Milliseconds from start to recorded end of single jobs, one after the other."""
    values = []
    for _ in range(count):
        (job,) = start(place, ANOTHER, steps, 1)
        place.until("SELECT finished_at IS NOT NULL FROM tropeiro_job WHERE id = %s", [job])
        found = place.connection.execute(
            "SELECT extract(epoch FROM finished_at - created_at) * 1000 FROM tropeiro_job WHERE id = %s", [job]
        ).fetchone()
        values.append(float(found[0]) if found else 0.0)
        time.sleep(0.05)
    waiting = place.connection.execute("SELECT count(*) FROM tropeiro_packet").fetchone()
    if busy and not (waiting and waiting[0]):
        raise SystemExit("The backlog ended before the samples did: give it more jobs.")
    return values


def start(place: Installation, organization: UUID, steps: Steps, count: int) -> list[UUID]:
    """Start jobs for an organization, a thousand in a transaction."""
    route = make_route({"schema": "tropeiro/v1", "steps": steps})
    made: list[UUID] = []
    while len(made) < count:
        starts = [
            Start(id=uuid7(), organization=organization, project=None, name="bench", route=route, inputs={})
            for _ in range(min(1000, count - len(made)))
        ]
        rows: list[dict[str, Any]] = [start_row(one)[0] for one in starts]
        place.connection.execute(statement("store", "start"), {"jobs": msgspec.json.encode(rows).decode()})
        made += [one.id for one in starts]
    return made


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20, method="inclusive")[18]


def line(values: list[float]) -> str:
    """Median and 95th percentile, for the table."""
    return f"{statistics.median(values):.1f} | {p95(values):.1f}"


if __name__ == "__main__":
    main()
