"""Measure the engine: a real installation in a folder of its own, real worker processes, every commit on disk.

    python -m benchmarks.engine [--only W1,W2] [--workers N] [--runs N] [--queued N] [--no-write]

| workload | what is measured |
|---|---|
| W1 | one workflow of 40 steps in a row, from the start of the job to its recorded end |
| W2 | 1,000 workflows of 5 steps each |
| W3 | a foreach over 1,000 items, joined, from start to recorded end |
| W4 | ``tropeiro up`` on a warm data folder until it is ready; then its memory when idle |
| W5 | on an idle machine, from a POST that starts a job to its first step; and from start to end without the web |
| W6 | claiming and settling as there is more of everything |
| cpu | CPU time of all processes for one step of W2 |
| floors | what this machine allows at most, and our share of it |
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
from collections.abc import Callable, Iterator
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import floors, growth
from benchmarks.installation import Installation, each, in_a_row, installed
from benchmarks.results import Report, Result, measured, merged, table, this_machine, write
from benchmarks.up import data_folder, memory, post_latencies, up

ALL = ("W1", "W2", "W3", "W4", "W5", "W6", "cpu", "floors")
ENGINE_ALONE = frozenset(ALL) - {"W4"}
"""What the engine is measured with without the web."""
JOBS, STEPS = 1000, 5
SAMPLES = 200
WORKER_COUNTS = (1, 2, 4, 8)


def main() -> None:
    """Run the workloads, write the results of the day, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(ALL), help="workloads, separated by commas")
    cores = os.cpu_count() or 1
    parser.add_argument("--workers", type=int, default=cores, help="of W1, W2, W3 and cpu; one a core, as `up` starts")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--queued", type=int, default=1_000_000, help="the most jobs that W6 queues")
    parser.add_argument("--no-write", action="store_true", help="only print")
    chosen = parser.parse_args()
    wanted = tuple(chosen.only.split(","))
    if unknown := set(wanted) - set(ALL):
        raise SystemExit(f"No such workload: {', '.join(sorted(unknown))}. There are: {', '.join(ALL)}")
    machine = this_machine()
    results: list[Result] = []
    # Written after each part, so that an interrupted run keeps what it has.
    for part in parts(wanted, chosen.workers, chosen.runs, chosen.queued):
        results += part
        if not chosen.no_write:
            write(part, machine)
    print(table(Report(date=f"{datetime.now().astimezone():%Y-%m-%d}", machine=machine, results=merged((), results))))


def parts(wanted: tuple[str, ...], workers: int, runs: int, most: int) -> Iterator[list[Result]]:
    """The results, part by part, as they are measured."""
    if {"W4", "W5"} & set(wanted):
        yield of_up(wanted)
    if ENGINE_ALONE & set(wanted):
        with installed() as installation:
            known = of_engine(installation, wanted, workers, runs)
            yield known
            if "floors" in wanted:
                yield of_floors(installation, known)
            if "W6" in wanted:
                yield of_growth(installation, most)
                yield of_workers(installation)


def of_engine(installation: Installation, wanted: tuple[str, ...], workers: int, runs: int) -> list[Result]:
    """W1, W2, W3, the part of W5 without the web, and the CPU of a step."""
    setup = f"{workers} worker process{'es' if workers > 1 else ''}, embedded PostgreSQL, fsync on"
    results: list[Result] = []
    items = {"items": list(range(1000))}
    workloads: dict[str, tuple[str, Callable[[], float]]] = {
        "W1": ("ms", lambda: installation.run(in_a_row(40))),
        "W2": ("steps/s", lambda: steps_per_second(installation)),
        "W3": ("ms", lambda: installation.run(each(), items)),
        "cpu": ("ms/step", lambda: cpu_of_a_step(installation)),
    }
    with installation.workers(workers):
        for workload, (unit, once) in workloads.items():
            if workload in wanted:
                results.append(repeated(workload, unit, runs, once, setup))
        if "W5" in wanted:
            values = [installation.run(in_a_row(1)) for _ in range(SAMPLES + 10)][10:]
            results += percentiles("W5 start to end, no web", values, "one job of one step at a time")
    return results


def of_up(wanted: tuple[str, ...]) -> list[Result]:
    """W4, and W5 through the web."""
    results: list[Result] = []
    setup = "tropeiro up with one worker"
    with data_folder() as data:
        with up(data) as running:
            first = running.ready_ms
        if "W4" in wanted:
            results.append(ours("W4 first start", "ms", [first], f"{setup}, empty data folder"))
            ready, weights = [], []
            for _ in range(3):
                with up(data) as running:
                    ready.append(running.ready_ms)
                    weights.append(memory(running))
            results.append(ours("W4 ready", "ms", ready, f"{setup}, warm data folder"))
            for part in weights[0]:
                told = "PSS when idle, of all processes" if part == "all" else "PSS when idle"
                results.append(ours(f"W4 memory, {part}", "MiB", [one.get(part, 0) for one in weights], told))
        if "W5" in wanted:
            with up(data) as running:
                seen = post_latencies(running, SAMPLES)
            results += percentiles("W5 POST to first step", seen.api, f"{setup}; POST /api/v1/jobs with a token")
            told = f"{setup}; console's form that runs a job again"
            results += percentiles("W5 form to first step", seen.console, told)
    return results


def of_growth(installation: Installation, most: int) -> list[Result]:
    """W6."""
    results = []
    batch = f"one batch of {growth.BATCH} packets"
    flat = growth.depths(installation, most)
    situations = [(name, cost, batch) for name, cost in [*flat, *growth.services(installation)]]
    situations += [(name, cost, "one batch of 10 packets") for name, cost in growth.packets(installation)]
    for name, cost, told in situations:
        results.append(ours(f"W6 claim, {name}", "ms", cost.claims, told))
        results.append(ours(f"W6 settle, {name}", "ms", cost.settles, told))
    base = flat[0][1]
    claims = max(cost.claim for _, cost in flat) / base.claim
    settles = max(cost.settle for _, cost in flat) / base.settle
    results.append(ours("W6 claim, worst against empty", "×", [claims], "by jobs queued"))
    results.append(ours("W6 settle, worst against empty", "×", [settles], "by jobs queued"))
    return results


def of_workers(installation: Installation) -> list[Result]:
    """W6 by worker processes: no more cost a step, whatever number shares the machine."""
    results = []
    for count in WORKER_COUNTS:
        with installation.workers(count):
            setup = f"{count} worker process{'es' if count > 1 else ''}"
            results.append(
                repeated(f"W6 throughput, {setup}", "steps/s", 3, lambda: steps_per_second(installation), "W2")
            )
            results.append(repeated(f"W6 cpu, {setup}", "ms/step", 1, lambda: cpu_of_a_step(installation), "W2"))
    return results


def of_floors(installation: Installation, known: list[Result]) -> list[Result]:
    """What the machine allows, and which share of it we reach."""
    connection = installation.connection
    commits = ours("floor: commits", "1/s", [floors.commits(connection) for _ in range(3)], "one connection")
    told = "one connection, a bare table, claim and complete fused, 1,000 a commit"
    dequeue = ours("floor: batch dequeue", "rows/s", [floors.dequeue(connection) for _ in range(3)], told)
    results = [
        commits,
        dequeue,
        ours("floor: JSON", "µs", [floors.json_round_trip() for _ in range(3)], "2 kB packet, encode and decode"),
        ours("floor: function call", "µs", [floors.function_call() for _ in range(3)], "await of a trivial function"),
    ]
    medians = {one.workload: one.median for one in known}
    if (w1 := medians.get("W1")) and commits.median:
        told = "40 commits one after another, as a share of W1"
        results.append(ours("share of the floor: W1", "%", [100 * 40_000 / commits.median / w1], told))
    if (w2 := medians.get("W2")) and dequeue.median:
        results.append(ours("share of the floor: W2", "%", [100 * w2 / dequeue.median], "W2 against batch dequeue"))
    return results


def steps_per_second(installation: Installation) -> float:
    """W2 once."""
    return JOBS * STEPS / installation.run(in_a_row(STEPS), count=JOBS) * 1000


def cpu_of_a_step(installation: Installation) -> float:
    """Milliseconds of CPU that all processes together spend on a step of W2."""
    before = installation.cpu_seconds()
    installation.run(in_a_row(STEPS), count=JOBS)
    return (installation.cpu_seconds() - before) * 1000 / (JOBS * STEPS)


def repeated(workload: str, unit: str, runs: int, once: Callable[[], float], setup: str) -> Result:
    """The median of several runs after one that warms up."""
    once()
    return ours(workload, unit, [once() for _ in range(runs)], setup)


def percentiles(workload: str, values: list[float], setup: str) -> list[Result]:
    """p50 and p99 of many single measurements."""
    cuts = statistics.quantiles(values, n=100)
    told = f"{setup}; of {len(values)}"
    return [ours(f"{workload}, p50", "ms", [cuts[49]], told), ours(f"{workload}, p99", "ms", [cuts[98]], told)]


def ours(workload: str, unit: str, runs: list[float] | tuple[float, ...], setup: str) -> Result:
    """A result of our engine."""
    return measured(workload, unit, runs, version=own_version(), setup=setup)


def own_version() -> str:
    """The release, and the commit when it runs from a checkout."""
    command = ["git", "describe", "--always", "--dirty"]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    commit = f" ({done.stdout.strip()})" if done.returncode == 0 else ""
    return version("tropeiro") + commit


if __name__ == "__main__":
    main()
