"""The database role of tenants, which the tables' policies name, seen to before the first migration."""

from __future__ import annotations

from typing import Any

from tropeiro.kernel.errors import PlatformUnavailable
from tropeiro.web.tenancy import ROLE


def check_role(apps: Any, schema_editor: Any) -> None:
    """Raise `PlatformUnavailable` when the login role can neither make the tenant's role nor become it."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, current_database(), r.rolsuper OR r.rolcreaterole,"
            " EXISTS (SELECT FROM pg_roles t WHERE t.rolname = %s AND pg_has_role(current_user, t.oid, 'MEMBER')),"
            " has_schema_privilege('public', 'CREATE')"
            " FROM pg_roles r WHERE r.rolname = current_user",
            [ROLE],
        )
        user, database, creates_roles, is_member, creates_tables = cursor.fetchone()
    needed = []
    if not creates_roles and not is_member:
        needed.append(f'CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO "{user}";')
    if not creates_tables:
        needed.append(f'GRANT CREATE ON SCHEMA public TO "{user}";')
    if needed:
        raise PlatformUnavailable(
            f'The database role "{user}" may not do in "{database}" what Tropeiro\'s first migration needs',
            hint=f"As the server's administrator, in this database, run once: {' '.join(needed)}",
        )
