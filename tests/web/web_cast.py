"""The standing cast of these tests, and how they get at the database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.test import Client

from tropeiro.web.accounts.models import User
from tropeiro.web.member import Member

PASSWORD = "correct horse battery"


@dataclass(frozen=True)
class Cast:
    """Who acts in the tests."""

    alice: Member
    bob: Member
    charlie: Member

    def client(self, member: Member) -> Client:
        """A browser in which ``member`` is logged in."""
        client = Client()
        client.force_login(User.objects.get(id=member.user))
        return client


def execute(statement: str, params: Any = None) -> list[Any]:
    """Run one statement as whoever the connection is now; its rows."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
