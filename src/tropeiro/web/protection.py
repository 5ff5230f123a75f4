"""What migrations say about a table of tenants: who may touch which rows."""

from __future__ import annotations

from django.db.migrations.operations import RunSQL

_NO_WAY_BACK = RunSQL.noop


def protect(table: str, privileges: str) -> RunSQL:
    """Row-level security: under the tenant's role only rows of its organization, and only ``privileges``."""
    return RunSQL(f"SELECT tropeiro_protect('{table}', '{privileges}')", _NO_WAY_BACK)


def same_organization(table: str, column: str, target: str) -> RunSQL:
    """A foreign key that also holds the organization, so that no row can point into another tenant's."""
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_same_{column} FOREIGN KEY (organization_id, {column}) "
        f"REFERENCES {target} (organization_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_same_{column}",
    )


def identified_with_organization(table: str) -> RunSQL:
    """What `same_organization` needs of its target."""
    return RunSQL(
        f"ALTER TABLE {table} ADD CONSTRAINT {table}_of_organization UNIQUE (organization_id, id)",
        f"ALTER TABLE {table} DROP CONSTRAINT {table}_of_organization",
    )


def immutable(table: str, events: str = "UPDATE") -> RunSQL:
    """Refuse ``events`` on the rows of a table, whoever asks."""
    return RunSQL(
        f"CREATE TRIGGER {table}_immutable BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION tropeiro_refuse()",
        f"DROP TRIGGER {table}_immutable ON {table}",
    )
