"""A few statements, over and over, on a connection of their own: what a cursor and a pool add is left out.

A cursor costs a worker three times what the server's answer takes to arrive. Here each statement is prepared once and
spoken through libpq's asynchronous calls (PostgreSQL documentation, "Asynchronous Command Processing"); parameters are
texts or binary, answers are texts.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import pq

from tropeiro.ports.queue import QueueUnavailable
from tropeiro.postgres.link import Link, unavailable

TEXT, BINARY = 0, 1
"""Formats of a parameter."""

_PLACE = re.compile(r"%\((\w+)\)s|%%")


class Prepared:
    """A statement to be prepared once a connection."""

    def __init__(self, name: str, sql: str, params: Sequence[str]) -> None:
        """``sql`` names its parameters as ``%(name)s``; ``params`` is the order in which `Direct.row` is given them."""
        self.name = name.encode()
        self.sql = numbered(sql, params).encode()


class Direct:
    """Runs prepared statements; calls take turns. Connects again when it must."""

    def __init__(self, link: Link, types: Sequence[str] = ()) -> None:
        """``types`` names those of the database whose numbers binary parameters need."""
        self._link = link
        self._connection: psycopg.AsyncConnection[dict[str, Any]] | None = None
        self._prepared: set[bytes] = set()
        self._socket = -1
        self._type_names = tuple(types)
        self._types: tuple[int, ...] = ()
        self._answer: asyncio.Future[pq.abc.PGresult] | None = None
        self._result: pq.abc.PGresult | None = None
        self._turn = asyncio.Lock()

    async def types(self) -> tuple[int, ...]:
        """The numbers of the types, which are this database's own. Raises `QueueUnavailable`."""
        if not self._types and self._type_names:
            async with self._link.connection() as connection:
                numbers = "SELECT n::regtype::oid::bigint AS number FROM unnest(%(names)s::text[]) n"
                rows = await (await connection.execute(numbers, {"names": list(self._type_names)})).fetchall()
            self._types = tuple(row["number"] for row in rows)
        return self._types

    async def row(
        self, statement: Prepared, params: Sequence[bytes | None], formats: Sequence[int] | None = None
    ) -> tuple[bytes | None, ...]:
        """The only row of the statement's answer; it is a transaction of its own. Parameters are texts unless
        ``formats`` says otherwise.

        Raises `QueueUnavailable` when the connection fails, when nothing is heard for too long (the statement may have
        been carried out then), and for what may go better next time, and psycopg's error for what will not.
        """
        async with self._turn:
            try:
                connection = self._connection or await self._connect()
                pgconn = connection.pgconn
                if statement.name not in self._prepared:
                    await self._prepare(pgconn, statement)
                result = await self._exchange(
                    pgconn, lambda: pgconn.send_query_prepared(statement.name, params, formats)
                )
            except BaseException:
                # Also when the caller was cancelled: an answer that nobody took must not be taken for the next one.
                await self.close()
                raise
        if result.status != pq.ExecStatus.TUPLES_OK:
            raise _error(result)
        return tuple(result.get_value(0, column) for column in range(result.nfields))

    async def close(self) -> None:
        """Leave. The next call connects again."""
        connection, self._connection = self._connection, None
        self._types = ()
        if connection is not None:
            self._stop_reading()
            await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection[dict[str, Any]]:
        connection = await self._link.own_connection()
        try:
            with self._link.impatient(connection):
                # Plans are made once, and by index, also when the tables were tiny at that moment.
                await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        except psycopg.OperationalError as error:
            await connection.close()
            raise QueueUnavailable(f"PostgreSQL did not answer: {error}") from error
        pgconn = connection.pgconn
        self._connection, self._socket, self._prepared = connection, pgconn.socket, set()
        asyncio.get_running_loop().add_reader(self._socket, self._readable, pgconn)
        return connection

    async def _prepare(self, pgconn: pq.abc.PGconn, statement: Prepared) -> None:
        result = await self._exchange(pgconn, lambda: pgconn.send_prepare(statement.name, statement.sql))
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise _error(result)
        self._prepared.add(statement.name)

    async def _exchange(self, pgconn: pq.abc.PGconn, send: Callable[[], None]) -> pq.abc.PGresult:
        loop = asyncio.get_running_loop()
        self._answer, self._result = loop.create_future(), None
        silence = loop.call_later(self._link.silent_seconds, self._fail, "the server is silent")
        try:
            send()
            while pgconn.flush():
                await self._writable(self._socket, self._answer)
            return await self._answer
        except psycopg.Error as error:
            raise QueueUnavailable(f"PostgreSQL did not answer: {error}") from error
        finally:
            silence.cancel()
            self._answer = None

    async def _writable(self, socket: int, answer: asyncio.Future[pq.abc.PGresult]) -> None:
        """Until there is room for more, or no answer is to be hoped for: a socket that was closed never has room."""
        loop = asyncio.get_running_loop()
        room: asyncio.Future[Any] = loop.create_future()
        loop.add_writer(socket, lambda: None if room.done() else room.set_result(None))
        try:
            await asyncio.wait((room, answer), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if self._socket == socket:
                loop.remove_writer(socket)
        if answer.done():
            await answer

    def _readable(self, pgconn: pq.abc.PGconn) -> None:
        try:
            pgconn.consume_input()
            self._take_results(pgconn)
        except psycopg.Error as error:
            self._stop_reading()
            self._fail(str(error))
            return

    def _take_results(self, pgconn: pq.abc.PGconn) -> None:
        """All that has arrived; the answer is whole when libpq has no more of it. Never waits for the network."""
        while self._answer is not None and not self._answer.done() and not pgconn.is_busy():
            result = pgconn.get_result()
            if result is not None:
                self._result = result
            elif self._result is not None:
                self._answer.set_result(self._result)
            else:
                self._fail("the connection was lost")

    def _stop_reading(self) -> None:
        # By its number, because libpq has closed the socket of a connection that failed; and once, because the number
        # may be another connection's a moment later.
        if self._socket >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(self._socket)
            loop.remove_writer(self._socket)
            self._socket = -1

    def _fail(self, why: str) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(QueueUnavailable(f"PostgreSQL did not answer: {why}"))


def numbered(sql: str, params: Sequence[str]) -> str:
    """``%(name)s`` as ``$1``, ``$2``, … in the order of ``params``; ``%%`` as ``%``."""
    places: Mapping[str | None, str] = {name: f"${n}" for n, name in enumerate(params, 1)}
    return _PLACE.sub(lambda found: places[found[1]] if found[1] else "%", sql)


def _error(result: pq.abc.PGresult) -> Exception:
    state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
    message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"no reason given").decode(errors="replace")
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.OperationalError
    error = kind(message)
    return QueueUnavailable(f"PostgreSQL did not answer: {message}") if unavailable(error) else error
