"""A TCP proxy between workers and database that can reset, stall, go half open, or lose an answer."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from typing import Any

SETTLEMENT = b"\0settle"
"""In what a worker sends to settle: an unnamed portal, and how the names of its two prepared statements begin."""

_CHUNK = 1 << 16


class Pair:
    """One connection: the client's side and the server's."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client, self.server = client, server
        self.deaf = False
        """Half open: nothing is carried any more, and the client is not told."""
        self.lose_answer = False
        """The next thing that the server says is lost, and the connection with it."""


class Proxy:
    """Carries bytes between a port of its own and the server's socket."""

    def __init__(self, target: str) -> None:
        self._target = target
        self.port = 0
        self.answers_lost = 0
        self._pairs: set[Pair] = set()
        self._match: bytes | None = None
        self._loop = asyncio.new_event_loop()
        self._open = asyncio.Event()
        self._open.set()

    @classmethod
    @contextmanager
    def open(cls, target: str) -> Iterator[Proxy]:
        """A proxy to the Unix socket ``target``, in a thread."""
        proxy = cls(target)
        ready = threading.Event()
        thread = threading.Thread(target=proxy._serve, args=(ready,), name="proxy", daemon=True)
        thread.start()
        ready.wait(10)
        try:
            yield proxy
        finally:
            proxy._loop.call_soon_threadsafe(proxy._loop.stop)
            thread.join(10)

    @property
    def url(self) -> str:
        """The database by way of the proxy."""
        return f"postgresql://tropeiro@127.0.0.1:{self.port}/tropeiro?sslmode=disable&gssencmode=disable"

    def reset(self) -> int:
        """Reset every connection (RST); how many."""
        return self._do(self._reset)

    def stall(self) -> int:
        """Carry nothing in either direction until `resume`; how many connections feel it."""
        return self._do(self._stall)

    def resume(self) -> None:
        """Carry again."""
        self._do(self._resume)

    def go_deaf(self) -> int:
        """Leave every connection of now half open: the server's side is closed, the client's stays and is silent."""
        return self._do(self._go_deaf)

    def lose_answer_to(self, match: bytes) -> None:
        """When a client says something with ``match`` in it, the server hears it and its answer is lost, once."""
        self._do(lambda: self._lose(match))

    def _do(self, what: Callable[[], int]) -> int:
        told: Future[int] = Future()
        self._loop.call_soon_threadsafe(lambda: told.set_result(what()))
        return told.result(10)

    def _reset(self) -> int:
        count = len(self._pairs)
        for pair in tuple(self._pairs):
            _rst(pair.client)
            _rst(pair.server)
        return count

    def _stall(self) -> int:
        self._open.clear()
        return len(self._pairs)

    def _resume(self) -> int:
        self._open.set()
        return len(self._pairs)

    def _lose(self, match: bytes) -> int:
        self._match = match
        return len(self._pairs)

    def _go_deaf(self) -> int:
        count = 0
        for pair in self._pairs:
            count += not pair.deaf
            pair.deaf = True
            _rst(pair.server)
        return count

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._open.wait()
        try:
            answers, server = await asyncio.open_unix_connection(self._target)
        except OSError:
            _rst(writer)
            return
        pair = Pair(writer, server)
        self._pairs.add(pair)
        ways = [
            asyncio.create_task(self._carry(pair, reader, server, from_client=True)),
            asyncio.create_task(self._carry(pair, answers, writer, from_client=False)),
        ]
        # Cancelled only at the end of everything.
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if pair.deaf:
                # The client's side stays open until the client gives up.
                await asyncio.wait([ways[0]])
        for way in ways:
            way.cancel()
        for side in (writer, server):
            side.close()
        self._pairs.discard(pair)

    async def _carry(
        self, pair: Pair, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, from_client: bool
    ) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while data := await source.read(_CHUNK):
                await self._open.wait()
                if pair.deaf:
                    continue
                if from_client and self._match is not None and self._match in data:
                    self._match, pair.lose_answer = None, True
                elif not from_client and pair.lose_answer:
                    self.answers_lost += 1
                    _rst(pair.client)
                    return
                target.write(data)
                await target.drain()


def _rst(writer: asyncio.StreamWriter) -> None:
    found: Any = writer.get_extra_info("socket")
    if found is not None and found.family != socket.AF_UNIX:
        with suppress(OSError):
            found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
