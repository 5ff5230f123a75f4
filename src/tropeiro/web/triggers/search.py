"""Triggers as lists show them: searched, filtered, in any order, page by page; one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.firing import FiringOutcome
from tropeiro.kernel.states import JobState
from tropeiro.web.matching import contains
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 1_000
PAST = 10
"""So many of its past moments are shown beside a trigger."""
COLUMNS = {
    "name": "t.name",
    "target": "t.target",
    "next": "coalesce(t.next_at, 'infinity')",
    "last": "coalesce(t.last_at, '-infinity')",
}


class TriggerState(StrEnum):
    """What a trigger does now."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    """It could start nothing again and again, and was turned off."""
    RESTING = "resting"
    """It is on, and its project is archived."""
    OVER = "over"
    """It is on, and never due again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerFilter:
    """Which triggers. What is empty leaves all."""

    text: str = ""
    """In the name, or in the name of what it starts."""
    project: str = ""
    """Short name: triggers of that project, and those that start something of it."""
    state: TriggerState | None = None
    workflow: UUID | None = None
    """What they start."""
    service: UUID | None = None


@dataclass(frozen=True, slots=True)
class PastMoment:
    """What became of one moment, as a bar of a row."""

    outcome: FiringOutcome
    job_state: JobState | None
    job: UUID | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRow:
    """A trigger as lists show it."""

    id: UUID
    name: str
    kind: str
    project: str | None
    target: str
    """With the version when one was named; the organization's own and built-in services without the organization."""
    enabled: bool
    cron: str
    every_ms: int
    zone: str
    start: datetime | None
    end: datetime | None
    next_at: datetime | None
    last_at: datetime | None
    last_outcome: FiringOutcome | None
    last_job: UUID | None
    last_job_state: JobState | None
    """``None`` also when the job is not kept any more."""
    failures: int
    """How often in a row no job could be started."""
    paused: dict[str, Any] | None
    """Why it was paused, as an error."""
    resting: bool
    """Whether its project, or that of what it starts, is archived: it is not due."""
    past: tuple[PastMoment, ...] = ()
    """The last ten moments, the oldest first."""

    @property
    def state(self) -> TriggerState:
        """What it does now."""
        if not self.enabled:
            return TriggerState.PAUSED if self.paused else TriggerState.OFF
        if self.resting:
            return TriggerState.RESTING
        return TriggerState.ON if self.next_at else TriggerState.OVER


_RESTING = (
    "EXISTS (SELECT FROM tropeiro_project a WHERE a.archived_at IS NOT NULL"
    " AND a.id IN (t.project_id, w.project_id, s.project_id))"
)
_STATES = {
    TriggerState.ON: f"t.enabled AND t.next_at IS NOT NULL AND NOT {_RESTING}",
    TriggerState.OFF: "NOT t.enabled AND t.paused IS NULL",
    TriggerState.PAUSED: "NOT t.enabled AND t.paused IS NOT NULL",
    TriggerState.RESTING: f"t.enabled AND {_RESTING}",
    TriggerState.OVER: f"t.enabled AND t.next_at IS NULL AND NOT {_RESTING}",
}
_PAGE = """
WITH page AS (
    SELECT t.*, p.slug AS project, {resting} AS resting, ({by})::text AS page_key
    FROM tropeiro_trigger t
    LEFT JOIN tropeiro_project p ON p.id = t.project_id
    LEFT JOIN tropeiro_workflow w ON w.id = t.workflow_id
    LEFT JOIN tropeiro_service s ON s.id = t.service_id
    WHERE t.organization_id = %(organization)s AND {filter} AND {condition}
    {order}
)
SELECT t.id, t.name, t.kind, t.project, t.service_id IS NOT NULL AS calls, t.target, t.version, t.enabled, t.cron,
    t.every_ms, t.zone, t.start_at, t.end_at, t.next_at, t.last_at, t.last_outcome, t.last_job_id, j.state, t.failures,
    t.paused::text, t.resting, past.moments, t.page_key
FROM page t
LEFT JOIN tropeiro_job j ON j.id = t.last_job_id
LEFT JOIN LATERAL (
    SELECT json_agg(json_build_array(f.outcome, fj.state, f.job_id, f.scheduled_for)
        ORDER BY f.scheduled_for) AS moments
    FROM (
        SELECT f.outcome, f.job_id, f.scheduled_for FROM tropeiro_firing f
        WHERE f.trigger_id = t.id ORDER BY f.scheduled_for DESC LIMIT %(past)s) f
    LEFT JOIN tropeiro_job fj ON fj.id = f.job_id
) past ON true
{order}
"""


def search_triggers(
    member: Member,
    wanted: TriggerFilter = TriggerFilter(),
    *,
    sort: Sort = Sort("name"),  # noqa: B008 - a frozen value
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> Page[TriggerRow]:
    """A page of the organization's triggers. Raises `InvalidInput` for a cursor that is none."""
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="t.id", sort=sort, after=after, before=before, limit=limit)
    statement = _PAGE.format(
        resting=_RESTING,
        by=COLUMNS[sort.column],
        filter=_condition(wanted),
        condition=keyset.condition,
        order=keyset.order,
    )
    params = {
        "organization": member.organization,
        "like": contains(wanted.text),
        "project": wanted.project,
        "workflow": wanted.workflow,
        "service": wanted.service,
        "past": PAST,
        **keyset.params,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(statement, params)
        found = [(_row(member, row), row[-1]) for row in cursor.fetchall()]
    page = keyset.page(found, lambda one: (one[1], str(one[0].id)))
    return Page([row for row, _key in page.rows], page.next, page.previous)


def list_triggers(
    member: Member, *, workflow: UUID | None = None, service: UUID | None = None
) -> tuple[TriggerRow, ...]:
    """The organization's triggers by name, the first thousand; of one workflow or service when it is named."""
    return tuple(search_triggers(member, TriggerFilter(workflow=workflow, service=service), limit=MOST).rows)


def short_target(member: Member, reference: str) -> str:
    """A service's reference without the organization, when that is the member's own or the house."""
    organization, _slash, rest = reference.partition("/")
    return rest if organization in (member.organization_slug, HOUSE) else reference


def _condition(wanted: TriggerFilter) -> str:
    parts = []
    if wanted.text:
        parts.append("(t.name ILIKE %(like)s OR t.target ILIKE %(like)s)")
    if wanted.project:
        parts.append(
            "EXISTS (SELECT FROM tropeiro_project o WHERE o.organization_id = t.organization_id"
            " AND o.slug = %(project)s AND o.id IN (t.project_id, w.project_id, s.project_id))"
        )
    if wanted.workflow is not None:
        parts.append("t.workflow_id = %(workflow)s")
    if wanted.service is not None:
        parts.append("t.service_id = %(service)s")
    if wanted.state is not None:
        parts.append(f"({_STATES[wanted.state]})")
    return " AND ".join(parts) or "true"


def _row(member: Member, row: tuple[Any, ...]) -> TriggerRow:
    (
        id_, name, kind, project, calls, target, version, enabled, cron, every_ms, zone, start, end, next_at, last_at,
        last_outcome, last_job, last_state, failures, paused, resting, moments, _key,
    ) = row  # fmt: skip
    reference = f"{target}@{version}" if version else target
    return TriggerRow(
        id=id_,
        name=name,
        kind=kind,
        project=project,
        target=short_target(member, reference) if calls else reference,
        enabled=enabled,
        cron=cron,
        every_ms=every_ms,
        zone=zone,
        start=start,
        end=end,
        next_at=next_at,
        last_at=last_at,
        last_outcome=FiringOutcome(last_outcome) if last_outcome else None,
        last_job=last_job,
        last_job_state=None if last_state is None else JobState(last_state),
        failures=failures,
        paused=None if paused is None else msgspec.json.decode(paused),
        resting=resting,
        past=tuple(_moment(*one) for one in moments or ()),
    )


def _moment(outcome: str, state: str | None, job: str | None, at: str) -> PastMoment:
    return PastMoment(
        FiringOutcome(outcome),
        None if state is None else JobState(state),
        None if job is None else UUID(job),
        datetime.fromisoformat(at),
    )
