"""The processes that execute steps, as they report themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from tropeiro.web.operating.access import require_operator

MOST = 500

_WORKERS = """
SELECT w.id, w.name, w.host, w.pid, w.version, w.state, w.slots, coalesce(h.held, 0), w.started_at, w.seen_at,
    greatest(clock_timestamp() - w.seen_at, interval '0'), w.lease_until < clock_timestamp()
FROM tropeiro_worker w
LEFT JOIN (
    SELECT p.worker_id, count(*) AS held FROM tropeiro_packet p WHERE p.state = 'leased' GROUP BY p.worker_id
) h ON h.worker_id = w.id
ORDER BY w.state NOT IN ('up', 'draining'), w.host, w.name, w.started_at DESC LIMIT %s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker."""

    id: UUID
    name: str
    host: str
    pid: int
    version: str
    """Of Tropeiro, as it runs it."""
    state: str
    """up, draining, stopped or lost."""
    slots: int
    """Steps that it executes at once, at most."""
    held: int
    """Packets that it has taken."""
    started_at: datetime
    seen_at: datetime
    """Its last heartbeat."""
    lag: timedelta
    """Since then."""
    overdue: bool
    """Whether its lease is over without a heartbeat: its packets go to others."""

    @property
    def alive(self) -> bool:
        """Whether it may still take packets or end those that it has."""
        return self.state in ("up", "draining")

    @property
    def silent(self) -> bool:
        """Whether it should have been heard."""
        return self.alive and self.overdue


def workers(user: int | None) -> tuple[WorkerRow, ...]:
    """All workers of the last day, those alive first. Raises `NotFound` for who is no operator."""
    require_operator(user)
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, [MOST])
        return tuple(
            WorkerRow(
                id=id_, name=name, host=host, pid=pid, version=version, state=state, slots=slots, held=held,
                started_at=started_at, seen_at=seen_at, lag=lag, overdue=overdue,
            )
            for (
                id_, name, host, pid, version, state, slots, held, started_at, seen_at, lag, overdue
            ) in cursor.fetchall()
        )  # fmt: skip
