"""A real installation to measure: a data folder of its own, real worker processes, every commit on disk."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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

WORKLOAD = Path(__file__).parent / "workload"
TROPEIRO = (sys.executable, "-m", "tropeiro.cli.main")
STEP = "workload/step@1"
Steps = list[dict[str, Any]]


@contextmanager
def installed(*, concurrency: int = 200) -> Iterator[Installation]:
    """An installation in a temporary folder, with its database up and the workload's project applied."""
    with tempfile.TemporaryDirectory(prefix="tropeiro-bench-") as folder:
        # The database's own user must get through.
        os.chmod(folder, 0o711)
        environ = {**os.environ, "TROPEIRO_DATA": str(Path(folder) / "data"), "TROPEIRO_CONCURRENCY": str(concurrency)}
        environ.pop("DATABASE_URL", None)
        with opened(load(environ)) as config:
            apply(config, WORKLOAD)
            yield Installation(config)


def apply(config: Config, project: Path) -> None:
    """Bring the database to this version, and the project into it."""
    environ = {**os.environ, **child_environ(config)}
    for arguments in (["migrate"], ["project", "apply", str(project)]):
        done = subprocess.run([*TROPEIRO, *arguments], env=environ, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"tropeiro {' '.join(arguments)} failed: {done.stderr}")


def in_a_row(count: int) -> Steps:
    """Steps of which each names the one before."""
    steps: Steps = [{"id": "s0", "uses": STEP, "with": {"n": 0}}]
    return steps + [
        {"id": f"s{i}", "uses": STEP, "with": {"n": f"{{{{ steps.s{i - 1}.output.n }}}}"}} for i in range(1, count)
    ]


def each() -> Steps:
    """One call for each item."""
    return [{"id": "each", "foreach": "{{ inputs.items }}", "uses": STEP, "with": {"n": "{{ item }}"}}]


class Installation:
    """A database with the workload's project, and workers when they were started."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.connection = psycopg.connect(config.database_url, autocommit=True)
        self.connection.execute("LISTEN tropeiro_job")
        self.organization, self.service = self.service_version("step")
        self._workers: list[subprocess.Popen[bytes]] = []

    def service_version(self, name: str) -> tuple[UUID, UUID]:
        """Organization and version id of a service of the workload's."""
        found = self.connection.execute(
            "SELECT s.organization_id, v.id"
            " FROM tropeiro_service s JOIN tropeiro_service_version v ON v.service_id = s.id"
            " JOIN tropeiro_project p ON p.id = s.project_id WHERE p.slug = 'workload' AND s.name = %s",
            [name],
        ).fetchone()
        if found is None:
            raise SystemExit(f"The workload's service {name} was not applied.")
        return found[0], found[1]

    @contextmanager
    def workers(self, count: int) -> Iterator[None]:
        """Worker processes, until the block ends."""
        environ = {**os.environ, **child_environ(self.config)}
        command = [*TROPEIRO, "worker"]
        with ExitStack() as stack:
            log = stack.enter_context((self.config.data / "workers.log").open("ab"))
            self._workers = [
                stack.enter_context(subprocess.Popen(command, env=environ, stdout=log, stderr=log))
                for _ in range(count)
            ]
            try:
                self.until("SELECT count(*) >= %s FROM tropeiro_worker WHERE state = 'up'", [count])
                yield
            finally:
                for process in self._workers:
                    process.terminate()

    def start(self, steps: Steps, inputs: Any = None, count: int = 1) -> list[UUID]:
        """Start jobs in one statement."""
        pinned = [{"service": str(self.service), **step} for step in steps]
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

    def run(self, steps: Steps, inputs: Any = None, count: int = 1) -> float:
        """Start jobs; milliseconds from the first start to the last recorded end."""
        jobs = self.start(steps, inputs, count)
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

    def cpu_seconds(self) -> float:
        """CPU of the workers and of the database's processes so far."""
        processes = [psutil.Process(worker.pid) for worker in self._workers]
        return sum(sum(process.cpu_times()[:2]) for process in [*processes, *self.database_processes()])

    def database_processes(self) -> list[psutil.Process]:
        """The server and its children."""
        found = self.connection.execute("SELECT pg_backend_pid()").fetchone()
        server = psutil.Process(found[0] if found else 0).parent()
        return [server, *server.children()] if server else []
