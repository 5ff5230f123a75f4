"""What running steps say: log lines and progress, gathered and written a few times a second."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel.packet import Packet
from tropeiro.ports.queue import Queue, QueueUnavailable
from tropeiro.ports.store import LogLine, Store
from tropeiro.runtime.surroundings import REAL, Surroundings

log = logging.getLogger(__name__)

LEVELS = ("debug", "info", "warning", "error")
MAX_LINES_PER_CALL = 10_000
MAX_MESSAGE = 16_384
"""Characters of one message."""
MAX_FIELDS_BYTES = 16_384
"""JSON of the fields of one line."""
MAX_WAITING = 20_000
"""Lines that wait to be written; above it, while the database is away, the oldest go."""
MAX_BATCH = 500
"""Lines written by one statement."""

_FLUSH_SECONDS = 0.1


class Reports:
    """Lines and progress of one worker."""

    def __init__(self, queue: Queue, store: Store, worker_name: str, surroundings: Surroundings = REAL) -> None:
        self._queue, self._store, self._worker_name = queue, store, worker_name
        self._now = surroundings.clock
        self._lines: list[LogLine] = []
        self._progress: dict[UUID, tuple[int, float, str]] = {}
        self._some = asyncio.Event()
        self._writing = asyncio.Lock()
        self._flushes: set[asyncio.Task[None]] = set()

    def for_call(self, packet: Packet, token: int, path: str, uses: str = "") -> CallReporter:
        """What one call of a service may speak through."""
        return CallReporter(self, packet, token, path, uses)

    def add(
        self, packet: Packet, path: str, level: str, message: str, fields: dict[str, Any], *, uses: str = ""
    ) -> None:
        """One line of a job's log."""
        if len(self._lines) >= MAX_WAITING:
            del self._lines[: MAX_WAITING // 10]
        self._lines.append(
            LogLine(
                job=packet.job, organization=packet.organization, path=path, attempt=packet.attempt,
                level=level if level in LEVELS else "info", message=_storable(message[:MAX_MESSAGE]),
                fields=_bounded(fields), uses=uses,
                at=self._now(),
            )
        )  # fmt: skip
        self._some.set()

    def set_progress(self, packet: UUID, token: int, fraction: float, message: str) -> None:
        """How far one packet's step is."""
        self._progress[packet] = (token, min(1.0, max(0.0, fraction)), _storable(message[:200]))
        self._some.set()

    async def flush(self) -> None:
        """Write what waits; lines of a job that ends are there before its end."""
        if not self._lines and not self._progress and not self._writing.locked():
            return
        # Lines of many jobs are written together: that one of them is cancelled must not lose the others'.
        task = asyncio.create_task(self._flush())
        self._flushes.add(task)
        task.add_done_callback(self._flushes.discard)
        await asyncio.shield(task)

    async def _flush(self) -> None:
        async with self._writing:
            progress, self._progress = self._progress, {}
            for _ in range(0, len(self._lines), MAX_BATCH):
                lines, self._lines = self._lines[:MAX_BATCH], self._lines[MAX_BATCH:]
                try:
                    await self._write(lines)
                except QueueUnavailable as error:
                    self._lines = lines + self._lines
                    self._some.set()
                    log.warning("%s log lines wait for the database: %s", len(self._lines), error)
                    return
            if progress:
                try:
                    await self._queue.progress([(packet, *rest) for packet, rest in progress.items()])
                except QueueUnavailable as error:
                    log.warning("progress is not written: %s", error)

    async def _write(self, lines: list[LogLine]) -> None:
        """Write lines; what cannot be written in any company is left out: it is not worth the worker."""
        try:
            await self._store.add_logs(self._worker_name, lines)
        except QueueUnavailable:
            raise
        except Exception as error:
            if len(lines) == 1:
                log.exception("a log line of job %s cannot be written: %s", lines[0].job, error)
                return
            for line in lines:
                await self._write([line])

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._some.wait()
            self._some.clear()
            await self.flush()
            # Lines come in bursts; a tenth of a second gathers them and is still live to a reader.
            await asyncio.sleep(_FLUSH_SECONDS)


class CallReporter:
    """Implements `tropeiro.ports.executor.Reporter` for one call."""

    def __init__(self, reports: Reports, packet: Packet, token: int, path: str, uses: str) -> None:
        self._reports, self._packet, self._token, self._path, self._uses = reports, packet, token, path, uses
        self._count = 0

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self._count += 1
        if self._count <= MAX_LINES_PER_CALL:
            self._reports.add(self._packet, self._path, level, message, fields, uses=self._uses)
        elif self._count == MAX_LINES_PER_CALL + 1:
            told = f"More than {MAX_LINES_PER_CALL:,} lines from one call; the rest is left out."
            self._reports.add(self._packet, self._path, "warning", told, {}, uses=self._uses)

    def progress(self, fraction: float, message: str) -> None:
        self._reports.set_progress(self._packet.id, self._token, fraction, message)


def _storable(text: str) -> str:
    """The text without what PostgreSQL's cannot hold."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()


def _bounded(fields: dict[str, Any]) -> dict[str, Any]:
    try:
        text = msgspec.json.encode(fields)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return {"fields": "not plain JSON"}
    if b"\\u0000" in text:
        fields = msgspec.json.decode(text.replace(b"\\u0000", b"\\ufffd"))
    if len(text) > MAX_FIELDS_BYTES:
        return {"fields": f"{len(text):,} bytes, more than a line may carry"}
    return fields
