"""DBOS: workflows as functions of an application, recorded in PostgreSQL."""

from __future__ import annotations

import subprocess
import time
from typing import ClassVar

from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import PROGRAMS, Place, answer, ask, python_environment, python_version, tell


class Dbos(Peer):
    """Two application processes, one for each core, each executing what it started."""

    engine = "DBOS"
    setup = "2 application processes, system database in PostgreSQL, every step recorded"
    remarks: ClassVar = {
        "W2": "each process starts half of the workflows with start_workflow",
        "W3": "asyncio.gather over 1,000 steps in one workflow, faster here than 1,000 workflows through a queue",
    }

    def install(self) -> None:
        self.programs = python_environment("dbos", "dbos>=3,<4")

    def version(self) -> str:
        return python_version(self.programs, "dbos")

    def start(self, place: Place) -> None:
        environ = {"DATABASE": place.postgres(), "DBOS__APPVERSION": "1"}
        self.processes: list[subprocess.Popen[str]] = []
        for number in (1, 2):
            command = [self.programs / "python", PROGRAMS / "with_dbos.py"]
            environ["DBOS__VMID"] = f"executor-{number}"
            self.processes.append(place.start(f"dbos-{number}", command, environ=environ, program=True))
            # The first one makes the tables.
            ask(self.processes[-1], "W1 1", seconds=120)

    def seconds(self, workload: str) -> float:
        if workload != "W2":
            return ask(self.processes[0], f"{workload} {STEPS.get(workload, self.items)}")
        began = time.perf_counter()
        for process in self.processes:
            tell(process, f"W2 {self.workflows // len(self.processes)}")
        for process in self.processes:
            answer(process, seconds=600)
        return time.perf_counter() - began
