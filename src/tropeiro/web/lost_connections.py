"""After a restart of the database: connections that it cut are dropped all at once."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection


def drop_lost_connections() -> None:
    """Try each idle connection of this process. Called when a request met a lost one, so that the next meet none."""
    pool = cast("Any", connection).pool
    if pool is not None:
        pool.check()
