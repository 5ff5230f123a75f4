"""``tropeiro up`` as an operator starts it: how soon it is ready, what it weighs, how soon a POST reaches a step."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import httpx
import psutil
import psycopg

from benchmarks.installation import STEP, TROPEIRO, WORKLOAD, in_a_row
from tropeiro.platform import database

IDLE_SECONDS = 8.0
"""After so long nothing of the start is under way any more."""
WARM_UP = 20
"""POSTs before those that count."""


@dataclass(frozen=True)
class Up:
    """A running installation."""

    process: psutil.Process
    data: Path
    url: str
    ready_ms: float
    """From the start of the command to its word that everything is ready."""
    user: str
    password: str


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder for a data folder."""
    with tempfile.TemporaryDirectory(prefix="tropeiro-up-") as folder:
        os.chmod(folder, 0o711)
        yield Path(folder) / "data"


@contextmanager
def up(data: Path) -> Iterator[Up]:
    """Start everything with one worker; end it with the block."""
    environ = {**os.environ, "TROPEIRO_DATA": str(data), "TROPEIRO_PORT": "0", "PYTHONUNBUFFERED": "1"}
    # One program asks for everything here; what it may ask for is not what is measured.
    environ["TROPEIRO_API_RATE"] = "0"
    environ.pop("DATABASE_URL", None)
    began = time.perf_counter()
    process = subprocess.Popen(
        [*TROPEIRO, "up", "--workers", "1", "--new-password", "--json"], env=environ, stdout=subprocess.PIPE, text=True
    )
    try:
        yield _when_up(process, data, began)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)


def _when_up(process: subprocess.Popen[str], data: Path, began: float) -> Up:
    assert process.stdout is not None
    ready_ms, url = 0.0, ""
    for line in process.stdout:
        event = json.loads(line)
        if event["event"] == "up":
            ready_ms, url = (time.perf_counter() - began) * 1000, event["url"]
        if event["event"] == "welcome":
            password = re.search(r"password (\S+)$", event["message"])
            return Up(
                process=psutil.Process(process.pid), data=data, url=url, ready_ms=ready_ms, user=event["user"],
                password=password.group(1) if password else "",
            )  # fmt: skip
    raise SystemExit(f"tropeiro up ended with code {process.wait()}.")


def memory(running: Up) -> dict[str, float]:
    """MiB of proportional set size, of everything and by part, after a while of idleness."""
    # What is measured is how it is after a while of nothing, so a while passes.
    time.sleep(IDLE_SECONDS)
    parts = {"supervisor": _pss([running.process])}
    for child in running.process.children():
        command = child.cmdline()
        name = next((part for part in ("web", "worker") if part in command), "other")
        parts[name] = parts.get(name, 0) + _pss([child, *child.children(recursive=True)])
    server = psutil.Process(int((running.data / "postgres" / "postmaster.pid").read_text().split()[0]))
    parts["database"] = _pss([server, *server.children()])
    return {"all": sum(parts.values()), **parts}


def _pss(processes: list[psutil.Process]) -> float:
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


@dataclass(frozen=True)
class Latencies:
    """Milliseconds from sending a POST that starts a job to the start of its first step."""

    api: list[float]
    """Of the REST API, with a token: a call of a service."""
    console: list[float]
    """Of the console's form that runs a job again."""


def post_latencies(running: Up, count: int) -> Latencies:
    """``count`` of each, one after the other in turns, so that whatever else the machine does meets both alike."""
    environ = {**os.environ, "TROPEIRO_DATA": str(running.data)}
    environ.pop("DATABASE_URL", None)
    document = running.data.parent / "one.json"
    document.write_text(json.dumps({"schema": "tropeiro/v1", "steps": in_a_row(1)}))
    command = [*TROPEIRO, "run", str(document), "--project", str(WORKLOAD), "--json", "--quiet"]
    ran = subprocess.run(command, env=environ, check=False, capture_output=True, text=True)
    if ran.returncode != 0:
        raise SystemExit(f"The workload did not run: {ran.stderr}")
    job = json.loads(ran.stdout)["job"]
    api: list[float] = []
    console: list[float] = []
    with (
        psycopg.connect(database.url(running.data / "postgres", database.NAME), autocommit=True) as connection,
        _session(running) as session,
        _program(session) as program,
    ):
        connection.execute("LISTEN tropeiro_job")
        for _ in range(WARM_UP + count):
            api.append(_first_step(connection, program.start))
            console.append(_first_step(connection, lambda: _rerun(session, job)))
    return Latencies(api[WARM_UP:], console[WARM_UP:])


@contextmanager
def _session(running: Up) -> Iterator[httpx.Client]:
    """A browser that is logged in."""
    with httpx.Client(base_url=running.url, timeout=30) as session:
        session.get("/login")
        _send(session, "/login", {"login": running.user, "password": running.password})
        yield session


def _send(session: httpx.Client, path: str, form: dict[str, str]) -> httpx.Response:
    answer = session.post(path, data=form, headers={"X-CSRFToken": session.cookies["tropeiro-csrf"]})
    if answer.status_code != 302:
        raise SystemExit(f"POST {path} was answered with {answer.status_code}: {answer.text[:500]}")
    return answer


@dataclass(frozen=True)
class _Program:
    """A program with a token, on one kept connection: the standard library's client, which costs little itself."""

    connection: HTTPConnection
    token: str

    def start(self) -> str:
        """Start a job of the workload's service; its id."""
        body = json.dumps({"run": STEP, "project": "workload", "inputs": {"n": 1}})
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        self.connection.request("POST", "/api/v1/jobs", body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 201:
            raise SystemExit(f"POST /api/v1/jobs was answered with {answer.status}: {text[:500]}")
        return str(json.loads(text)["id"])


@contextmanager
def _program(session: httpx.Client) -> Iterator[_Program]:
    """A program with a token, made in the console."""
    form = {"name": "benchmark", "role": "editor", "days": "7", "csrfmiddlewaretoken": session.cookies["tropeiro-csrf"]}
    made = session.post("/settings/tokens/new", data=form)
    token = re.search(r"trp_[\w-]{43}", made.text)
    if token is None:
        raise SystemExit(f"No token was made: {made.status_code}")
    with closing(HTTPConnection(session.base_url.host, session.base_url.port, timeout=30)) as connection:
        yield _Program(connection, token[0])


def _rerun(session: httpx.Client, job: str) -> str:
    return _send(session, f"/jobs/{job}/rerun", {}).headers["location"].rpartition("/")[2]


def _first_step(connection: psycopg.Connection[tuple[float]], start: Callable[[], str]) -> float:
    sent = time.time()
    job = start()
    while True:
        found = connection.execute(
            "SELECT extract(epoch FROM s.started_at) FROM tropeiro_step s JOIN tropeiro_job j ON j.id = s.job_id"
            " WHERE j.id = %s AND j.finished_at IS NOT NULL",
            [job],
        ).fetchone()
        if found is not None:
            return (float(found[0]) - sent) * 1000
        for _ in connection.notifies(timeout=0.2, stop_after=1):
            pass
