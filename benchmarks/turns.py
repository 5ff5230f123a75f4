"""Measure in turns: what else the machine does at a moment meets everybody alike, so the ratios hold where it is noisy.

    python -m benchmarks.turns [--against DBOS | --against ../other/checkout] [--workloads W1,W2,W3] [--rounds N]

A peer is named as `benchmarks.peers` names it; a folder is another checkout of Tropeiro with its environment made
(``make setup``), as it was before a change, say.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.engine import own_version, steps_per_second
from benchmarks.installation import Installation, each, in_a_row, installed
from benchmarks.peers.__main__ import PEERS, value_of
from benchmarks.peers.surroundings import ANSWER, Place, ask, place
from benchmarks.results import COMPARED, MORE_IS_BETTER, Result, measured, this_machine, write

UNITS = {"W1": "ms", "W2": "steps/s", "W3": "ms"}
Once = Callable[[str], float]
"""Runs a workload once; the value in its unit."""


def main() -> None:
    """Let both run each workload in turns, and print medians and how many times better ours is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", default="DBOS", help="a peer, or the folder of another checkout")
    parser.add_argument("--workloads", default=",".join(COMPARED))
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-write", action="store_true", help="only print; another checkout is never written down")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve:
        serve(chosen.workers)
        return
    machine = this_machine()
    with tempfile.TemporaryDirectory(prefix="turns-") as folder:
        os.chmod(folder, 0o711)
        with place(Path(folder), "turns") as here:
            ours = checkout(here, Path.cwd(), chosen.workers)
            theirs, version = opponent(here, chosen.against, chosen.workers)
            print(f"| workload | ours | {chosen.against} | times better |\n|---|---:|---:|---:|")
            for workload in chosen.workloads.split(","):
                values = in_turns(workload, ours, theirs, chosen.rounds)
                print(line(workload, *values), flush=True)
                if version and not chosen.no_write:
                    write(results(workload, chosen.against, version, *values), machine)


def opponent(here: Place, name: str, workers: int) -> tuple[Once, str]:
    """Whom ours is measured against, and a peer's version."""
    for kind in PEERS:
        if kind.engine.lower() == name.lower():
            peer = kind()
            peer.install()
            peer.start(here)
            return partial(value_of, peer), peer.version()
    if not (Path(name) / "benchmarks").is_dir():
        raise SystemExit(f"{name} is no folder of a checkout, and no peer: {', '.join(kind.engine for kind in PEERS)}")
    return checkout(here, Path(name).resolve(), workers), ""


def checkout(here: Place, folder: Path, workers: int) -> Once:
    """An installation of a checkout, with its workers; this very program asks it, so that both are asked alike."""
    command = [
        "env",
        "-C",
        folder,
        folder / ".venv" / "bin" / "python",
        Path(__file__),
        "--serve",
        f"--workers={workers}",
    ]
    process = here.start(f"checkout-{folder.name}", command, environ={"PYTHONPATH": str(folder)}, program=True)
    return lambda workload: ask(process, workload)


def serve(workers: int) -> None:
    """Answer each line of the standard input, the name of a workload, with the value of one run."""
    with measurable(workers) as once:
        for asked in sys.stdin:
            print(f"{ANSWER}{once(asked.strip())}", flush=True)


@contextmanager
def measurable(workers: int) -> Iterator[Once]:
    """An installation of this checkout with its workers."""
    items = {"items": list(range(1000))}
    with installed() as installation, installation.workers(workers):
        workloads: dict[str, Callable[[Installation], float]] = {
            "W1": lambda one: one.run(in_a_row(40)),
            "W2": steps_per_second,
            "W3": lambda one: one.run(each(), items),
        }
        yield lambda workload: workloads[workload](installation)


def in_turns(workload: str, ours: Once, theirs: Once, rounds: int) -> tuple[list[float], list[float]]:
    """The values of each, after one run that warms up. Who begins changes from round to round."""
    values: tuple[list[float], list[float]] = ([], [])
    for turn in range(rounds + 1):
        for who in (0, 1) if turn % 2 else (1, 0):
            value = (ours, theirs)[who](workload)
            if turn:
                values[who].append(value)
    return values


def results(workload: str, peer: str, version: str, ours: list[float], theirs: list[float]) -> list[Result]:
    """Both, for the file of the day."""
    unit, setup = UNITS[workload], f"in turns, {len(ours)} rounds"
    return [
        measured(f"{workload} beside {peer}", unit, ours, version=own_version(), setup=setup),
        measured(f"{workload}, {peer} beside ours", unit, theirs, version=version, setup=setup, engine=peer),
    ]


def line(workload: str, ours: list[float], theirs: list[float]) -> str:
    """A row of the table: medians, quartiles, and the ratio of the medians."""
    better = statistics.median(theirs) / statistics.median(ours)
    if UNITS[workload] in MORE_IS_BETTER:
        better = 1 / better
    return f"| {workload}, {UNITS[workload]} | {shown(ours)} | {shown(theirs)} | {better:.2f} |"


def shown(values: list[float]) -> str:
    """Median, and between which values half of all are."""
    low, middle, high = statistics.quantiles(values, n=4)
    return f"{middle:,.4g} ({low:,.4g} to {high:,.4g})"


if __name__ == "__main__":
    main()
