"""The door to what operators see: a user → an operator, or the same "not found" as for what does not exist."""

from __future__ import annotations

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound


def require_operator(user: int | None) -> None:
    """Raise `NotFound` unless the user with this id operates the platform. Asked anew at every read."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM tropeiro_user WHERE id = %s AND is_operator AND is_active)", [user])
        if not cursor.fetchone()[0]:
            raise NotFound(_("There is nothing here that you can see."))
