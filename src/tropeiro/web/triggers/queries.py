"""Reading triggers: one trigger, and what became of its moments. Lists of them are in `search`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.firing import CatchUp, FiringOutcome, Overlap
from tropeiro.kernel.schedule import Schedule, next_times
from tropeiro.kernel.states import JobState
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant
from tropeiro.web.triggers.access import trigger_row
from tropeiro.web.triggers.archiving import rests
from tropeiro.web.triggers.models import Trigger
from tropeiro.web.triggers.search import TriggerRow, list_triggers, short_target
from tropeiro.web.triggers.targets import project_slug, reference_of

__all__ = ["FiringRow", "TriggerDetails", "TriggerRow", "firings", "list_triggers", "trigger"]

PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerDetails(TriggerRow):
    """One trigger, whole."""

    reference: str
    """Its target as it would be written to make it again."""
    inputs: Any
    overlap: Overlap
    catch_up: CatchUp
    grace_ms: int
    waiting: int
    created_at: datetime
    created_by: str
    """E-mail address, or nothing."""
    anchor_at: datetime

    @property
    def schedule(self) -> Schedule:
        """When it is due."""
        return Schedule(
            cron=self.cron,
            every_ms=self.every_ms,
            zone=self.zone,
            anchor=self.anchor_at,
            start=self.start,
            end=self.end,
        )

    def coming(self, now: datetime, count: int = 5) -> tuple[datetime, ...]:
        """The next moments; none while it is off."""
        return next_times(self.schedule, now, count) if self.enabled else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FiringRow:
    """What became of one moment."""

    scheduled_for: datetime
    outcome: FiringOutcome
    by_hand: bool
    missed: int
    error: dict[str, Any] | None
    job: UUID | None
    job_state: JobState | None
    at: datetime


_FIRINGS = """
SELECT f.scheduled_for, f.outcome, f.by_hand, f.missed, f.error::text, f.job_id, j.state, f.at FROM tropeiro_firing f
LEFT JOIN tropeiro_job j ON j.id = f.job_id
WHERE f.trigger_id = %s ORDER BY f.scheduled_for DESC LIMIT %s
"""


def trigger(member: Member, id: UUID) -> TriggerDetails:  # noqa: A002 - the word that callers use
    """One trigger. Raises `NotFound`."""
    with tenant(member.organization):
        row = trigger_row(member, id)
        state = _rows("SELECT state FROM tropeiro_job WHERE id = %s", [row.last_job_id])
        email = _rows("SELECT email FROM tropeiro_user WHERE id = %s", [row.created_by_id])
        return TriggerDetails(
            **_shown(member, row, project_slug(row), state[0][0] if state else None),
            reference=reference_of(row),
            inputs=msgspec.json.decode(row.inputs),
            overlap=Overlap(row.overlap),
            catch_up=CatchUp(row.catch_up),
            grace_ms=row.grace_ms,
            waiting=row.waiting,
            created_at=row.created_at,
            created_by=email[0][0] if email else "",
            anchor_at=row.anchor_at,
        )


def firings(member: Member, id: UUID, *, limit: int = PAGE) -> tuple[FiringRow, ...]:  # noqa: A002
    """What became of a trigger's moments, the newest first. Raises `NotFound`."""
    with tenant(member.organization):
        row = trigger_row(member, id)
        return tuple(
            FiringRow(
                scheduled_for=scheduled_for,
                outcome=FiringOutcome(outcome),
                by_hand=by_hand,
                missed=missed,
                error=None if error is None else msgspec.json.decode(error),
                job=job,
                job_state=None if state is None else JobState(state),
                at=at,
            )
            for scheduled_for, outcome, by_hand, missed, error, job, state, at in _rows(_FIRINGS, [row.id, limit])
        )


def _shown(member: Member, row: Trigger, project: str | None, state: str | None) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "kind": row.kind,
        "project": project,
        "target": short_target(member, reference_of(row)) if row.service_id else reference_of(row),
        "enabled": row.enabled,
        "cron": row.cron,
        "every_ms": row.every_ms,
        "zone": row.zone,
        "start": row.start_at,
        "end": row.end_at,
        "next_at": row.next_at,
        "last_at": row.last_at,
        "last_outcome": FiringOutcome(row.last_outcome) if row.last_outcome else None,
        "last_job": row.last_job_id,
        "last_job_state": None if state is None else JobState(state),
        "failures": row.failures,
        "paused": row.paused,
        "resting": rests(row),
    }


def _rows(sql: str, params: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
