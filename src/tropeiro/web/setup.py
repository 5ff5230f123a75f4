"""Getting the web side ready: Django from a `Config`, the tables, and what every installation has.

This module can be imported at any time. Every other module here that names a model can be imported only after
`configure`; processes that configure themselves late take those by name.
"""

from __future__ import annotations

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection, connections
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils.module_loading import import_string

from tropeiro.config import Config
from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.web.django_settings import database_settings, settings_for
from tropeiro.web.tenant_role import ensure_role

_MIGRATION_LOCK = 0x7470_726F


def configure(config: Config, *, serving: bool = False) -> None:
    """Set Django up for ``config``. Harmless when repeated; another database URL is followed.

    ``serving`` is for the process that answers requests: it keeps a pool of connections.
    """
    if not settings.configured:
        settings.configure(**settings_for(config, serving=serving))
    elif config.database_url and config != settings.TROPEIRO:
        settings.TROPEIRO = config
        connections.close_all()
        connections.settings["default"].update(database_settings(config.database_url, serving=serving))
        connections["default"].settings_dict.update(connections.settings["default"])
    if not apps.ready:
        django.setup()


def migrate() -> None:
    """Bring the database to this version's tables. Several may call it at once: they take turns.

    Raises `PlatformUnavailable` when the server cannot be reached, or lacks what only its administrator can give.
    """
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
    """Whether the database lacks migrations that this version has."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def model_changes() -> bool:
    """Whether a model says something that no migration does. Needs no database."""
    loader = MigrationLoader(None)
    detector = MigrationAutodetector(
        loader.project_state(), ProjectState.from_apps(apps), NonInteractiveMigrationQuestioner()
    )
    return bool(detector.changes(graph=loader.graph))


def sync_core() -> None:
    """Bring the house's project ``core`` and its built-in services to what this version has. Harmless when repeated."""
    import_string("tropeiro.web.projects.core.sync_core")()


def _has_tables() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('tropeiro_organization') IS NOT NULL")
        return bool(cursor.fetchone()[0])
