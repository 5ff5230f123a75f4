"""Procrastinate: a task queue in PostgreSQL."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import PROGRAMS, Place, ask, python_environment, python_version


class Procrastinate(Peer):
    """Two worker processes, each with many asynchronous tasks at a time."""

    engine = "Procrastinate"
    setup = "2 workers of concurrency 30 listening for new jobs, PostgreSQL; each task defers the next"
    remarks: ClassVar = {"W3": "there is no join: measured until the last of 1,000 tasks is recorded"}

    def install(self) -> None:
        self.programs = python_environment("procrastinate", "procrastinate>=3,<4", "psycopg[binary,pool]")

    def version(self) -> str:
        return python_version(self.programs, "procrastinate")

    def start(self, place: Place) -> None:
        environ = {
            "DATABASE": place.postgres(), "PROCRASTINATE_APP": "with_procrastinate.app", "PYTHONPATH": str(PROGRAMS),
        }  # fmt: skip
        program = self.programs / "procrastinate"
        place.run([program, "schema", "--apply"], environ=environ)
        for number in (1, 2):
            command = [program, "--log-level", "warning", "worker", "--concurrency", "30"]
            place.start(f"worker-{number}", command, environ=environ)
        command = [self.programs / "python", PROGRAMS / "with_procrastinate.py"]
        self.caller = place.start("caller", command, environ=environ, program=True)

    def seconds(self, workload: str) -> float:
        count = {"W1": STEPS["W1"], "W2": self.workflows, "W3": self.items}[workload]
        return ask(self.caller, f"{workload} {count}")
