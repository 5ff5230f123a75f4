"""The database role of tenants, which the tables' policies name: seen to before the first migration."""

from __future__ import annotations

from typing import Any

from django.db import connection, transaction
from django.db.utils import ProgrammingError

from tropeiro.kernel.errors import PlatformUnavailable

ROLE = "tropeiro_tenant"


def ensure_role() -> None:
    """Make the tenant's role, and let the login role become it, where that is not so already.

    Raises `PlatformUnavailable` with the statements for the server's administrator when the login role may not.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_database(), has_schema_privilege('public', 'CREATE'),"
            " EXISTS (SELECT FROM pg_roles WHERE rolname = %s)",
            [ROLE],
        )
        user, database, creates_tables, exists = cursor.fetchone()
        needed = []
        if not exists and not _may(cursor, f"CREATE ROLE {ROLE} NOLOGIN"):
            needed.append(f"CREATE ROLE {ROLE} NOLOGIN;")
        quoted = connection.ops.quote_name(user)
        if needed or not (_becomes(cursor) or _may(cursor, f"GRANT {ROLE} TO {quoted}")):
            needed.append(f"GRANT {ROLE} TO {quoted};")
        if not creates_tables:
            needed.append(f"GRANT CREATE ON SCHEMA public TO {quoted};")
    if needed:
        raise PlatformUnavailable(
            f"The database role {quoted} may not do in {database!r} what Tropeiro's first migration needs.",
            hint=f"As the server's administrator, in this database, run once: {' '.join(needed)}",
        )


def _may(cursor: Any, statement: str) -> bool:
    """Whether the statement could be executed; if so, it was."""
    try:
        with transaction.atomic():
            cursor.execute(statement)
    except ProgrammingError:
        return False
    return True


def _becomes(cursor: Any) -> bool:
    """Whether the login role may become the tenant's."""
    with transaction.atomic():
        allowed = _may(cursor, f"SET LOCAL ROLE {ROLE}")
        cursor.execute("RESET ROLE")
    return allowed
