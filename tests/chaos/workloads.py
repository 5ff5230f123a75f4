"""Work for the workers: kinds of jobs whose every step is known beforehand, written down beside the jobs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from chaos.outside import Outside, pause
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.pinning import calls_in
from tropeiro.kernel.route import make_route
from tropeiro.kernel.start import Start, start_row
from tropeiro.sql import statement

_BATCH = 250
_BOOK = """
CREATE TABLE IF NOT EXISTS chaos_job (
    id uuid PRIMARY KEY, kind text NOT NULL, billable integer NOT NULL, plain integer NOT NULL, keyed integer NOT NULL,
    state text NOT NULL, at timestamptz NOT NULL DEFAULT clock_timestamp())
"""
_SERVICES = """
SELECT s.name, v.id, s.organization_id, s.project_id FROM tropeiro_service s
JOIN tropeiro_service_version v ON v.service_id = s.id JOIN tropeiro_project p ON p.id = s.project_id
WHERE p.slug = 'chaos'
"""


@dataclass(frozen=True)
class Kind:
    """A kind of job and what it must come to."""

    name: str
    steps: Sequence[dict[str, Any]]
    billable: int
    """Usage records of the job and of its child jobs together."""
    plain: int = 0
    """Calls of the endpoint that honours no key."""
    keyed: int = 0
    """Calls of the endpoint that honours keys."""
    state: str = "succeeded"
    packets: int = 1
    inputs: dict[str, Any] = field(default_factory=dict)


def call(step: str, service: str, **inputs: Any) -> dict[str, Any]:
    """A step that calls a service of the project."""
    return {"id": step, "uses": f"{service}@1", "with": inputs}


def following(step: str, service: str, before: str, **inputs: Any) -> dict[str, Any]:
    """A step that needs the number that the step before it gave."""
    return call(step, service, n=f"{{{{ steps.{before}.output.n }}}}", **inputs)


LINE = Kind(
    "line", [call("a", "step", n=0), following("b", "plain", "a"), following("c", "keyed", "b")], 3, plain=1, keyed=1
)
"""Three steps in a row, two of which reach the world outside."""
FAN = Kind(
    "fan",
    [
        {
            "id": "each", "foreach": [0, 1, 2, 3],
            "steps": [call("a", "step", n="{{ item }}"), following("b", "plain", "a"), following("c", "keyed", "b")],
        },
        call("sum", "step", n="{{ steps.each.output | map('n') | sum }}"),
    ],
    13, plain=4, keyed=4, packets=5,
)  # fmt: skip
"""A foreach of four branches of three steps, joined."""
FAMILY = Kind(
    "family", [call("a", "step", n=0), following("kid", "child", "a"), following("c", "keyed", "a")], 5, keyed=1,
    packets=2,
)  # fmt: skip
"""An automation called between two steps: a child job of two steps more."""
STEPS = Kind("steps", [call("s0", "step", n=0), following("s1", "step", "s0"), following("s2", "step", "s1")], 3)
"""Three steps that touch nothing outside."""
ONE = Kind("one", [call("only", "step", n=0)], 1)
"""A single step."""


class Desk:
    """Where jobs are started."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        outside.rows(_BOOK)
        found = outside.rows(_SERVICES)
        self.services: dict[str, UUID] = {name: version for name, version, _, _ in found}
        self.organization, self.project = found[0][2], found[0][3]
        self.started: list[UUID] = []

    def start(self, kind: Kind, count: int = 1, **inputs: Any) -> list[UUID]:
        """Start jobs. What each of them must come to is written down in the same transaction."""
        ids: list[UUID] = []
        while len(ids) < count:
            ids += self._batch(kind, min(_BATCH, count - len(ids)), {**kind.inputs, **inputs})
        self.started += ids
        return ids

    def _batch(self, kind: Kind, count: int, inputs: dict[str, Any]) -> list[UUID]:
        route = make_route({"schema": "tropeiro/v1", "steps": self._pinned(kind.steps)})
        starts = [
            Start(
                id=uuid7(), organization=self.organization, project=self.project, name=f"chaos/{kind.name}",
                route=route, inputs=inputs,
            )
            for _ in range(count)
        ]  # fmt: skip
        ids = [one.id for one in starts]
        jobs = msgspec.json.encode([start_row(one)[0] for one in starts]).decode()
        book = "INSERT INTO chaos_job SELECT unnest(%s::uuid[]), %s, %s, %s, %s, %s"
        facts = [ids, kind.name, kind.billable, kind.plain, kind.keyed, kind.state]
        start = statement("store", "start").replace("%(jobs)s", "%s")
        while True:
            try:
                self._outside.transaction([(book, facts), (start, [jobs])])
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # The server went away, perhaps after the commit: whether it was is looked up.
                self._outside.close()
                pause(0.2)
                if self._outside.rows("SELECT 1 FROM chaos_job WHERE id = %s", [ids[0]]):
                    return ids
            else:
                return ids

    def _pinned(self, steps: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        copied: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(list(steps)))
        for one, _ in calls_in(copied, ""):
            one["service"] = str(self.services[one["uses"].split("@")[0]])
        return copied
