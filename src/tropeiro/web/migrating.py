"""The database's tables: bringing them to this version's, and seeing whether they are.

Apart from `setup`, because what reads migrations takes longer to load than a command that finds nothing to do.
"""

from __future__ import annotations

from hashlib import sha256

from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.sql import schema, schema_names
from tropeiro.web.tenant_role import ensure_role

_MIGRATION_LOCK = 0x7470_726F


def migrate() -> None:
    """See `setup.migrate`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
            try:
                refuse_other_schema()
                if not _has_tables():
                    ensure_role()
                call_command("migrate", interactive=False, verbosity=0)
                _remember_schema()
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
    except OperationalError as problem:
        raise PlatformUnavailable(
            f"The database cannot be reached: {str(problem).strip()}",
            hint="Check DATABASE_URL and that the server is up.",
        ) from problem


def refuse_other_schema() -> None:
    """Raise `PlatformUnavailable` when texts of the schema that this database was made with are others by now.

    Nothing for a database without tables. Migrations run a text once; before the first release texts are edited in
    place, and a database that was made with the old ones would fail at every step without a word that a person
    understands.
    """
    if not _has_tables():
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('tropeiro_schema_text') IS NOT NULL")
        kept: dict[str, str] = {}
        if cursor.fetchone()[0]:
            cursor.execute("SELECT name, digest FROM tropeiro_schema_text")
            kept = dict(cursor.fetchall())
    now = _digests()
    if not kept or any(now.get(name) != digest for name, digest in kept.items()):
        raise PlatformUnavailable(
            "This database was made by an earlier development version, whose tables cannot be brought to this one's.",
            hint="Begin anew: name another data folder with TROPEIRO_DATA, or an empty database with DATABASE_URL.",
        )


def _remember_schema() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS tropeiro_schema_text (name text PRIMARY KEY, digest text NOT NULL)")
        cursor.executemany(
            "INSERT INTO tropeiro_schema_text (name, digest) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            list(_digests().items()),
        )


def _digests() -> dict[str, str]:
    return {name: sha256(schema(name).encode()).hexdigest() for name in schema_names()}


def pending_migrations() -> bool:
    """See `setup.pending_migrations`."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def model_changes() -> bool:
    """See `setup.model_changes`."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner()
    )
    return bool(detector.changes(graph=loader.graph))


def _has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('tropeiro_organization') IS NOT NULL")
        return bool(cursor.fetchone()[0])
