"""What the numbers are about: everything of an organization, or what the chips of the toolbar leave of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tropeiro.kernel.states import JobState
from tropeiro.web.analytics.period import Segment

ENDS = (JobState.SUCCEEDED, JobState.FAILED, JobState.TIMED_OUT, JobState.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Jobs to look at. What is ``None`` or empty leaves everything in."""

    project: UUID | None = None
    projectless: bool = False
    """Only what belongs to no project."""
    workflow: UUID | None = None
    """A workflow, or the one that an automation service is made of."""
    service: UUID | None = None
    """A service or automation service that was started, or called as a child job."""
    version: int | None = None
    """Of the workflow or service."""
    trigger: str = ""
    status: JobState | None = None
    """One of the ends; jobs that are not over are not in the rollups by state."""

    @property
    def of_one_target(self) -> bool:
        """Whether it looks at the jobs of one workflow or service."""
        return self.workflow is not None or self.service is not None

    @property
    def level(self) -> str:
        """The level of the rollups that answers with the fewest rows."""
        if self.of_one_target or self.version is not None:
            return "version"
        if self.project is not None or self.projectless:
            return "project_trigger" if self.trigger else "project"
        return "trigger" if self.trigger else "organization"

    def condition(self, *, every: bool = False) -> tuple[str, dict[str, Any]]:
        """Condition on rows ``r`` of the rollups, and its parameters; ``every`` without the level."""
        parts: list[str] = [] if every else ["r.level = %(level)s"]
        params: dict[str, Any] = {"level": self.level}
        if self.projectless:
            parts.append("r.project_id IS NULL")
        elif self.project is not None:
            parts.append("r.project_id = %(project)s")
            params["project"] = self.project
        if self.trigger:
            parts.append("r.trigger = %(trigger)s")
            params["trigger"] = self.trigger
        for kind, table, one in (
            ("workflow", "tropeiro_workflow_version", self.workflow),
            ("service", "tropeiro_service_version", self.service),
        ):
            if one is not None:
                numbered = "" if self.version is None else " AND v.version = %(version)s"
                parts.append(
                    f"r.{kind}_version_id = ANY (ARRAY(SELECT v.id FROM {table} v"  # noqa: S608 - names of ours
                    f" WHERE v.{kind}_id = %({kind})s{numbered}))"
                )
                params |= {kind: one, "version": self.version}
        if self.version is not None and not self.of_one_target:
            parts.append("r.name LIKE %(version)s")
            params["version"] = f"%@{self.version}"
        return " AND ".join(parts) or "true", params


def union(
    table: str, columns: str, condition: str, segments: Sequence[tuple[int, Segment]]
) -> tuple[str, dict[str, Any]]:
    """Rows of several grains under one another, each with the number ``part`` of its segment's period."""
    selects: list[str] = []
    params: dict[str, Any] = {}
    for n, (part, segment) in enumerate(segments):
        selects.append(
            f"SELECT {part} AS part, {columns} FROM {table} r"  # noqa: S608 - names of ours
            f" WHERE r.organization_id = %(organization)s AND r.grain = '{segment.grain}'"
            f" AND r.at >= %(start_{n})s AND r.at < %(end_{n})s AND {condition}"
        )
        params |= {f"start_{n}": segment.start, f"end_{n}": segment.end}
    return " UNION ALL ".join(selects), params
