"""Airflow 3: DAGs whose tasks are processes started by a scheduler."""

from __future__ import annotations

import json
import secrets
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any, ClassVar

from benchmarks.peers.peer import Peer
from benchmarks.peers.surroundings import (
    PROGRAMS,
    CannotMeasureError,
    Place,
    free_port,
    python_environment,
    python_version,
    wait_for,
)


class Airflow(Peer):
    """API server, scheduler with LocalExecutor, and DAG processor; runs are started and read over its REST API."""

    engine = "Airflow"
    setup = "api-server, scheduler with LocalExecutor (parallelism 32), dag-processor, PostgreSQL; started over REST"
    remarks: ClassVar = {"W3": "dynamic task mapping"}
    workflows = 5
    items = 20
    runs: ClassVar = {"W1": 1, "W2": 1, "W3": 1}

    def install(self) -> None:
        self.programs = python_environment("airflow", "apache-airflow[postgres]>=3,<4", "psycopg2-binary", "asyncpg")

    def version(self) -> str:
        return python_version(self.programs, "apache-airflow")

    def start(self, place: Place) -> None:
        port = free_port()
        self.base = f"http://127.0.0.1:{port}"
        environ = {
            "AIRFLOW_HOME": str(place.folder / "home"), "PATH": f"{self.programs}:/usr/bin:/bin",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": place.postgres().replace("postgresql:", "postgresql+psycopg2:"),
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor", "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROGRAMS / "airflow_dags"),
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{self.base}/execution/",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32), "AIRFLOW__API__SECRET_KEY": secrets.token_hex(32),
            "AIRFLOW__API__PORT": str(port), "AIRFLOW__API__BASE_URL": self.base, "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING", "ITEMS": str(self.items),
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        program = self.programs / "airflow"
        place.run([program, "db", "migrate"], environ=environ)
        server = place.start("api-server", [program, "api-server", "--port", str(port)], environ=environ)
        place.start("scheduler", [program, "scheduler", "--skip-serve-logs"], environ=environ)
        place.start("dag-processor", [program, "dag-processor"], environ=environ)
        wait_for(f"{self.base}/api/v2/version", seconds=180, process=server)
        self.token = str(self.request("GET", "/auth/token")["access_token"])
        self.until(lambda: {"W1", "W2", "W3"} <= self.dags(), 180, "its DAGs were not read")

    def seconds(self, workload: str) -> float:
        count = self.workflows if workload == "W2" else 1
        path = f"/api/v2/dags/{workload}/dagRuns"
        began = time.time()
        runs = [str(self.request("POST", path, {"logical_date": None})["dag_run_id"]) for _ in range(count)]
        found: list[dict[str, Any]] = []

        def ended() -> bool:
            nonlocal found
            found = [self.request("GET", f"{path}/{run}") for run in runs]
            return all(one["state"] in ("success", "failed") for one in found)

        self.until(ended, 900, "its runs did not end", pause=1)
        if any(one["state"] != "success" for one in found):
            raise CannotMeasureError("a run failed")
        return max(datetime.fromisoformat(one["end_date"]).timestamp() for one in found) - began

    def dags(self) -> set[str]:
        """The DAGs that Airflow knows."""
        return {str(one["dag_id"]) for one in self.request("GET", "/api/v2/dags")["dags"]}

    def until(self, question: Any, seconds: float, problem: str, pause: float = 0.5) -> None:
        """Ask until the answer is yes."""
        deadline = time.monotonic() + seconds
        while not question():
            if time.monotonic() > deadline:
                raise CannotMeasureError(f"{problem} within {seconds:g} s")
            time.sleep(pause)

    def request(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One request to the REST API."""
        headers = {"Content-Type": "application/json"}
        if hasattr(self, "token"):
            headers["Authorization"] = f"Bearer {self.token}"
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                answer: dict[str, Any] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            raise CannotMeasureError(f"{method} {path}: {error.code} {error.read()[:300]!r}") from None
