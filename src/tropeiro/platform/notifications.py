"""Hearing of changes: PostgreSQL's notifications, for a process that waits for one thing at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from tropeiro.kernel.errors import PlatformUnavailable

GATHER_SECONDS = 0.1
"""A job with thousands of steps says something thousands of times; this often is enough to look."""


class Ear:
    """A connection that listens to some channels."""

    def __init__(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        self._connection = connection

    def wait(self, seconds: float) -> bool:
        """Until something is said or the time is over; whether something was. Raises `PlatformUnavailable`.

        What is said in the moment after counts as the same: the listener looks at the state of things, not at words.
        """
        try:
            heard = any(True for _ in self._connection.notifies(timeout=seconds, stop_after=1))
            if heard:
                for _ in self._connection.notifies(timeout=GATHER_SECONDS):
                    pass
        except psycopg.OperationalError as problem:
            raise PlatformUnavailable(
                "The connection to the database was lost.",
                hint="What was accepted goes on. See: tropeiro job list",
            ) from problem
        return heard


@contextmanager
def listening(url: str, *channels: str) -> Iterator[Ear]:
    """An `Ear` for ``channels``; what is said from now on is heard, even before the first ``wait``."""
    with psycopg.connect(url, autocommit=True, application_name="tropeiro cli") as connection:
        for channel in channels:
            connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
        yield Ear(connection)
