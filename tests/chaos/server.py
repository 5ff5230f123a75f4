"""The embedded PostgreSQL as a victim: stopped at once, started again, every backend ended."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg

from tropeiro.platform import database
from tropeiro.platform.system_user import server_user


class Server:
    """One server in a data folder."""

    def __init__(self, data: Path, url: str) -> None:
        self.cluster = data / "postgres"
        self.url = url
        self.admin_url = url.replace("//tropeiro@", "//postgres@", 1)

    @classmethod
    @contextmanager
    def running(cls, data: Path, settings: Mapping[str, str]) -> Iterator[Server]:
        """The product's own server, with every commit on disk."""
        with database.running(data, settings=settings) as url:
            yield cls(data, url)

    def socket(self) -> str:
        """Path of its socket."""
        with psycopg.connect(self.url) as connection:
            return f"{connection.info.host}/.s.PGSQL.{connection.info.port}"

    def postmaster(self) -> int:
        """Process id of the server; 0 when there is none."""
        with suppress(FileNotFoundError, ValueError, IndexError):
            return int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
        return 0

    def stop_immediately(self) -> None:
        """As a crash of the server: no checkpoint, every session dropped, recovery at the next start."""
        self._pg_ctl("stop", "-m", "immediate")

    def restart(self) -> None:
        """An ordinary restart, as an operator does it."""
        self._pg_ctl("restart", "-m", "fast")

    def start(self) -> None:
        """Start it again, with the settings it had."""
        self._pg_ctl("start", "-l", str(self.cluster / "start.log"))

    def end_backends(self) -> int:
        """Terminate every session but this one; how many there were."""
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            found = connection.execute(
                "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            ).fetchone()
        return int(found[0]) if found else 0

    def answers(self) -> bool:
        """Whether it takes questions."""
        return self._does("SELECT 1")

    def writes(self) -> bool:
        """Whether it can still make a small table: something is written to the disk, and the log of it flushed."""
        made = self._does("CREATE TABLE chaos_probe AS SELECT repeat('x', 1000000)")
        return made and self._does("DROP TABLE chaos_probe")

    def logs(self) -> bool:
        """Whether it has room for another segment of its log."""
        return self._does("SELECT pg_logical_emit_message(true, 'chaos', repeat('x', 20000000))")

    def _does(self, sql: str) -> bool:
        try:
            with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
                connection.execute(sql)
        except psycopg.Error:
            return False
        return True

    def _pg_ctl(self, verb: str, *options: str) -> None:
        user = server_user(self.cluster, database.PROGRAMS)
        environ = {key: value for key, value in os.environ.items() if not key.startswith("PG")}
        command = [str(database.PROGRAMS / "pg_ctl"), verb, "-w", "-t", "120", "-D", str(self.cluster), *options]
        done = user.run(command, environ=environ)
        if done.returncode != 0:
            raise RuntimeError(f"pg_ctl {verb}: {done.stderr.strip()}")


def copy_folder(source: Path, target: Path) -> None:
    """A data folder, whose server is stopped, with owners and modes."""
    subprocess.run([shutil.which("cp") or "cp", "-a", str(source), str(target)], check=True)
