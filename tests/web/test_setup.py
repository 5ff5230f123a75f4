"""Getting the web side ready."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from web_cast import execute

from tropeiro.cli.console import bring_to_this_version
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.services.core import CORE_SERVICES
from tropeiro.web import edition, setup
from tropeiro.web.projects.core import sync_core

MIGRATE = """
import os, sys
from tropeiro.config import load
from tropeiro.kernel.errors import TropeiroError
from tropeiro.web import setup
setup.configure(load(os.environ))
try:
    setup.migrate()
except TropeiroError as error:
    print(error.message, error.hint)
    sys.exit(3)
"""


def _migrate(url: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environ = {**os.environ, "DATABASE_URL": url, "TROPEIRO_DATA": str(tmp_path), "TROPEIRO_SECRET_KEY": "k" * 40}
    return subprocess.run([sys.executable, "-c", MIGRATE], env=environ, capture_output=True, text=True, check=False)


def test_every_model_has_its_migration() -> None:
    loader = MigrationLoader(None)
    wanted = ProjectState.from_apps(apps)
    changes = MigrationAutodetector(loader.project_state(), wanted).changes(graph=loader.graph)
    assert changes == {}
    assert not setup.model_changes()


@pytest.mark.django_db
def test_a_migrated_database_has_nothing_pending() -> None:
    assert not setup.pending_migrations()


@pytest.mark.django_db
def test_a_database_is_of_this_edition_once_it_was_marked_and_until_the_code_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(setup, "this_edition", lambda: "1" * 64)
    assert not setup.of_this_edition()
    setup.mark_edition()
    assert setup.of_this_edition()
    monkeypatch.setattr(setup, "this_edition", lambda: "2" * 64)
    assert not setup.of_this_edition()


@pytest.mark.django_db
def test_a_database_of_this_edition_is_brought_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    setup.mark_edition()
    monkeypatch.setattr(setup, "pending_migrations", lambda: pytest.fail("looked at the migrations"))
    monkeypatch.setattr(setup, "sync_core", lambda: pytest.fail("looked at the built-in services"))
    assert not bring_to_this_version()


@pytest.mark.django_db
def test_a_role_that_does_not_own_the_tables_marks_nothing_and_is_not_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "this_edition", lambda: "1" * 64)
    execute("CREATE ROLE tropeiro_guest")
    execute("GRANT tropeiro_guest TO CURRENT_USER")
    execute("GRANT SELECT ON django_migrations TO tropeiro_guest")
    execute("SET LOCAL ROLE tropeiro_guest")
    setup.mark_edition()
    assert not setup.of_this_edition()


@pytest.mark.parametrize("file", ["web/jobs/migrations/0001_initial.py", "sql/schema/020_jobs.sql"])
def test_the_edition_is_decided_by_tables_and_built_in_services(file: str) -> None:
    decided = {path.as_posix() for path in edition._deciding()}
    assert any(path.endswith(f"tropeiro/{file}") for path in decided)
    assert any("services/core/" in path for path in decided)
    assert any(path.endswith("django/__init__.py") for path in decided)


@pytest.mark.postgres
def test_migrating_twice_at_the_same_time_works(empty_database_url: str, tmp_path: Path) -> None:
    environ = {
        **os.environ,
        "DATABASE_URL": empty_database_url,
        "TROPEIRO_DATA": str(tmp_path),
        "TROPEIRO_SECRET_KEY": "k" * 40,
    }
    both = [subprocess.Popen([sys.executable, "-c", MIGRATE], env=environ) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]


@pytest.mark.postgres
def test_a_role_that_may_not_do_what_is_needed_is_told_what_to_run(empty_database_url: str, tmp_path: Path) -> None:
    role = "tropeiro_powerless"
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {role}")
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'")
    parts = urlsplit(empty_database_url)
    host = parts.netloc.rpartition("@")[2]
    refused = _migrate(urlunsplit(parts._replace(netloc=f"{role}:x@{host}")), tmp_path)
    assert refused.returncode == 3, refused.stderr
    assert f'GRANT tropeiro_tenant TO "{role}"' in refused.stdout
    assert f'GRANT CREATE ON SCHEMA public TO "{role}"' in refused.stdout
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {role}")


@pytest.mark.django_db
def test_the_built_in_services_are_published_once_and_are_public(web_settings: Any) -> None:
    sync_core()
    count = "SELECT count(*) FROM tropeiro_service_version"
    before = execute(count)
    assert sync_core() == ()
    assert execute(count) == before
    rows = execute(
        "SELECT s.name FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id"
        " WHERE p.slug = 'core' AND s.visibility = 'public'"
    )
    assert {name for (name,) in rows} == {definition.name for definition in CORE_SERVICES}


def test_a_database_of_an_earlier_development_version_is_refused_with_what_to_do(
    empty_database_url: str, tmp_path: Path
) -> None:
    assert _migrate(empty_database_url, tmp_path).returncode == 0
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute("UPDATE tropeiro_schema_text SET digest = 'another' WHERE name = '050_settle'")
        refused = _migrate(empty_database_url, tmp_path)
        assert refused.returncode == 3, refused.stderr
        assert "earlier development version" in refused.stdout
        assert "TROPEIRO_DATA" in refused.stdout
        connection.execute("DROP TABLE tropeiro_schema_text")
    assert _migrate(empty_database_url, tmp_path).returncode == 3


@pytest.mark.django_db
def test_a_start_refuses_it_too_although_nothing_is_pending() -> None:
    execute("COMMENT ON TABLE django_migrations IS 'another edition'")
    execute("UPDATE tropeiro_schema_text SET digest = 'another' WHERE name = '050_settle'")
    with pytest.raises(PlatformUnavailable, match="earlier development version"):
        bring_to_this_version()
