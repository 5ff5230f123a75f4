"""Finding workflows and automations: the lists of the screens, page by page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.web.member import Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.services.search import escaped_like
from tropeiro.web.tenancy import tenant

COLUMNS = {"name": "w.name", "project": "coalesce(p.slug, '') || '/' || w.name", "changed": "v.changed_at"}
"""What a list can be ordered by."""
_ORDERED_BY = {"name": "name", "project": "place", "changed": "changed_at"}

# The version that callers know of an automation is its service's.
_SEARCH = """
SELECT w.id, s.id, p.slug, w.name, coalesce(s.title, ''), coalesce(nullif(s.description, ''), w.description),
    s.visibility, coalesce(s.version, v.version), v.changed_at, coalesce(nullif(u.name, ''), u.email, ''), w.removed_at,
    t.n, t.enabled, t.next_at, t.kind, t.cron, t.every_ms, t.zone
FROM tropeiro_workflow w
LEFT JOIN tropeiro_project p ON p.id = w.project_id
LEFT JOIN LATERAL (
    SELECT s.id, s.title, s.description, s.visibility, s.removed_at,
        (SELECT max(r.version) FROM tropeiro_service_version r WHERE r.service_id = s.id) AS version
    FROM tropeiro_service s
    WHERE w.automation AND s.project_id = w.project_id AND s.name = w.name AND s.kind = 'automation'
) s ON true
LEFT JOIN LATERAL (
    SELECT n.version, n.created_at AS changed_at, n.created_by_id
    FROM tropeiro_workflow_version n WHERE n.workflow_id = w.id ORDER BY n.version DESC LIMIT 1
) v ON true
LEFT JOIN tropeiro_user u ON u.id = v.created_by_id
CROSS JOIN LATERAL (
    SELECT count(*) AS n, count(*) FILTER (WHERE t.enabled) AS enabled,
        min(t.next_at) FILTER (WHERE t.enabled) AS next_at,
        (array_agg(t.kind ORDER BY t.name))[1] AS kind, (array_agg(t.cron ORDER BY t.name))[1] AS cron,
        (array_agg(t.every_ms ORDER BY t.name))[1] AS every_ms, (array_agg(t.zone ORDER BY t.name))[1] AS zone
    FROM tropeiro_trigger t
    WHERE t.organization_id = w.organization_id AND (t.workflow_id = w.id OR t.service_id = s.id)
) t
WHERE w.organization_id = %(organization)s AND w.automation = %(automation)s AND v.version IS NOT NULL
  AND (NOT w.automation OR s.id IS NOT NULL)
  AND (coalesce(s.removed_at, w.removed_at) IS NOT NULL) = %(removed)s
  AND (%(project)s = '' OR p.slug = %(project)s OR (%(project)s = '-' AND w.project_id IS NULL))
  AND (%(text)s = '' OR w.name ILIKE %(like)s OR w.description ILIKE %(like)s OR s.title ILIKE %(like)s
       OR p.slug || '/' || w.name ILIKE %(like)s)
  AND (%(switched)s = '' OR (t.enabled > 0) = (%(switched)s = 'on'))
  AND {condition} {order}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which workflows a list shows; an empty field asks nothing."""

    automation: bool = False
    """The insides of automation services, instead of plain workflows."""
    removed: bool = False
    text: str = ""
    project: str = ""
    """Short name; ``-`` for those in none."""
    switched: str = ""
    """on: those that a trigger starts; off: the others."""

    @property
    def narrowed(self) -> bool:
        """Whether a filter may have hidden something."""
        return bool(self.text or self.project or self.switched)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When the first trigger of several is due, as screens word it."""

    kind: str
    cron: str
    every_ms: int
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A workflow as the list shows it."""

    id: UUID
    service: UUID | None
    """Of an automation: the service that it is offered as."""
    project: str
    name: str
    title: str
    description: str
    public: bool
    version: int
    changed_at: datetime
    changed_by: str
    removed_at: datetime | None
    triggers: int
    enabled: int
    """How many of them are on."""
    next_at: datetime | None
    schedule: Schedule | None
    """Of the first trigger by name."""

    @property
    def place(self) -> str:
        """By which it is ordered: project and name."""
        return f"{self.project}/{self.name}"

    @property
    def reference(self) -> str:
        """How people name it."""
        return f"{self.project}/{self.name}" if self.project else self.name


def search_workflows(
    member: Member, wanted: Wanted, *, sort: Sort, after: str = "", before: str = "", limit: int = 50
) -> Page[Listed]:
    """A page of workflows, or of automations. Raises `InvalidInput` for a cursor that is none."""
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="w.id", sort=sort, after=after, before=before, limit=limit)
    params = {
        "organization": member.organization,
        "automation": wanted.automation,
        "removed": wanted.removed,
        "project": wanted.project,
        "text": wanted.text,
        "like": f"%{escaped_like(wanted.text)}%",
        "switched": wanted.switched,
        **keyset.params,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_SEARCH.format(condition=keyset.condition, order=keyset.order), params)
        rows = [_listed(row) for row in cursor.fetchall()]
    return keyset.page(rows, lambda row: (getattr(row, _ORDERED_BY[sort.column]), row.id))


def _listed(row: tuple[Any, ...]) -> Listed:
    (
        id_, service, project, name, title, description, visibility, version, changed_at, changed_by, removed_at,
        triggers, enabled, next_at, kind, cron, every_ms, zone,
    ) = row  # fmt: skip
    return Listed(
        id=id_,
        service=service,
        project=project or "",
        name=name,
        title=title,
        description=description,
        public=visibility == "public",
        version=version,
        changed_at=changed_at,
        changed_by=changed_by,
        removed_at=removed_at,
        triggers=triggers,
        enabled=enabled,
        next_at=next_at,
        schedule=Schedule(kind=kind, cron=cron, every_ms=every_ms, zone=zone) if triggers else None,
    )
