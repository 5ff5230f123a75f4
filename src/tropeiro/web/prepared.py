"""A cursor for the statements that every start of a job executes: the server reads and plans each once a connection.

Django's own cursors write their parameters into the statement, which is then read and planned anew each time: for a
lookup through five tables that is most of its cost. Here the parameters travel beside it. What is written for this
cursor must tell the types of its parameters, where the server could not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


@contextmanager
def prepared_cursor() -> Iterator[Any]:
    """As ``connection.cursor()``. Prepares where connections are kept (`django_settings.database_settings`)."""
    connection.ensure_connection()
    # Its type is Django's own mixture of two classes, which the stubs do not know.
    make: Any = ServerBindingCursor
    cursor = make(connection.connection)
    wrapped = connection.make_debug_cursor(cursor) if connection.queries_logged else connection.make_cursor(cursor)
    with wrapped:
        yield wrapped
