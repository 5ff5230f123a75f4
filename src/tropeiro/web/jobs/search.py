"""Finding jobs among many millions: every search walks along one index, and never further than a bounded way.

The most telling part of the filter chooses the index (`_along`); the rest is looked at row by row on the way. A search
that has gone its whole way without filling a page says how far it came, and the next one goes on from there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.kernel.states import JobState
from tropeiro.web.jobs.filters import JobFilter
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

WAY = 20_000
"""Rows that one search looks at, at most."""
COUNTED = 1_000
"""Jobs of one state are counted up to here; then it is "more"."""
MOST_ACTED_ON = 10_000
"""Jobs that one act on many is done to, at most."""

WRONG = (JobState.FAILED, JobState.TIMED_OUT)
"""States of jobs that have an error."""

FIRST = UUID(int=0)
LAST = UUID(int=2**128 - 1)

_COLUMNS = (
    "id, name, state, trigger, mock, created_at, started_at, finished_at, error, parent_job_id,"
    " project_id, route_digest"
)
_NEEDED = "organization_id, service_version_id, workflow_version_id, trigger_id"


@dataclass(frozen=True, slots=True)
class Found:
    """What a search brought: raw rows, the newest first."""

    rows: list[tuple[Any, ...]]
    searched_to: UUID | None
    """Where the search stopped before it had enough: older jobs were not looked at. ``None`` when it did not."""


@dataclass(frozen=True, slots=True)
class _Along:
    """The index that is walked: a condition on its column for each of ``keys``."""

    condition: str
    keys: Sequence[Any]
    type: str
    covers: frozenset[str]
    """The parts of the filter that the walk itself sees to."""


def search(member: Member, wanted: JobFilter, *, limit: int, before: UUID | None = None) -> Found:
    """The newest jobs that fit, at most ``limit``; those older than ``before`` when it is given."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        sql, params = statement_of(member, wanted, limit=limit, before=before)
        rows = _fetch(sql, params)
        if len(rows) == limit or not params["residual"]:
            return Found(rows, None)
        (searched_to,) = _fetch(*_reached(member, wanted, before=before))[0]
        return Found([row for row in rows if searched_to is None or row[0] >= searched_to], searched_to)


def ids_of(member: Member, wanted: JobFilter, *, limit: int = MOST_ACTED_ON) -> list[tuple[UUID, str, JobState]]:
    """Id, name and state of the newest jobs that fit, looking at twenty times as many as there may be."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        sql, params = statement_of(member, wanted, limit=limit, way=20 * MOST_ACTED_ON, columns="id, name, state")
        return [(row[0], row[1], JobState(row[2])) for row in _fetch(sql, params)]


def newer_than(member: Member, wanted: JobFilter, newest: UUID, *, most: int = 100) -> int:
    """How many jobs that fit are newer than ``newest``, counted up to ``most``."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        sql, params = statement_of(member, wanted, limit=most, way=WAY // 4, columns="id")
        low = max(params["from"], UUID(int=min(newest.int + 1, LAST.int)))
        return len(_fetch(sql, params | {"from": low}))


def rows_of(member: Member, jobs: Sequence[UUID]) -> list[tuple[Any, ...]]:
    """The raw rows of jobs by their ids, the newest first."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        columns = ", ".join("error::text" if one == "error" else one for one in _COLUMNS.split(", "))
        return _fetch(
            f"SELECT {columns} FROM tropeiro_job"  # noqa: S608 - ours
            " WHERE organization_id = %(organization)s AND id = ANY (%(jobs)s) ORDER BY id DESC",
            {"organization": member.organization, "jobs": list(jobs)},
        )


def counts(member: Member, wanted: JobFilter) -> Mapping[JobState, int]:
    """How many jobs of each state fit, counted up to a thousand, over a bounded way."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        parts: list[str] = []
        every: dict[str, Any] = {}
        for number, state in enumerate(JobState):
            sql, params = statement_of(
                member, wanted.at_states(state), limit=COUNTED, way=WAY // 4, columns="id", mark=f"{number}"
            )
            parts.append(f"SELECT {number}, (SELECT count(*) FROM ({sql}) n)")  # noqa: S608 - ours
            every |= params
        found: dict[int, int] = dict(_fetch(" UNION ALL ".join(parts), every))
        return {state: found[number] for number, state in enumerate(JobState)}


def statement_of(
    member: Member,
    wanted: JobFilter,
    *,
    limit: int,
    before: UUID | None = None,
    way: int = WAY,
    columns: str = _COLUMNS,
    mark: str = "",
) -> tuple[str, dict[str, Any]]:
    """The statement of a search, and its parameters, whose names bear ``mark``. ``residual`` tells whether it may
    have to look at more rows than it brings."""
    along = _along(wanted)
    rest = _rest(wanted, along.covers)
    walk = _walk(along, mark, max(1, way // max(1, len(along.keys))) if rest else limit)
    where = " AND ".join(condition for condition, _ in rest) or "true"
    outer = ", ".join("f.error::text" if name == "error" else f"f.{name}" for name in columns.split(", "))
    sql = (
        f"SELECT {outer} FROM unnest(%(keys{mark})s::{along.type}[]) AS b(key) CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT {', '.join(f's.{one}' for one in columns.split(', '))} FROM ({walk}) s"
        f" WHERE {where.replace('%(', f'%({mark}')} ORDER BY s.id DESC LIMIT %(limit{mark})s) f"
        f" ORDER BY f.id DESC LIMIT %(limit{mark})s"
    )
    params = _bounds(member, wanted, along, before, mark) | {f"limit{mark}": limit, "residual": bool(rest)}
    return sql, params | {f"{mark}{name}": value for _, values in rest for name, value in values.items()}


def _reached(member: Member, wanted: JobFilter, *, before: UUID | None) -> tuple[str, dict[str, Any]]:
    """Where the walks stop, the nearest of them."""
    along = _along(wanted)
    ends = _walk(along, "", 1, skip=max(1, WAY // max(1, len(along.keys))) - 1, columns="id")
    sql = (
        f"SELECT (SELECT max(e.id::text)::uuid FROM unnest(%(keys)s::{along.type}[]) AS b(key)"  # noqa: S608
        f" CROSS JOIN LATERAL ({ends}) e)"
    )
    return sql, _bounds(member, wanted, along, before, "")


def _walk(along: _Along, mark: str, way: int, *, skip: int = 0, columns: str = f"{_COLUMNS}, {_NEEDED}") -> str:
    offset = f" OFFSET {skip}" if skip else ""
    return (
        f"SELECT {', '.join(f'j.{one}' for one in columns.split(', '))} FROM tropeiro_job j"  # noqa: S608
        f" WHERE j.organization_id = %(organization{mark})s AND {along.condition}"
        f" AND j.id >= %(from{mark})s AND j.id < %(to{mark})s ORDER BY j.id DESC{offset} LIMIT {way}"
    )


def _bounds(member: Member, wanted: JobFilter, along: _Along, before: UUID | None, mark: str) -> dict[str, Any]:
    low, high = FIRST, LAST
    if wanted.since is not None:
        low = max(low, first_id(wanted.since))
    if wanted.until is not None:
        high = min(high, first_id(wanted.until))
    if wanted.ids is not None:
        first, last, _ = wanted.ids
        low, high = max(low, first), min(high, UUID(int=min(last.int + 1, LAST.int)))
    if before is not None:
        high = min(high, before)
    return {
        f"organization{mark}": member.organization,
        f"keys{mark}": list(along.keys),
        f"from{mark}": low,
        f"to{mark}": high,
    }


def first_id(moment: datetime) -> UUID:
    """The first id that a job of this moment can have."""
    return UUID(int=max(0, int(moment.timestamp() * 1000)) << 80)


def _along(wanted: JobFilter) -> _Along:
    if wanted.trigger_id is not None:
        return _Along("j.trigger_id = b.key", [wanted.trigger_id], "uuid", frozenset({"trigger_id"}))
    # Who asks for an error asks for jobs that have one. An index of what is inside a JSON value would not be used:
    # under row-level security only operators that leak nothing are.
    states = wanted.states or (WRONG if wanted.error else ())
    few = states and JobState.SUCCEEDED not in states
    if not few and (wanted.service or wanted.workflow):
        keys = _versions(wanted)
        covers = frozenset({"service", "workflow", "version"})
        return _Along("coalesce(j.workflow_version_id, j.service_version_id) = b.key", keys, "uuid", covers)
    if not few and wanted.project is not None:
        return _Along("j.project_id = b.key", [wanted.project], "uuid", frozenset({"project"}))
    if states:
        return _Along("j.state = b.key", [str(state) for state in states], "text", frozenset({"states"}))
    return _Along("true", [0], "int", frozenset())


def _rest(wanted: JobFilter, covered: frozenset[str]) -> list[tuple[str, dict[str, Any]]]:
    """What is looked at row by row: conditions on ``s``, and their parameters."""
    rest: list[tuple[str, dict[str, Any]]] = []
    if wanted.states and "states" not in covered:
        rest.append(("s.state = ANY (%(states)s)", {"states": [str(state) for state in wanted.states]}))
    if wanted.project is not None and "project" not in covered:
        rest.append(("s.project_id = %(project)s", {"project": wanted.project}))
    if (wanted.service or wanted.workflow) and "service" not in covered:
        condition = "coalesce(s.workflow_version_id, s.service_version_id) = ANY (%(versions)s)"
        rest.append((condition, {"versions": _versions(wanted)}))
    if wanted.error:
        rest.append(("s.error ->> 'code' = %(error)s", {"error": wanted.error}))
    if wanted.trigger:
        rest.append(("s.trigger = %(trigger)s", {"trigger": wanted.trigger}))
    if wanted.trigger_id is not None and "trigger_id" not in covered:
        rest.append(("s.trigger_id = %(trigger_id)s", {"trigger_id": wanted.trigger_id}))
    if wanted.version is not None and "version" not in covered and not (wanted.service or wanted.workflow):
        rest.append(("s.name LIKE %(version)s", {"version": f"%@{wanted.version}"}))
    if wanted.ids is not None:
        if tail := wanted.ids[2]:
            rest.append(("s.id::text LIKE %(tail)s", {"tail": f"%{tail}"}))
    elif wanted.text:
        escaped = wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        rest.append(("s.name ILIKE %(text)s", {"text": f"%{escaped}%"}))
    return rest


def _versions(wanted: JobFilter) -> list[UUID]:
    """The versions that the jobs may have run. Inside a tenant's transaction, which decides what is seen."""
    rows = _fetch(
        "SELECT coalesce((v.implementation ->> 'workflow_version')::uuid, v.id) AS id FROM tropeiro_service_version v"
        " WHERE v.service_id = %(service)s AND (%(version)s::int IS NULL OR v.version = %(version)s)"
        " UNION ALL SELECT w.id FROM tropeiro_workflow_version w WHERE w.workflow_id = %(workflow)s"
        " AND (%(version)s::int IS NULL OR w.version = %(version)s) ORDER BY id DESC LIMIT 500",
        {"service": wanted.service, "workflow": wanted.workflow, "version": wanted.version},
    )
    return [row[0] for row in rows]


def _fetch(sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
