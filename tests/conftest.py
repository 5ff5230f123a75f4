"""What every test may ask for.

``postgres_server``
    (session) A real PostgreSQL: the one that ``DATABASE_URL`` names, whose role must be allowed to create databases,
    else an embedded one in a temporary folder. The processes of pytest-xdist share it.
``database_template``
    (session) Name of a database on it with every migration applied, made once for a whole run.
``database_url``
    (module) URL of a fresh database with every migration applied, dropped after the module.
``empty_database_url``
    (function) The same without migrations.

Tests that use any of them are marked ``postgres``, so that ``pytest -m postgres`` runs them against another server.

Tests marked ``django_db`` work too: Django's default connection is pointed at a migrated database of its own for each
process, instead of the one that pytest-django would make.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

from tropeiro.platform import data_folder, database

FOLDER = "TROPEIRO_TEST_FOLDER"
"""Environment variable by which the processes of one test run find their folder."""

_BY_MODULE = ("tests/acceptance/", "tests/cli/", "tests/conformance/")
"""Where a module's tests share what takes seconds to make: each module runs in one process."""
_QUICK = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "128MB"}
"""Nobody needs a test's data after a power cut."""


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        os.environ[FOLDER] = tempfile.mkdtemp(prefix="tropeiro-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or FOLDER not in os.environ:
        return
    folder = Path(os.environ.pop(FOLDER))
    if (url := os.environ.get("DATABASE_URL")) and (folder / "template").exists():
        PostgresServer(url).drop((folder / "template").read_text())
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "postgres_server" in fixtures or item.get_closest_marker("django_db"):
            item.add_marker(pytest.mark.postgres)
        if item.nodeid.startswith(_BY_MODULE):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


ATTEMPTS = 5
"""At dropping a database; each waits five seconds for its sessions to end."""


@dataclass(frozen=True)
class PostgresServer:
    """A server, and a role that may make databases on it."""

    admin_url: str

    def url(self, name: str) -> str:
        """URL of the database ``name``."""
        return urlunsplit(urlsplit(self.admin_url)._replace(path=f"/{name}"))

    def create(self, *, template: str | None = None, prefix: str = "test") -> str:
        """Name of a new database."""
        name = f"{prefix}_{uuid4().hex[:16]}"
        self._execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
        return name

    def drop(self, name: str) -> None:
        """Drop the database ``name``, whoever is connected to it.

        Not ``WITH (FORCE)``: that asks for the right to end a vacuum that the server runs there, while a plain drop
        ends it by itself and waits for those that leave.
        """
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            for _ in range(ATTEMPTS):
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND usename = current_user",
                    [name],
                )
                with suppress(psycopg.errors.ObjectInUse):
                    connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
                    return
        raise RuntimeError(f"The database {name} is connected to again and again.")

    @contextmanager
    def database(self, *, template: str | None = None) -> Iterator[str]:
        """URL of a database that lives as long as the block."""
        name = self.create(template=template)
        try:
            yield self.url(name)
        finally:
            self.drop(name)

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def run_folder() -> Path:
    """A folder that all processes of this test run share."""
    return Path(os.environ[FOLDER])


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> Iterator[PostgresServer]:
    if given := os.environ.get("DATABASE_URL"):
        yield PostgresServer(given)
        return
    data = run_folder / "server"
    data_folder.prepare(data)
    with database.running(data, settings=_QUICK) as url:
        yield PostgresServer(url)


@pytest.fixture(scope="session")
def database_template(postgres_server: PostgresServer, run_folder: Path) -> str:
    mark = run_folder / "template"
    with (run_folder / "template.lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not mark.exists():
            name = postgres_server.create(prefix="template")
            _migrate(postgres_server.url(name), run_folder / "migrate")
            mark.write_text(name)
    return mark.read_text()


@pytest.fixture(scope="module")
def database_url(postgres_server: PostgresServer, database_template: str) -> Iterator[str]:
    with postgres_server.database(template=database_template) as url:
        yield url


@pytest.fixture
def empty_database_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def django_db_setup(postgres_server: PostgresServer, database_template: str, django_db_blocker: Any) -> Iterator[None]:
    """In the place of pytest-django's own: a database from the template, for this process."""
    from django.db import connections

    with postgres_server.database(template=database_template) as url:
        parts = urlsplit(url)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        with django_db_blocker.unblock():
            connections.close_all()
        connections["default"].settings_dict.update(
            NAME=parts.path.removeprefix("/"),
            USER=unquote(parts.username or ""),
            PASSWORD=unquote(parts.password or ""),
            HOST=query.get("host", parts.hostname or ""),
            PORT=str(parts.port or query.get("port", "")),
        )
        yield
        with django_db_blocker.unblock():
            connections.close_all()


def _migrate(url: str, data: Path) -> None:
    # In a process of its own: Django's settings name one database for the whole life of a process.
    environ = {**os.environ, "DATABASE_URL": url, "TROPEIRO_DATA": str(data)}
    done = subprocess.run(
        [sys.executable, "-m", "tropeiro.cli.main", "migrate"], env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"tropeiro migrate failed:\n{done.stdout}\n{done.stderr}"
