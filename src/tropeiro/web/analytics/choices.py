"""What the toolbar's menus offer: the organization's projects, workflows and services by name."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 200
"""Of each kind; one that is chosen is always among them."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    kind: str
    """project, workflow or service."""
    id: UUID
    name: str
    """With the project's short name in front: ``google-analytics/report``."""


def choices(
    member: Member,
    *,
    project: UUID | None = None,
    workflow: UUID | None = None,
    service: UUID | None = None,
    within: UUID | None = None,
) -> tuple[Choice, ...]:
    """The first 200 of each kind by name, and those that are named; workflows and services of ``within`` a project."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            """
            (SELECT 'project', p.id, p.name FROM tropeiro_project p WHERE p.organization_id = %(organization)s
             ORDER BY p.id = %(project)s DESC, p.name LIMIT %(most)s)
            UNION ALL
            (SELECT 'workflow', w.id, coalesce(p.slug || '/', '') || w.name
             FROM tropeiro_workflow w LEFT JOIN tropeiro_project p ON p.id = w.project_id
             WHERE w.organization_id = %(organization)s AND (w.removed_at IS NULL OR w.id = %(workflow)s)
               AND (%(within)s::uuid IS NULL OR w.project_id = %(within)s OR w.id = %(workflow)s)
             ORDER BY w.id = %(workflow)s DESC, 3 LIMIT %(most)s)
            UNION ALL
            (SELECT 'service', s.id, p.slug || '/' || s.name
             FROM tropeiro_service s JOIN tropeiro_project p ON p.id = s.project_id
             WHERE s.organization_id = %(organization)s AND (s.removed_at IS NULL OR s.id = %(service)s)
               AND (%(within)s::uuid IS NULL OR s.project_id = %(within)s OR s.id = %(service)s)
             ORDER BY s.id = %(service)s DESC, 3 LIMIT %(most)s)
            """,
            {
                "organization": member.organization,
                "project": project,
                "workflow": workflow,
                "service": service,
                "within": within,
                "most": MOST,
            },
        )
        return tuple(sorted((Choice(*row) for row in cursor.fetchall()), key=lambda one: one.name.casefold()))
