"""The promise of a store: what the runtime must know beside packets, and what it writes beside settlements."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec

from tropeiro.kernel.packet import Route
from tropeiro.ports.executor import ServiceVersion


class Runnable(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow version that a child job can be made of."""

    id: UUID
    organization: UUID
    project: UUID | None
    name: str
    version: int
    route: Route


class LogLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a job's log."""

    job: UUID
    organization: UUID
    path: str
    attempt: int
    level: str
    message: str
    fields: dict[str, Any]
    uses: str = ""
    """The service that speaks, with its version."""
    at: float
    """Monotonic seconds of the worker's clock."""


class Rescued(msgspec.Struct, frozen=True):
    """Packets taken back from a lost worker."""

    worker: str
    packets: int
    poisoned: int


class Retention(msgspec.Struct, frozen=True, kw_only=True):
    """That an organization keeps less than everybody."""

    organization: UUID
    jobs_before: datetime
    """Jobs that were over before are to be forgotten."""
    logs_before: datetime
    """Lines from before are to be forgotten."""
    blobs_to: date
    """Large values of weeks before this Monday are gone."""


class Store(Protocol):
    """Facts beside the queue. Versions are immutable and may be remembered."""

    async def service(self, version: UUID) -> ServiceVersion:
        """A version of a service. Raises `NotFound`."""

    async def runnable(self, workflow_version: UUID) -> Runnable:
        """A version of a workflow. Raises `NotFound`."""

    async def credential(self, organization: UUID, project: UUID | None, name: str) -> dict[str, Any]:
        """The fields of a credential, decrypted; the project's own before the organization's. Raises `NotFound`."""

    async def add_logs(self, worker: str, lines: Sequence[LogLine]) -> None:
        """Append lines."""

    def leadership(self, duty: str) -> AbstractAsyncContextManager[Callable[[], Awaitable[None]]]:
        """Enter once this process leads ``duty``. What it gives raises `QueueUnavailable` when it does so no more."""

    async def wake_due(self, limit: int) -> tuple[int, float | None]:
        """Wake packets whose moment has come: how many woke, and the seconds until the next is due."""

    async def rescue(self, limit: int) -> list[Rescued]:
        """Take packets back from workers whose lease ended; one taken ``limit`` times is not executed again."""

    async def ensure_partitions(self) -> int:
        """Make room for the weeks to come; how many partitions were made."""

    async def drop_partitions(self, days: int) -> list[str]:
        """Forget history older than ``days``; the names of the partitions that are gone."""

    async def retentions(self, days: int) -> list[Retention]:
        """Organizations that keep less than ``days``."""

    async def forget_lines(self, organization: UUID, before: datetime, limit: int) -> int:
        """Forget up to ``limit`` lines of before a moment; how many went."""

    async def forget_jobs(self, organization: UUID, before: datetime, limit: int) -> int:
        """Forget up to ``limit`` rows of jobs that were over before a moment, their steps first; how many went.

        A job whose lines are not forgotten yet stays."""

    async def empty_weeks(self, organization: UUID, since: date, before: datetime) -> list[tuple[date, bool]]:
        """Mondays from ``since`` on of weeks that ended before a moment, and whether no job of theirs is left."""

    async def note_forgotten(self, organization: UUID, blobs_to: date) -> None:
        """Remember that an organization's history was seen to, and before which Monday its large values are gone."""

    async def drop_empty_partitions(self) -> list[str]:
        """Drop partitions of past weeks that hold nothing any more; their names."""

    async def forget_workers(self) -> None:
        """Forget workers that ended long ago."""
