"""Reading projects."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from tropeiro.web.matching import contains
from tropeiro.web.member import Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.access import project_row
from tropeiro.web.projects.holds import Deletion, Hold, deletion, renaming_holds
from tropeiro.web.tenancy import tenant

MOST = 1_000
COLUMNS = {"name": "lower(p.name)", "slug": "p.slug", "created": "p.created_at"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRow:
    """A project as lists show it."""

    id: UUID
    slug: str
    name: str
    description: str
    created_at: datetime
    applied_at: datetime | None
    archived_at: datetime | None
    services: int
    automations: int
    workflows: int
    triggers: int
    credentials: int


_FIELDS = tuple(field.name for field in fields(ProjectRow))
_ROWS = """
WITH page AS (
    SELECT p.*, ({by})::text AS page_key FROM tropeiro_project p
    WHERE p.organization_id = %(organization)s AND p.deleted_at IS NULL AND {filter} AND {condition}
    {order}
)
SELECT p.id, p.slug, p.name, p.description, p.created_at, p.applied_at, p.archived_at,
    s.services, s.automations, w.workflows, t.triggers, c.credentials, p.page_key
FROM page p
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE s.kind <> 'automation') AS services,
        count(*) FILTER (WHERE s.kind = 'automation') AS automations
    FROM tropeiro_service s WHERE s.project_id = p.id AND s.removed_at IS NULL) s
CROSS JOIN LATERAL (
    SELECT count(*) AS workflows FROM tropeiro_workflow w
    WHERE w.organization_id = %(organization)s AND w.project_id = p.id AND NOT w.automation
      AND w.removed_at IS NULL) w
CROSS JOIN LATERAL (
    SELECT count(*) AS triggers FROM tropeiro_trigger t
    WHERE t.organization_id = %(organization)s AND t.project_id = p.id) t
CROSS JOIN LATERAL (
    SELECT count(*) AS credentials FROM tropeiro_credential c
    WHERE c.organization_id = %(organization)s AND c.project_id = p.id) c
{order}
"""


def search_projects(
    member: Member,
    text: str = "",
    *,
    archived: bool = False,
    sort: Sort = Sort("name"),  # noqa: B008 - a frozen value
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> Page[ProjectRow]:
    """A page of the organization's projects: those in use, or the ``archived`` ones; one query.

    Raises `InvalidInput` for a cursor that is none.
    """
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="p.slug", sort=sort, after=after, before=before, limit=limit)
    wanted = "(p.archived_at IS NOT NULL) = %(archived)s AND (p.slug ILIKE %(like)s OR p.name ILIKE %(like)s)"
    with tenant(member.organization):
        found = _read(member, keyset, wanted, archived=archived, like=contains(text))
    page = keyset.page(found, lambda one: (one[1], one[0].slug))
    return Page([row for row, _key in page.rows], page.next, page.previous)


def list_projects(member: Member, *, archived: bool = False) -> tuple[ProjectRow, ...]:
    """The organization's projects by short name, the first thousand: those in use, or the ``archived`` ones."""
    return tuple(search_projects(member, archived=archived, sort=Sort("slug"), limit=MOST).rows)


def project(member: Member, slug: str) -> ProjectRow:
    """One project. Raises `NotFound`."""
    with tenant(member.organization):
        id_ = project_row(member, slug).id
        keyset = Keyset(columns=COLUMNS, id="p.slug", sort=Sort("slug"), limit=1)
        return _read(member, keyset, "p.id = %(project)s", project=id_)[0][0]


def project_deletion(member: Member, slug: str) -> Deletion:
    """What deleting a project comes to. Raises `NotFound`."""
    with tenant(member.organization):
        return deletion(member, project_row(member, slug))


def project_name_holds(member: Member, slug: str) -> tuple[Hold, ...]:
    """What relies on a project's short name. Raises `NotFound`."""
    with tenant(member.organization):
        return renaming_holds(member, project_row(member, slug))


def _read(member: Member, keyset: Keyset, wanted: str, **params: Any) -> list[tuple[ProjectRow, str]]:
    """Rows of projects, each with its value of the ordering column."""
    statement = _ROWS.format(
        by=keyset.columns[keyset.sort.column], filter=wanted, condition=keyset.condition, order=keyset.order
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, {"organization": member.organization, **params, **keyset.params})
        return [(ProjectRow(**dict(zip(_FIELDS, row, strict=False))), row[-1]) for row in cursor.fetchall()]
