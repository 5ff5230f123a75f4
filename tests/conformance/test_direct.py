"""The connection of the statements that run at every step."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
import pytest

from tropeiro.ports.queue import QueueUnavailable
from tropeiro.postgres.direct import Direct, Prepared, numbered
from tropeiro.postgres.link import Link

ECHO = Prepared("echo", "SELECT %(text)s::text AS text, %(number)s::int + 1, NULL, 7 %% 4", ("number", "text"))
PID = Prepared("pid", "SELECT pg_backend_pid()", ())


@asynccontextmanager
async def linked(url: str, *, silent_seconds: float = 20.0) -> AsyncIterator[Link]:
    link = Link(url, silent_seconds=silent_seconds)
    await link.open()
    try:
        yield link
    finally:
        await link.close()


def test_parameters_are_numbered_in_the_order_in_which_they_are_given() -> None:
    assert numbered("SELECT %(b)s, %(a)s, %(b)s, 1 %% 2", ("a", "b")) == "SELECT $2, $1, $2, 1 % 2"


async def test_a_row_comes_back_as_texts(engine_database: str) -> None:
    async with linked(engine_database) as link:
        echo = Direct(link)
        assert await echo.row(ECHO, (b"41", "é".encode())) == ("é".encode(), b"42", None, b"3")
        await echo.close()


async def test_statements_share_the_connection(engine_database: str) -> None:
    async with linked(engine_database) as link:
        direct = Direct(link)
        (pid,) = await direct.row(PID, ())
        assert (await direct.row(ECHO, (b"1", b"x")))[1] == b"2"
        assert await direct.row(PID, ()) == (pid,)
        await direct.close()


async def test_callers_take_turns(engine_database: str) -> None:
    async with linked(engine_database) as link:
        echo = Direct(link)
        rows = await asyncio.gather(*(echo.row(ECHO, (str(n).encode(), b"x")) for n in range(50)))
        assert [row[1] for row in rows] == [str(n + 1).encode() for n in range(50)]
        await echo.close()


async def test_a_text_that_fills_every_buffer_arrives_whole(engine_database: str) -> None:
    async with linked(engine_database) as link:
        echo = Direct(link)
        text = b"tropeiro" * 4_000_000
        assert (await echo.row(ECHO, (b"1", text)))[0] == text
        await echo.close()


async def test_what_the_statement_itself_did_wrong_is_told_as_that(engine_database: str) -> None:
    async with linked(engine_database) as link:
        echo = Direct(link)
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            await echo.row(ECHO, (b"many", b"x"))
        assert (await echo.row(ECHO, (b"1", b"x")))[1] == b"2"
        await echo.close()


async def test_a_connection_that_is_lost_is_made_anew(engine_database: str) -> None:
    async with linked(engine_database) as link:
        direct = Direct(link)
        (before,) = await direct.row(PID, ())
        assert before is not None
        await link.rows("SELECT pg_terminate_backend(%(pid)s, 5000)", {"pid": int(before)})
        with pytest.raises(QueueUnavailable):
            await direct.row(PID, ())
        (after,) = await direct.row(PID, ())
        assert after not in {None, before}
        await direct.close()


async def test_a_server_that_is_silent_is_given_up(engine_database: str) -> None:
    async with linked(engine_database, silent_seconds=0.3) as link:
        direct = Direct(link)
        sleep = Prepared("sleep", "SELECT pg_sleep(%(seconds)s::float)", ("seconds",))
        with pytest.raises(QueueUnavailable, match="silent"):
            await direct.row(sleep, (b"30",))
        assert await direct.row(sleep, (b"0",)) == (b"",)
        await direct.close()


async def test_an_answer_that_nobody_waits_for_any_more_is_not_taken_for_the_next_one(engine_database: str) -> None:
    async with linked(engine_database) as link:
        direct = Direct(link)
        late = Prepared("late", "SELECT %(text)s::text, pg_sleep(%(seconds)s::float)", ("text", "seconds"))
        caller = asyncio.create_task(direct.row(late, (b"first", b"0.2")))
        while not (await link.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")):
            await asyncio.sleep(0)
        caller.cancel()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert (await direct.row(late, (b"second", b"0")))[0] == b"second"
        await direct.close()


async def test_a_socket_that_took_the_number_of_a_lost_one_is_left_alone(engine_database: str) -> None:
    async with linked(engine_database) as link, await asyncio.start_server(lambda *_: None, "127.0.0.1", 0) as server:
        echo = Direct(link)
        (pid,) = await echo.row(PID, ())
        number = echo._socket
        await link.rows("SELECT pg_terminate_backend(%(pid)s)", {"pid": int(pid or b"0")})
        async with asyncio.timeout(10):
            while echo._socket >= 0:
                await asyncio.sleep(0.01)
        taken = socket.socket()
        if taken.fileno() != number:
            os.dup2(taken.fileno(), number)
            taken.close()
            taken = socket.socket(fileno=number)
        taken.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(taken, server.sockets[0].getsockname())
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=taken)
        with pytest.raises(QueueUnavailable):
            await echo.row(PID, ())
        transport.close()
        assert (await echo.row(PID, ()))[0] != pid
        await echo.close()


async def test_a_connection_lost_before_all_was_said_is_noticed(engine_database: str) -> None:
    facts = psycopg.conninfo.conninfo_to_dict(engine_database)
    deaf, clients = asyncio.Event(), []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        clients.append(writer)
        host, port = str(facts["host"]), facts.get("port", 5432)
        if host.startswith("/"):
            answers, server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            answers, server = await asyncio.open_connection(host, int(port or 5432))

        async def carry(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
            while not deaf.is_set() and (data := await source.read(65536)):
                target.write(data)

        await asyncio.gather(carry(reader, server), carry(answers, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", 0, limit=65536) as between:
        port = between.sockets[0].getsockname()[1]
        url = psycopg.conninfo.make_conninfo(engine_database, host="127.0.0.1", port=port, sslmode="disable")
        echo = Direct(Link(url))
        await echo.row(ECHO, (b"1", b"x"))
        deaf.set()
        asking = asyncio.create_task(echo.row(ECHO, (b"1", b"tropeiro" * 4_000_000)))
        await asyncio.sleep(0.3)
        assert not asking.done()
        for writer in clients:
            writer.transport.abort()
        async with asyncio.timeout(10):
            with pytest.raises(QueueUnavailable):
                await asking
