"""The database's tables: bringing them to this version's, and seeing whether they are.

Apart from `setup`, because what reads migrations takes longer to load than a command that finds nothing to do.
"""

from __future__ import annotations

from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.web.tenant_role import ensure_role

_MIGRATION_LOCK = 0x7470_726F


def migrate() -> None:
    """See `setup.migrate`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_MIGRATION_LOCK])
            try:
                if not _has_tables():
                    ensure_role()
                call_command("migrate", interactive=False, verbosity=0)
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_MIGRATION_LOCK])
    except OperationalError as problem:
        raise PlatformUnavailable(
            f"The database cannot be reached: {str(problem).strip()}",
            hint="Check DATABASE_URL and that the server is up.",
        ) from problem


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
