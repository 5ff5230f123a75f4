"""Measure the peers, each installed and run as its documentation says, and put the results beside ours.

python -m benchmarks.peers [--only DBOS,n8n] [--workloads W1,W2] [--runs N]
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from benchmarks.peers.airflow import Airflow
from benchmarks.peers.celery import CeleryRabbitmq, CeleryRedis
from benchmarks.peers.dbos import Dbos
from benchmarks.peers.n8n import N8n
from benchmarks.peers.node_red import NodeRed
from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.prefect import Prefect
from benchmarks.peers.procrastinate import Procrastinate
from benchmarks.peers.surroundings import CannotMeasureError, place
from benchmarks.results import COMPARED, Result, measured, not_measured, read, table, this_machine, write

PEERS: tuple[type[Peer], ...] = (
    Dbos, Procrastinate, CeleryRedis, CeleryRabbitmq, Prefect, Airflow, NodeRed, N8n,
)  # fmt: skip
UNITS = {"W1": "ms", "W2": "steps/s", "W3": "ms"}


def main() -> None:
    """Measure each peer in turn, and write after each, so that an interrupted run keeps what it has."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="engines, separated by commas; all when left out")
    parser.add_argument("--workloads", default=",".join(COMPARED))
    parser.add_argument("--runs", type=int, help="runs of each workload; each peer's own number when left out")
    chosen = parser.parse_args()
    wanted = {name.strip().lower() for name in chosen.only.split(",")} if chosen.only else None
    peers = [peer() for peer in PEERS if wanted is None or peer.engine.lower() in wanted]
    if not peers:
        raise SystemExit(f"No such peer. There are: {', '.join(peer.engine for peer in PEERS)}")
    machine = this_machine()
    written: Path | None = None
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        os.chmod(folder, 0o711)
        for peer in peers:
            results = results_of(peer, Path(folder), chosen.workloads.split(","), chosen.runs)
            written = write(results, machine)
    if written is not None:
        print(table(read(written)))


def results_of(peer: Peer, folder: Path, workloads: list[str], runs: int | None) -> list[Result]:
    """One result a workload, whatever happens."""
    version = ""
    results: list[Result] = []
    try:
        print(f"{peer.engine}: installing", flush=True)
        peer.install()
        version = peer.version()
        with place(folder, peer.engine.replace(" ", "-")) as here:
            print(f"{peer.engine} {version}: starting", flush=True)
            peer.start(here)
            for workload in workloads:
                values = [value_of(peer, workload) for _ in range(1 + (runs or peer.runs[workload]))][1:]
                print(f"{peer.engine} {workload}: {', '.join(f'{value:,.4g}' for value in values)}", flush=True)
                setup = "; ".join(filter(None, [peer.setup, scale(peer, workload), peer.remarks.get(workload, "")]))
                unit = UNITS[workload]
                results.append(measured(workload, unit, values, version=version, setup=setup, engine=peer.engine))
    except CannotMeasureError as problem:
        print(f"{peer.engine}: not measured: {problem}", flush=True)
        results += [
            not_measured(workload, UNITS[workload], str(problem), engine=peer.engine, version=version)
            for workload in workloads[len(results) :]
        ]
    return results


def value_of(peer: Peer, workload: str) -> float:
    """One run, in the workload's unit."""
    seconds = peer.seconds(workload)
    return peer.workflows * STEPS["W2"] / seconds if workload == "W2" else seconds * 1000


def scale(peer: Peer, workload: str) -> str:
    """What was measured instead of the full workload."""
    if workload == "W2" and peer.workflows != Peer.workflows:
        return f"only {peer.workflows} workflows"
    if workload == "W3" and peer.items != Peer.items:
        return f"only {peer.items} items"
    return ""


if __name__ == "__main__":
    main()
