"""What the API lists as runnable: services, automations, workflows. Newest versions, in the order of their references.

The reference of the last entry is also how a page says where it ended.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection

from tropeiro.web.member import HOUSE, Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

# Own ones and the built-in ones; where both have a name, the own one is what the name means.
_SERVICES = """
SELECT r.reference, r.project, r.name, v.version, r.kind, r.visibility, r.title, r.description, v.input_schema::text
FROM (
    SELECT DISTINCT ON (n.reference COLLATE "C") n.* FROM (
        SELECT p.slug || '/' || s.name AS reference, p.slug AS project, s.name, s.id, s.kind, s.visibility, s.title,
            s.description, o.slug = %(house)s AS built_in
        FROM tropeiro_service s
        JOIN tropeiro_project p ON p.id = s.project_id
        JOIN tropeiro_organization o ON o.id = s.organization_id
        WHERE s.removed_at IS NULL AND (s.organization_id = %(organization)s OR o.slug = %(house)s)
    ) n
    ORDER BY n.reference COLLATE "C", n.built_in
) r
JOIN LATERAL (
    SELECT v.version, v.input_schema FROM tropeiro_service_version v WHERE v.service_id = r.id
    ORDER BY v.version DESC, v.revision DESC LIMIT 1
) v ON true
WHERE (r.kind = 'automation') = %(automations)s AND r.reference COLLATE "C" > %(cursor)s
ORDER BY r.reference COLLATE "C" LIMIT %(limit)s
"""

_WORKFLOWS = """
SELECT r.reference, r.project, r.name, v.version, r.description
FROM (
    SELECT coalesce(p.slug || '/', '') || w.name AS reference, p.slug AS project, w.name, w.id, w.description
    FROM tropeiro_workflow w LEFT JOIN tropeiro_project p ON p.id = w.project_id
    WHERE w.organization_id = %(organization)s AND w.removed_at IS NULL AND NOT w.automation
) r
JOIN LATERAL (SELECT max(v.version) AS version FROM tropeiro_workflow_version v WHERE v.workflow_id = r.id) v
    ON v.version IS NOT NULL
WHERE r.reference COLLATE "C" > %(cursor)s
ORDER BY r.reference COLLATE "C" LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class ServiceEntry:
    """A service or an automation."""

    reference: str
    project: str
    name: str
    version: int
    kind: str
    visibility: str
    title: str
    description: str
    inputs: Any
    """JSON Schema, or ``None``."""


@dataclass(frozen=True, slots=True)
class WorkflowEntry:
    """A workflow."""

    reference: str
    project: str | None
    name: str
    version: int
    description: str


def services(member: Member, *, automations: bool, cursor: str, limit: int) -> tuple[ServiceEntry, ...]:
    """Own and built-in services, or only the automations among them; those after the reference ``cursor``."""
    rows = _read(member, _SERVICES, automations=automations, house=HOUSE, cursor=cursor, limit=limit)
    found = []
    for row in rows:
        schema = row[-1]
        found.append(ServiceEntry(*(*row[:-1], None if schema is None else msgspec.json.decode(schema))))
    return tuple(found)


def workflows(member: Member, *, cursor: str, limit: int) -> tuple[WorkflowEntry, ...]:
    """The organization's workflows; those after the reference ``cursor``."""
    return tuple(WorkflowEntry(*row) for row in _read(member, _WORKFLOWS, cursor=cursor, limit=limit))


def _read(member: Member, statement: str, **params: Any) -> list[tuple[Any, ...]]:
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as rows:
        rows.execute(statement, {"organization": member.organization, **params})
        return list(rows.fetchall())
