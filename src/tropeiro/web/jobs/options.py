"""What jobs can be filtered by: projects, what can run, and what went wrong lately."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tropeiro.web.jobs.filters import JobFilter
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 300

_PROJECTS = "SELECT id, slug FROM tropeiro_project WHERE organization_id = %s ORDER BY slug LIMIT %s"
_WHAT = """
SELECT 'service', s.id, p.slug || '/' || s.name, s.kind = 'automation'
FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id WHERE s.organization_id = %(organization)s
UNION ALL
SELECT 'workflow', w.id, coalesce(p.slug || '/', '') || w.name, false
FROM tropeiro_workflow w LEFT JOIN tropeiro_project p ON p.id = w.project_id
WHERE w.organization_id = %(organization)s AND NOT w.automation
ORDER BY 4 DESC, 1 DESC, 3 LIMIT %(most)s
"""
_NAMES = """
SELECT (SELECT slug FROM tropeiro_project WHERE id = %(project)s),
    (SELECT p.slug || '/' || s.name FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id
     WHERE s.id = %(service)s),
    (SELECT coalesce(p.slug || '/', '') || w.name FROM tropeiro_workflow w
     LEFT JOIN tropeiro_project p ON p.id = w.project_id WHERE w.id = %(workflow)s),
    (SELECT name FROM tropeiro_trigger WHERE id = %(trigger_id)s)
"""


@dataclass(frozen=True, slots=True)
class Runs:
    """Something whose jobs can be asked for."""

    kind: str
    """automation, service or workflow."""
    key: str
    """``service:<id>`` or ``workflow:<id>``."""
    name: str


@dataclass(frozen=True, slots=True)
class FilterNames:
    """What the ids of a filter are called; empty for what is not there."""

    project: str
    service: str
    workflow: str
    trigger: str


def projects(member: Member) -> tuple[tuple[UUID, str], ...]:
    """Id and short name of the projects, at most three hundred."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_PROJECTS, [member.organization, MOST])
        return tuple(cursor.fetchall())


def runs(member: Member) -> tuple[Runs, ...]:
    """What can run: automations first, then workflows, then other services; at most three hundred."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_WHAT, {"organization": member.organization, "most": MOST})
        return tuple(
            Runs("automation" if automation else kind, f"{kind}:{id_}", name)
            for kind, id_, name, automation in cursor.fetchall()
        )


def names(member: Member, wanted: JobFilter) -> FilterNames:
    """What the filter's ids are called."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        ids = {name: getattr(wanted, name) for name in ("project", "service", "workflow", "trigger_id")}
        cursor.execute(_NAMES, ids)
        return FilterNames(*(name or "" for name in cursor.fetchone()))
