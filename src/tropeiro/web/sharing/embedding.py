"""What an embedded diagram shows: the steps by name, and how the last run went. No value, no log, no condition."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.pinning import lists_in
from tropeiro.kernel.route import read_route
from tropeiro.kernel.states import FINAL_JOB_STATES, JobState, StepState
from tropeiro.web.jobs.steps import step_rows
from tropeiro.web.sharing.access import Opened, no_link
from tropeiro.web.tenancy import tenant

SECONDS = 3.0
"""For so long an answer is given again: whoever embeds a diagram may have many readers."""
MOST_KEPT = 200
MOST_VERSIONS = 50
"""Newest versions whose jobs are looked for."""
MOST_STEPS = 500

# Tries with mocked calls are nobody's last run.
_LAST = """
SELECT j.id, j.state, j.created_at, j.started_at, j.finished_at, v.version, v.pinned::text
FROM (
    SELECT v.id, v.version, v.pinned FROM tropeiro_workflow_version v
    WHERE v.workflow_id = %(workflow)s ORDER BY v.version DESC LIMIT %(versions)s
) v
CROSS JOIN LATERAL (
    SELECT j.id, j.state, j.created_at, j.started_at, j.finished_at FROM tropeiro_job j
    WHERE j.organization_id = %(organization)s AND coalesce(j.service_version_id, j.workflow_version_id) = v.id
      AND NOT j.mock
    ORDER BY j.id DESC LIMIT 1
) j
ORDER BY j.id DESC LIMIT 1
"""
_NEWEST = """
SELECT v.version, v.pinned::text FROM tropeiro_workflow_version v
WHERE v.workflow_id = %(workflow)s ORDER BY v.version DESC LIMIT 1
"""
_PUBLIC = """
SELECT v.id FROM tropeiro_service_version v JOIN tropeiro_service s ON s.id = v.service_id
WHERE v.id = ANY (%s) AND s.visibility = 'public'
"""
_LOOKED_AT = """
UPDATE tropeiro_workflow_link SET last_used_at = now()
WHERE id = %s AND (last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
"""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step, and what became of it in the last run."""

    pointer: str
    name: str
    depth: int
    state: StepState | None
    """``None`` when the run did not come to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """A workflow and its last run, as everybody who has the link may see them."""

    name: str
    version: int
    document: dict[str, Any]
    """The steps by name, with what they are, and nothing that they say."""
    state: JobState | None
    """``None`` before the first run."""
    at: datetime | None
    """When the run ended, else when it began."""
    steps: tuple[ShownStep, ...]

    @property
    def final(self) -> bool:
        """Whether nothing more happens to the run that is shown."""
        return self.state is None or self.state in FINAL_JOB_STATES


_kept: OrderedDict[UUID, tuple[float, Embedded]] = OrderedDict()
_lock = Lock()


def embedded(opened: Opened) -> Embedded:
    """What the link shows now, or a moment ago. Outside a tenant's transaction. Raises `NotFound`."""
    now = time.monotonic()
    with _lock:
        known = _kept.get(opened.link)
    if known is not None and now - known[0] < SECONDS:
        return known[1]
    with connection.cursor() as cursor:
        cursor.execute(_LOOKED_AT, [opened.link])
    found = _look(opened)
    with _lock:
        _kept[opened.link] = now, found
        _kept.move_to_end(opened.link)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return found


def public_outline(steps: list[dict[str, Any]], public: Collection[str]) -> list[dict[str, Any]]:
    """The steps of a pinned document without what they say: names, kinds, and the services whose revision is public."""
    return [_outlined(step, public) for step in steps]


def _look(opened: Opened) -> Embedded:
    params: dict[str, Any] = {"organization": opened.organization, "workflow": opened.workflow}
    params["versions"] = MOST_VERSIONS
    with tenant(opened.organization), connection.cursor() as cursor:
        cursor.execute(_LAST, params)
        last = cursor.fetchone()
        if last is None:
            cursor.execute(_NEWEST, params)
            newest = cursor.fetchone()
            if newest is None:
                raise no_link()
            last = (None, None, None, None, None, *newest)
        job, state, created, started, finished, version, pinned = last
        steps = msgspec.json.decode(pinned)["steps"]
        cursor.execute(_PUBLIC, [list(dict.fromkeys(_services(steps)))])
        public = {str(id_) for (id_,) in cursor.fetchall()}
        rows = () if job is None else step_rows(job, read_route(pinned.encode()).workflow)
    states = {row.pointer: row.state for row in reversed(rows)}
    return Embedded(
        name=opened.name,
        version=version,
        document={"steps": public_outline(steps, public)},
        state=None if state is None else JobState(state),
        at=finished or started or created,
        steps=tuple(step for step, _n in zip(_shown(steps, "/steps", 0, states), range(MOST_STEPS), strict=False)),
    )


def _services(steps: list[dict[str, Any]]) -> Iterator[str]:
    for step in steps:
        if "service" in step:
            yield step["service"]
        for inner, _below in lists_in(step):
            yield from _services(inner)


def _shown(
    steps: list[dict[str, Any]], pointer: str, depth: int, states: Mapping[str, StepState]
) -> Iterator[ShownStep]:
    for number, step in enumerate(steps):
        at = f"{pointer}/{number}"
        yield ShownStep(at, _name(step), min(depth, 6), states.get(at))
        for inner, below in lists_in(step):
            yield from _shown(inner, at + below, depth + 1, states)


def _outlined(step: dict[str, Any], public: Collection[str]) -> dict[str, Any]:
    told: dict[str, Any] = {"name": _name(step)}
    if "uses" in step:
        told["uses"] = step["uses"] if step.get("service") in public else ""
    for key in ("if", "foreach"):
        if key in step:
            told[key] = ""
    if "wait" in step:
        told["wait"] = ""
    if "approval" in step:
        told["approval"] = {}
    for key in ("steps", "else"):
        if key in step:
            told[key] = public_outline(step[key], public)
    if "branches" in step:
        told["branches"] = {name: public_outline(inner, public) for name, inner in step["branches"].items()}
    if "cases" in step:
        told["cases"] = [{"if": "", "steps": public_outline(case["steps"], public)} for case in step["cases"]]
    if isinstance(step.get("on_error"), list):
        told["on_error"] = public_outline(step["on_error"], public)
    return told


def _name(step: dict[str, Any]) -> str:
    return str(step.get("name") or step["id"])
