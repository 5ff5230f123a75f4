"""One connection that listens for news of jobs, for all viewers of this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import connections
from psycopg.conninfo import make_conninfo

log = logging.getLogger(__name__)

CHANNEL = "tropeiro_job"
RECONNECT_SECONDS = 1.0


class JobListener:
    """Wakes those who follow a job when something about it was committed.

    The connection is made for the first follower and given up after the last. After it was lost everybody is woken
    once, because something may have happened in between.
    """

    def __init__(self) -> None:
        self._followers: dict[UUID, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()
        """Set while the connection listens; for tests."""

    @contextmanager
    def follow(self, job: UUID) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be news of ``job``. Inside a running event loop."""
        changed = asyncio.Event()
        self._followers.setdefault(job, set()).add(changed)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen(), name="listen for jobs")
        try:
            yield changed
        finally:
            followers = self._followers[job]
            followers.discard(changed)
            if not followers:
                del self._followers[job]
            if not self._followers and self._task is not None:
                self._task.cancel()
                self._task = None

    async def _listen(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(conninfo(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    self.listening.set()
                    self._wake_all()
                    async for notice in connection.notifies():
                        self._wake(notice.payload)
            except psycopg.OperationalError as error:
                log.warning("the connection that listens for jobs is lost: %s", error)
            finally:
                self.listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _wake(self, payload: str) -> None:
        # Workers name many jobs in one notice; the last id may be cut off where the notice was full.
        for text in payload.split(","):
            try:
                job = UUID(text)
            except ValueError:
                self._wake_all()
                continue
            for changed in self._followers.get(job, ()):
                changed.set()

    def _wake_all(self) -> None:
        for followers in self._followers.values():
            for changed in followers:
                changed.set()


def conninfo() -> str:
    """How psycopg reaches the database that Django is set up for."""
    given: dict[str, Any] = connections.settings["default"]
    parts = {
        "host": given["HOST"],
        "port": given["PORT"],
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        **{name: value for name, value in given["OPTIONS"].items() if name != "pool"},
        "application_name": "tropeiro web listener",
        "keepalives_idle": 30,
    }
    return make_conninfo(**{name: value for name, value in parts.items() if value not in ("", None)})
