"""A whole installation in real processes, started the way an operator starts it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg
from psycopg.rows import dict_row

from tropeiro.samples.google_analytics import emulator

SAMPLE = Path(emulator.__file__).parents[1]


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Installation:
    """A running ``tropeiro up`` and how to speak to it."""

    environ: dict[str, str]
    url: str
    data: Path

    def tropeiro(self, *arguments: str, timeout: float = 120) -> Ran:
        """Run a command of the command line."""
        done = subprocess.run(
            [sys.executable, "-m", "tropeiro.cli.main", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Ran(done.returncode, done.stdout, done.stderr)

    def started(self, *arguments: str) -> str:
        """Start a job without waiting for it; its id."""
        ran = self.tropeiro("run", *arguments, "--no-wait", "--json")
        assert ran.code == 0, ran.err
        return str(ran.json()["job"])

    def query(self, sql: str, **params: Any) -> list[dict[str, Any]]:
        """Look into the database."""
        with psycopg.connect(self.environ["DATABASE_URL"], row_factory=dict_row, autocommit=True) as connection:
            return connection.execute(sql, params).fetchall()

    def wait_until(self, sql: str, seconds: float = 60, **params: Any) -> list[dict[str, Any]]:
        """Until a query gives rows, asked whenever a job of the installation changed."""
        deadline = time.monotonic() + seconds
        url = self.environ["DATABASE_URL"]
        with psycopg.connect(url, row_factory=dict_row, autocommit=True) as connection:
            connection.execute("LISTEN tropeiro_job")
            while True:
                rows = connection.execute(sql, params).fetchall()
                if rows:
                    return rows
                assert time.monotonic() < deadline, f"not within {seconds} s: {sql}"
                for _ in connection.notifies(timeout=1, stop_after=1):
                    pass

    def finished(self, job: str, seconds: float = 90) -> dict[str, Any]:
        """The row of a job once it is over."""
        over = "SELECT * FROM tropeiro_job WHERE id = %(job)s AND finished_at IS NOT NULL"
        return self.wait_until(over, seconds, job=job)[0]

    def workers(self) -> list[dict[str, Any]]:
        """The workers that are up."""
        return self.query("SELECT id, name, pid FROM tropeiro_worker WHERE state = 'up'")


@contextmanager
def installed(data: Path, database_url: str, *, workers: int = 2, **environ: str) -> Iterator[Installation]:
    """``tropeiro up`` on a database of its own, with the sample project applied."""
    settings = {
        **os.environ,
        "DATABASE_URL": database_url,
        "TROPEIRO_DATA": str(data),
        "TROPEIRO_PORT": str(free_port()),
        "TROPEIRO_WORKERS": str(workers),
        "TROPEIRO_LEASE_SECONDS": "2",
        "PYTHONUNBUFFERED": "1",
        **environ,
    }
    url = f"http://127.0.0.1:{settings['TROPEIRO_PORT']}"
    with (data.parent / "up.log").open("wb") as log:
        up = subprocess.Popen([sys.executable, "-m", "tropeiro.cli.main", "up"], env=settings, stdout=log, stderr=log)
    try:
        installation = Installation(settings, url, data)
        answers(url, up, data.parent / "up.log")
        installation.wait_until("SELECT 1 FROM tropeiro_worker WHERE state = 'up' HAVING count(*) >= %(n)s", n=workers)
        applied = installation.tropeiro("project", "apply", str(SAMPLE))
        assert applied.code == 0, applied.err
        yield installation
    finally:
        up.send_signal(signal.SIGINT)
        try:
            up.wait(60)
        except subprocess.TimeoutExpired:
            up.kill()
            raise


def answers(url: str, up: subprocess.Popen[bytes], log: Path) -> None:
    """Until the console answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert up.poll() is None, log.read_text()
        try:
            with urlopen(f"{url}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            up_is_starting(log)
    raise AssertionError(f"the console does not answer:\n{log.read_text()}")


def up_is_starting(log: Path, interval: float = 0.1) -> None:
    """A port that nobody listens on refuses at once; nothing tells when that changes but asking again."""
    assert log.exists()
    time.sleep(interval)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
