"""Where the one connection that listens for all pages goes."""

from __future__ import annotations

import pytest
from django.db import connections
from psycopg.conninfo import conninfo_to_dict

from tropeiro.web.django_settings import database_settings
from tropeiro.web.screens.live.listener import conninfo


def test_it_finds_the_database_of_a_process_that_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    given = database_settings("postgresql://ana@db.example:5433/tropeiro?sslmode=require", serving=True)
    monkeypatch.setitem(connections.settings, "default", given)
    said = conninfo_to_dict(conninfo())
    assert (said["host"], said["port"], said["user"], said["sslmode"]) == ("db.example", "5433", "ana", "require")
