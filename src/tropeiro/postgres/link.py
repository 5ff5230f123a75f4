"""One way to talk to PostgreSQL from the event loop: pooled connections, and ears for its notifications."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from tropeiro.ports.queue import QueueUnavailable

log = logging.getLogger(__name__)

SILENT_SECONDS = 30.0
"""A statement that has no answer for so long never gets one: what stands between may have lost the connection."""
_RECONNECT_SECONDS = 0.5
_LISTEN_SECONDS = 5.0
"""How often who only listens asks whether the server is still there."""
_TOO_MUCH = "54"
"""Class of SQL states for what exceeds PostgreSQL's limits: the same statement would exceed them again."""


class Link:
    """A pool of autocommit connections to one database."""

    def __init__(
        self, url: str, *, size: int = 4, application: str = "tropeiro", silent_seconds: float = SILENT_SECONDS
    ) -> None:
        self.url = url
        self._application = application
        self.silent_seconds = silent_seconds
        self._draining: asyncio.Task[None] | None = None
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[dict[str, Any]]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=size,
            open=False,
            timeout=10,
            # Its pauses double until then: after a long absence nobody should wait for the end of the last one.
            reconnect_timeout=5,
            kwargs={"autocommit": True, "row_factory": dict_row, "application_name": application, **KEEPALIVE},
        )

    async def open(self) -> None:
        """Connect. Raises `QueueUnavailable`."""
        await self._pool.open()
        try:
            await self._pool.wait(timeout=15)
        except PoolTimeout as error:
            await self._pool.close()
            raise QueueUnavailable(
                "PostgreSQL cannot be reached.", hint="Is it running, and is DATABASE_URL right?"
            ) from error

    async def close(self) -> None:
        await self._pool.close()

    async def rows(self, sql: str, params: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """Run one statement, which is its own transaction. Raises `QueueUnavailable` when the connection fails."""
        async with self.connection() as connection:
            cursor = await connection.execute(sql, params, prepare=True)
            return await cursor.fetchall() if cursor.description else []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[psycopg.AsyncConnection[dict[str, Any]]]:
        """A connection of the pool. Failures of the connection (not of the statement) become `QueueUnavailable`, and
        so does what may go better next time, such as a deadlock."""
        try:
            async with self._pool.connection() as connection:
                with self.impatient(connection):
                    yield connection
        except (psycopg.Error, PoolTimeout) as error:
            if not unavailable(error):
                raise
            raise QueueUnavailable(f"PostgreSQL did not answer: {error}") from error

    @contextmanager
    def impatient(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> Iterator[None]:
        """Hang up when the block takes longer than the server may be silent; what waits inside then fails.

        TCP itself does not notice a connection that a proxy on the way has forgotten.
        """
        timer = asyncio.get_running_loop().call_later(self.silent_seconds, self._hang_up, connection)
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self, connection: psycopg.AsyncConnection[dict[str, Any]]) -> None:
        log.warning("PostgreSQL was silent for %g s; the connections are made anew", self.silent_seconds)
        with suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
            line.shutdown(socket.SHUT_RDWR)
        # Those of the pool went the same way, and each would be found out only after as long a silence.
        if self._draining is None or self._draining.done():
            self._draining = asyncio.create_task(self._pool.drain(), name="drain the pool")

    async def own_connection(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        """A connection outside the pool, for what lasts as long as its session. The caller closes it."""
        try:
            return await psycopg.AsyncConnection.connect(
                self.url, autocommit=True, row_factory=dict_row, application_name=self._application, **KEEPALIVE
            )
        except psycopg.OperationalError as error:
            raise QueueUnavailable(f"PostgreSQL cannot be reached: {error}") from error


def unavailable(error: Exception) -> bool:
    """Whether the same statement may go better next time: a connection that failed, a deadlock, a full disk."""
    if not isinstance(error, (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout)):
        return False
    return not (getattr(error, "sqlstate", None) or "").startswith(_TOO_MUCH)


KEEPALIVE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}


class Ears:
    """Listens on channels for as long as it lives, and calls back; after a gap it calls back for each channel."""

    def __init__(self, link: Link, handlers: dict[str, Callable[[str], None]]) -> None:
        self._link = link
        self._handlers = handlers
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="listen")
        await self._listening.wait()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                connection = await self._link.own_connection()
                async with connection:
                    for channel in self._handlers:
                        await connection.execute(f"LISTEN {channel}")
                    self._listening.set()
                    # What was said while nobody listened is unknown, so everybody looks.
                    for handler in self._handlers.values():
                        handler("")
                    while True:
                        async for notice in connection.notifies(timeout=_LISTEN_SECONDS):
                            self._handlers[notice.channel](notice.payload)
                        with self._link.impatient(connection):
                            await connection.execute("SELECT 1")
            except (psycopg.Error, QueueUnavailable) as error:
                log.warning("listening interrupted: %s", error)
            await asyncio.sleep(_RECONNECT_SECONDS)


async def heard(event: asyncio.Event, timeout: float) -> None:
    """Until the event is set, or so many seconds have passed; then it is cleared.

    Not by ``asyncio.wait_for``: before Python 3.12 it forgets a cancellation that comes together with the event.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await event.wait()
    event.clear()
