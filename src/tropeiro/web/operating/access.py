"""The door to what operators see: a user → an operator, or the same "not found" as for what does not exist."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.access import COMMAND_LINE
from tropeiro.web.member import Member


@dataclass(frozen=True, slots=True)
class Operator:
    """Somebody who operates the platform. `operator_of` makes them."""

    user: int | None
    """``None`` for the command line of the machine itself."""
    label: str
    """What logs call them."""

    def within(self, member: Member) -> Member:
        """The operator, as the audit log of ``member``'s organization names them."""
        return replace(member, user=self.user, label=self.label)


LOCAL_OPERATOR = Operator(None, COMMAND_LINE)
"""Whoever holds the keys of this machine. For the command line only."""


def operator_of(user: int | None) -> Operator:
    """The operator that a user is. Raises `NotFound` for who is none. Asked anew at every read and act."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT email FROM tropeiro_user WHERE id = %s AND is_operator AND is_active", [user])
        row = cursor.fetchone()
    if row is None:
        raise NotFound(_("There is nothing here that you can see."))
    return Operator(user, row[0])


def require_operator(user: int | None) -> None:
    """Raise `NotFound` unless the user with this id operates the platform."""
    operator_of(user)
