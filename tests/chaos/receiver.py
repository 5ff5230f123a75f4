"""The world outside: an HTTP endpoint that counts what reaches it, with and without honouring the idempotency key."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Effect:
    """One request."""

    at: float
    """By the harness's monotonic clock."""
    place: str
    """``plain``, ``keyed`` or ``moody``."""
    key: str
    job: str
    path: str
    attempt: int


class Receiver:
    """Answers requests of HTTP services: ``/plain`` does whatever it is asked, ``/keyed`` nothing twice for one key,
    ``/moody`` refuses every key's first request.

    A request's ``inputs.ms`` says how long it takes.
    """

    def __init__(self) -> None:
        self.effects: list[Effect] = []
        self.done: Counter[str] = Counter()
        """Effects of the endpoint that honours keys, by key."""
        self.keys: Counter[str] = Counter()
        """Requests by key."""
        self.port = 0
        self._loop = asyncio.new_event_loop()

    @classmethod
    @contextmanager
    def open(cls) -> Iterator[Receiver]:
        """Serve in a thread."""
        receiver = cls()
        ready = threading.Event()
        thread = threading.Thread(target=receiver._serve, args=(ready,), name="receiver", daemon=True)
        thread.start()
        ready.wait(10)
        try:
            yield receiver
        finally:
            receiver._loop.call_soon_threadsafe(receiver._loop.stop)
            thread.join(10)

    def of(self, jobs: set[str], place: str | None = None) -> list[Effect]:
        """Effects of these jobs."""
        return [one for one in self.effects if one.job in jobs and (place is None or one.place == place)]

    def _serve(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._client, "127.0.0.1", 0, backlog=1000))
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        self._loop.run_forever()
        server.close()
        left = asyncio.all_tasks(self._loop)
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:])}
                body = json.loads(await reader.readexactly(int(headers["content-length"])))
                place = head[0].split()[1].strip("/")
                answer = json.dumps(await self._effect(place, headers, body)).encode()
                refused = place == "moody" and self.keys[headers["idempotency-key"]] == 1
                writer.write(
                    b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (b"503 Not Now" if refused else b"200 OK", len(answer), answer)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            # The client is gone, as killed workers are; or everything ends.
            writer.close()

    async def _effect(self, place: str, headers: dict[str, str], body: dict[str, Any]) -> dict[str, Any]:
        key = headers["idempotency-key"]
        self.effects.append(Effect(time.monotonic(), place, key, body["job"], body["path"], body["attempt"]))
        self.keys[key] += 1
        if place == "keyed" and key not in self.done:
            self.done[key] += 1
        inputs = body.get("inputs") or {}
        if inputs.get("ms"):
            await asyncio.sleep(inputs["ms"] / 1000)
        return {"n": inputs.get("n", 0) + 1}
