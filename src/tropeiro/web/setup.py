"""Getting the web side ready: Django from a `Config`, the tables, and what every installation has.

This module can be imported at any time. Every other module here that names a model can be imported only after
`configure`; processes that configure themselves late take those by name.
"""

from __future__ import annotations

import django
from django.apps import apps
from django.conf import settings
from django.db import connection, connections
from django.utils.module_loading import import_string

from tropeiro.config import Config
from tropeiro.web.django_settings import database_settings, settings_for
from tropeiro.web.edition import EDITION, this_edition


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
    import_string("tropeiro.web.migrating.migrate")()


def refuse_other_schema() -> None:
    """Raise `PlatformUnavailable` for a database that was made with other texts of the schema than this version's."""
    import_string("tropeiro.web.migrating.refuse_other_schema")()


def pending_migrations() -> bool:
    """Whether the database lacks migrations that this version has."""
    return bool(import_string("tropeiro.web.migrating.pending_migrations")())


def model_changes() -> bool:
    """Whether a model says something that no migration does. Needs no database."""
    return bool(import_string("tropeiro.web.migrating.model_changes")())


def sync_core() -> None:
    """Bring the house's project ``core`` and its built-in services to what this version has. Harmless when repeated."""
    import_string("tropeiro.web.projects.core.sync_core")()


def of_this_edition() -> bool:
    """Whether the database was brought to this version's tables and built-in services; see `edition`."""
    with connection.cursor() as cursor:
        cursor.execute(EDITION)
        return bool(cursor.fetchone()[0] == this_edition())


def mark_edition() -> None:
    """Leave in the database that it was brought to this version's tables and built-in services.

    A role that works with the tables and does not own them leaves nothing: what there is to bring is then looked up.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'django_migrations'::regclass")
        if cursor.fetchone()[0]:
            cursor.execute(f"COMMENT ON TABLE django_migrations IS '{this_edition()}'")
