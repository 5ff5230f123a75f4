"""Prefect 3: flows in a process of the user's, a server that records them."""

from __future__ import annotations

from typing import ClassVar

from benchmarks.peers.peer import STEPS, Peer
from benchmarks.peers.surroundings import (
    PROGRAMS,
    Place,
    ask,
    free_port,
    python_environment,
    python_version,
    wait_for,
)
from benchmarks.peers.system_postgres import system_postgres


class Prefect(Peer):
    """A server with PostgreSQL, and a process that runs the flows; no deployment, which would start one more each."""

    engine = "Prefect"
    setup = "server with the system's PostgreSQL (it needs pg_trgm), results persisted; flows called in one process"
    remarks: ClassVar = {"W2": "asynchronous flows, all at once", "W3": "task.map"}
    workflows = 20
    items = 200
    runs: ClassVar = {"W1": 3, "W2": 3, "W3": 3}

    def install(self) -> None:
        # Prefect 3.8 does not bound FastAPI, and does not start with the newest.
        self.programs = python_environment("prefect", "prefect>=3.8,<4", "fastapi<0.140")

    def version(self) -> str:
        return python_version(self.programs, "prefect")

    def start(self, place: Place) -> None:
        port = free_port()
        database = system_postgres(place).replace("postgresql:", "postgresql+asyncpg:")
        environ = {
            "PREFECT_HOME": str(place.folder / "home"), "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": database,
            "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "true", "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
        }  # fmt: skip
        command = [self.programs / "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        server = place.start("server", command, environ=environ)
        wait_for(f"http://127.0.0.1:{port}/api/health", seconds=180, process=server)
        caller = [self.programs / "python", PROGRAMS / "with_prefect.py"]
        self.caller = place.start("caller", caller, environ=environ, program=True)
        ask(self.caller, "W1 1", seconds=120)

    def seconds(self, workload: str) -> float:
        count = {"W1": STEPS["W1"], "W2": self.workflows, "W3": self.items}[workload]
        return ask(self.caller, f"{workload} {count}")
