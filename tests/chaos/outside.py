"""A look at the database from outside: plain SQL over a connection of its own, which outlives the server's deaths."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import psycopg

_NAP_SECONDS = 0.1
_PATIENCE_SECONDS = 90.0


class NotInTime(Exception):
    """Something that was waited for did not come."""


def pause(seconds: float) -> None:
    """Let time pass: an observer from outside is told nothing, so it looks again after a while."""
    threading.Event().wait(seconds)


def wait_until(question: Callable[[], bool], seconds: float, what: str, *, nap: float = _NAP_SECONDS) -> float:
    """Until the answer is yes, asked every ``nap`` seconds; how many it took. Raises `NotInTime`."""
    began = time.monotonic()
    while not question():
        if time.monotonic() - began > seconds:
            raise NotInTime(f"{what}: not within {seconds:g} s")
        pause(nap)
    return time.monotonic() - began


class Outside:
    """One thread's eyes on a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._connection: psycopg.Connection[Any] | None = None

    def rows(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of one statement, asked again while the server is away."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while True:
            try:
                cursor = self._open().execute(sql, params)
                return cursor.fetchall() if cursor.description else []
            except (psycopg.OperationalError, psycopg.InterfaceError):
                self.close()
                if time.monotonic() > deadline:
                    raise
                pause(_NAP_SECONDS)

    def value(self, sql: str, params: Sequence[Any] = ()) -> Any:
        """The first column of the only row."""
        return self.rows(sql, params)[0][0]

    def transaction(self, statements: Sequence[tuple[str, Sequence[Any]]]) -> None:
        """Several statements, all or none. Raises what psycopg raises, also when it is unknown if they were."""
        with self._open().transaction():
            for sql, params in statements:
                self._open().execute(sql, params)

    def _open(self) -> psycopg.Connection[Any]:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.url, autocommit=True, connect_timeout=5, application_name="chaos")
        return self._connection

    def close(self) -> None:
        """Forget the connection; the next question makes another."""
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
            self._connection = None
