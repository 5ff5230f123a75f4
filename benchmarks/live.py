"""How fast open job pages are told, and what they cost: many streams on one web process, over real HTTP.

    python -m benchmarks.live --streams 200

starts an installation of its own, opens that many streams of a running job, writes lines of its log as a worker does,
and measures from the commit of a line to the moment at which each stream has it. The connections to the
database are counted by the server between two looks, and the most there ever were.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlsplit
from urllib.request import urlopen
from uuid import UUID

import psycopg
import uvloop

from benchmarks.installation import in_a_row, installed
from tropeiro.config import Config
from tropeiro.platform.opening import child_environ
from tropeiro.sql import statement

OPEN_SECONDS = 60.0
TOLD_SECONDS = 10.0

# Makes a session as logging in does, and says its cookie.
_LOG_IN = """
import os, sys
from tropeiro.config import load
from tropeiro.platform.data_folder import with_secrets
from tropeiro.web.setup import configure
configure(with_secrets(load(os.environ)))
from django.conf import settings
from django.contrib.auth import SESSION_KEY, BACKEND_SESSION_KEY, HASH_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tropeiro.web.accounts.models import User
user = User.objects.order_by("id").first()
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.save()
print(f"{settings.SESSION_COOKIE_NAME}={session.session_key}")
"""


@dataclass(frozen=True, slots=True)
class Connections:
    """Of the web process to the database."""

    listening: int
    between_looks: int
    """Others, while nothing happened."""
    most: int
    """Others, at the busiest moment that was seen."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out. Times in milliseconds."""

    streams: int
    messages: int
    lost: int
    repeated: int
    opened_ms: float
    """Until all streams had their first event."""
    p50_ms: float
    p99_ms: float
    worst_ms: float
    connections: Connections
    web_cpu_ms: float
    """CPU of the web process for telling one message to all streams."""
    web_mb: float
    """Resident memory of the web process with all streams open."""


@dataclass(slots=True)
class _Stream:
    """One page's stream, and when it heard of each message."""

    opened: asyncio.Event = field(default_factory=asyncio.Event)
    heard: dict[str, list[float]] = field(default_factory=dict)

    async def follow(self, url: str, cookie: str, path: str) -> None:
        place = urlsplit(url)
        reader, writer = await asyncio.open_connection(place.hostname, place.port, limit=1 << 22)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
        status = await reader.readline()
        assert b" 200 " in status, status
        try:
            while line := await reader.readline():
                if line.startswith((b"event: log", b"event: head")):
                    self.opened.set()
                start = line.find(b"beat-")
                if line.startswith(b"data:") and start >= 0:
                    self.heard.setdefault(line[start : start + 10].decode(), []).append(time.perf_counter())
        finally:
            writer.close()


def cookie_of(environ: dict[str, str]) -> str:
    """The cookie of somebody who is logged in at the installation that these variables describe."""
    done = subprocess.run([sys.executable, "-c", _LOG_IN], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def measure(
    url: str,
    database_url: str,
    cookie: str,
    job: UUID,
    web_pid: int,
    *,
    streams: int,
    messages: int,
    pause: float = 0.5,
) -> Measured:
    """Follow a job that runs by many streams while its log grows by a line every ``pause`` seconds."""
    return uvloop.run(_measure(url, database_url, cookie, job, web_pid, streams, messages, pause))


async def _measure(
    url: str, database_url: str, cookie: str, job: UUID, web_pid: int, count: int, messages: int, pause: float
) -> Measured:
    streams = [_Stream() for _ in range(count)]
    began = time.perf_counter()
    tasks = [asyncio.create_task(stream.follow(url, cookie, f"/jobs/{job}/events")) for stream in streams]
    async with asyncio.timeout(OPEN_SECONDS):
        await asyncio.gather(*(stream.opened.wait() for stream in streams))
    opened = time.perf_counter() - began
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        organization = await _value(connection, "SELECT organization_id FROM tropeiro_job WHERE id = %s", [job])
        await asyncio.sleep(1.0)
        quiet, listening = await _connections(connection)
        most, sent, cpu = quiet, {}, _cpu_ms(web_pid)
        for number in range(messages):
            name = f"beat-{number:05d}"
            await connection.execute(statement("store", "add_logs"), _line(job, organization, name))
            sent[name] = time.perf_counter()
            await asyncio.sleep(0.02)
            most = max(most, (await _connections(connection))[0])
            await asyncio.sleep(pause - 0.02)
        deadline = time.perf_counter() + TOLD_SECONDS
        while any(len(stream.heard) < messages for stream in streams) and time.perf_counter() < deadline:
            await asyncio.sleep(0.05)
    memory, cpu = _resident_mb(web_pid), _cpu_ms(web_pid) - cpu
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    heard = [one for stream in streams for one in stream.heard.items()]
    times = [1000 * (at - sent[name]) for name, hearings in heard for at in hearings]
    cuts = quantiles(times, n=100)
    return Measured(
        streams=count,
        messages=messages,
        lost=sum(messages - len(stream.heard) for stream in streams),
        repeated=sum(len(hearings) - 1 for stream in streams for hearings in stream.heard.values()),
        opened_ms=round(1000 * opened, 1),
        p50_ms=round(cuts[49], 1),
        p99_ms=round(cuts[98], 1),
        worst_ms=round(max(times), 1),
        connections=Connections(listening=listening, between_looks=quiet, most=most),
        web_cpu_ms=round(cpu / messages, 1),
        web_mb=memory,
    )


def _line(job: UUID, organization: UUID, message: str) -> dict[str, str]:
    row = {
        "job_id": str(job), "organization_id": str(organization), "age_us": 0, "level": 20, "path": "w", "attempt": 1,
        "message": message, "fields": None,
    }  # fmt: skip
    return {"worker": "benchmark", "lines": json.dumps([row])}


async def _connections(connection: psycopg.AsyncConnection) -> tuple[int, int]:
    """How many a web process has, but the listener's; and the listener's."""
    rows = await connection.execute(
        "SELECT application_name, count(*) FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
    )
    counts = dict(await rows.fetchall())
    return counts.get("tropeiro web", 0), counts.get("tropeiro web listener", 0)


async def _value(connection: psycopg.AsyncConnection, sql: str, params: Sequence[object]) -> UUID:
    row = await (await connection.execute(sql, params)).fetchone()
    assert row is not None
    return row[0]


def _cpu_ms(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _resident_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return round(int(text.split("VmRSS:")[1].split()[0]) / 1024, 1)


@contextmanager
def web_of(config: Config) -> Iterator[tuple[str, int]]:
    """A web process over an installation: its address and its process id."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    environ = {**os.environ, **child_environ(config), "TROPEIRO_PORT": str(port), "TROPEIRO_PUBLIC_URL": ""}
    url = f"http://127.0.0.1:{port}"
    with (config.data / "web.log").open("ab") as log:
        web = subprocess.Popen([sys.executable, "-m", "tropeiro.cli.main", "web"], env=environ, stdout=log, stderr=log)
    try:
        until_it_answers(url, web)
        yield url, web.pid
    finally:
        web.terminate()
        web.wait(30)


def until_it_answers(url: str, web: subprocess.Popen[bytes], seconds: float = 60) -> None:
    """Until the web process is ready."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if web.poll() is not None:
            raise SystemExit("The web process ended.")
        with suppress(OSError), urlopen(f"{url}/health/ready", timeout=5):
            return
        time.sleep(0.1)
    raise SystemExit("The web process does not answer.")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--messages", type=int, default=60)
    given = parser.parse_args()
    with installed() as installation, web_of(installation.config) as (url, pid):
        job = installation.start(in_a_row(1))[0]
        cookie = cookie_of({**os.environ, **child_environ(installation.config)})
        measured = measure(
            url, installation.config.database_url, cookie, job, pid, streams=given.streams, messages=given.messages
        )
    print(json.dumps(asdict(measured), indent=2))


if __name__ == "__main__":
    main()
