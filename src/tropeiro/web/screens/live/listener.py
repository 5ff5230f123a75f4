"""One connection that listens for news, for all viewers of this process."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connections
from psycopg.conninfo import make_conninfo

from tropeiro.web.screens.live.topics import JobTopic, OrganizationTopic, Topic

log = logging.getLogger(__name__)

CHANNEL = "tropeiro_job"
RECONNECT_SECONDS = 1.0
KNOWN_OWNERS = 20_000
"""Jobs whose organization is remembered."""

Owners = Callable[[Collection[UUID]], Awaitable[Mapping[UUID, UUID]]]


class Listener:
    """Wakes those who follow a topic when something about it was committed.

    Notices name jobs; whose they are is asked of the database, for many at once, and only while somebody follows an
    organization. The connection is made for the first follower and given up after the last. After it was lost everybody
    is woken once, because something may have happened in between.
    """

    def __init__(self, owners: Owners) -> None:
        """``owners`` gives the organizations of jobs."""
        self._owners = owners
        self._followers: dict[Topic, set[asyncio.Event]] = {}
        self._task: asyncio.Task[None] | None = None
        self._told: set[UUID] = set()
        self._attributing: asyncio.Task[None] | None = None
        self._known: OrderedDict[UUID, UUID] = OrderedDict()
        self._organizations = 0
        self.listening = asyncio.Event()
        """Set while the connection listens; for tests."""

    @contextmanager
    def follow(self, topic: Topic, changed: asyncio.Event) -> Iterator[None]:
        """Set ``changed`` whenever there may be news of ``topic``, for as long as the block lasts."""
        self._followers.setdefault(topic, set()).add(changed)
        self._organizations += isinstance(topic, OrganizationTopic)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen(), name="listen for jobs")
        try:
            yield
        finally:
            self._organizations -= isinstance(topic, OrganizationTopic)
            followers = self._followers[topic]
            followers.discard(changed)
            if not followers:
                del self._followers[topic]
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
                        self._hear(notice.payload)
            except psycopg.OperationalError as error:
                log.warning("the connection that listens for jobs is lost: %s", error)
            finally:
                self.listening.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    def _hear(self, payload: str) -> None:
        # Workers name many jobs in one notice.
        for text in payload.split(","):
            try:
                job = UUID(text)
            except ValueError:
                self._wake_all()
                continue
            self._wake(JobTopic(job))
            if self._organizations:
                self._told.add(job)
        if self._told and (self._attributing is None or self._attributing.done()):
            self._attributing = asyncio.get_running_loop().create_task(self._attribute(), name="whose jobs")

    async def _attribute(self) -> None:
        """Wake the followers of the organizations whose jobs were named, until none is left."""
        while self._told:
            told, self._told = self._told, set()
            unknown = [job for job in told if job not in self._known]
            if unknown:
                try:
                    self._known.update(await self._owners(unknown))
                except DatabaseError as error:
                    log.warning("whose jobs changed is not known: %s", error)
                    self._wake_all()
                    continue
            for organization in {self._known[job] for job in told if job in self._known}:
                self._wake(OrganizationTopic(organization))
            while len(self._known) > KNOWN_OWNERS:
                self._known.popitem(last=False)

    def _wake(self, topic: Topic) -> None:
        for changed in self._followers.get(topic, ()):
            changed.set()

    def _wake_all(self) -> None:
        for followers in self._followers.values():
            for changed in followers:
                changed.set()


_NOT_OF_THE_SERVER = frozenset({"pool", "prepare_threshold"})
"""Options that psycopg and its pool understand, and no connection string may hold."""


def conninfo() -> str:
    """How psycopg reaches the database that Django is set up for."""
    given: dict[str, Any] = connections.settings["default"]
    parts = {
        "host": given["HOST"],
        "port": given["PORT"],
        "dbname": given["NAME"],
        "user": given["USER"],
        "password": given["PASSWORD"],
        **{name: value for name, value in given["OPTIONS"].items() if name not in _NOT_OF_THE_SERVER},
        "application_name": "tropeiro web listener",
        "keepalives_idle": 30,
    }
    return make_conninfo(**{name: value for name, value in parts.items() if value not in ("", None)})
