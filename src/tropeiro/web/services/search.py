"""Finding services: the list of a screen, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.web.analytics.stats import service_order
from tropeiro.web.member import Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.services.house_words import said
from tropeiro.web.tenancy import tenant

COLUMNS = {
    "name": "s.name",
    "project": "p.slug || '/' || s.name",
    "kind": "s.kind",
    "changed": "v.changed_at",
    "calls": "coalesce(n.calls, 0)",
    # What was not called, or is not known, comes before everything that is.
    "success": "coalesce(n.success, -1)",
    "p95": "coalesce(n.p95, -1000000)",
}
"""What a list can be ordered by."""
_BY_NUMBERS = frozenset({"calls", "success", "p95"})
"""Of them, those for which the calls of the last seven days are counted."""
_NUMBERS = "LEFT JOIN numbers n ON n.service = o.slug || '/' || p.slug || '/' || s.name"

_SEARCH = """
{counted} SELECT s.id, o.slug, p.slug, s.name, s.kind, s.visibility = 'public', s.title, s.description, s.tags::text,
    v.version, v.changed_at, s.removed_at, {key}
FROM tropeiro_service s
JOIN tropeiro_project p ON p.id = s.project_id
JOIN tropeiro_organization o ON o.id = s.organization_id
CROSS JOIN LATERAL (
    SELECT coalesce(max(r.version), 0) AS version, coalesce(max(r.created_at), s.created_at) AS changed_at
    FROM tropeiro_service_version r WHERE r.service_id = s.id
) v {numbers}
WHERE {scope}
  AND (s.removed_at IS NOT NULL) = %(removed)s
  AND (%(kind)s = '' OR s.kind = %(kind)s)
  AND (%(visibility)s = '' OR s.visibility = %(visibility)s)
  AND (%(project)s = '' OR p.slug = %(project)s)
  AND (%(text)s = '' OR s.name ILIKE %(like)s OR s.title ILIKE %(like)s OR s.description ILIKE %(like)s
       OR p.slug || '/' || s.name ILIKE %(like)s OR s.tags::text ILIKE %(like)s)
  AND {condition} {order}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which services a list shows; an empty field asks nothing."""

    public: bool = False
    """All public ones, of whatever organization, instead of the organization's own."""
    removed: bool = False
    """Own ones that were removed, instead of those in use."""
    text: str = ""
    project: str = ""
    kind: str = ""
    visibility: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether a filter may have hidden something."""
        return bool(self.text or self.project or self.kind or self.visibility)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A service as the list shows it."""

    id: UUID
    organization: str
    project: str
    name: str
    kind: str
    public: bool
    title: str
    description: str
    tags: tuple[str, ...]
    version: int
    changed_at: datetime
    removed_at: datetime | None
    key: Any
    """Value of the column that the list is ordered by."""

    @property
    def reference(self) -> str:
        """Its name with the project's."""
        return f"{self.project}/{self.name}"

    @property
    def uses(self) -> str:
        """Its whole name, without a version."""
        return f"{self.organization}/{self.project}/{self.name}"


def search_services(
    member: Member, wanted: Wanted, *, sort: Sort, after: str = "", before: str = "", limit: int = 50
) -> Page[Listed]:
    """A page of services. Raises `InvalidInput` for a cursor that is none."""
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="s.id", sort=sort, after=after, before=before, limit=limit)
    scope = (
        "s.visibility = 'public' AND s.removed_at IS NULL" if wanted.public else "s.organization_id = %(organization)s"
    )
    by_numbers = sort.column in _BY_NUMBERS
    counted, bounds = service_order() if by_numbers else ("", {})
    statement = _SEARCH.format(
        counted=f"WITH {counted}" if by_numbers else "",
        key=COLUMNS[sort.column],
        numbers=_NUMBERS if by_numbers else "",
        scope=scope,
        condition=keyset.condition,
        order=keyset.order,
    )
    params: dict[str, Any] = {
        **bounds,
        "organization": member.organization,
        "removed": wanted.removed and not wanted.public,
        "kind": wanted.kind,
        "visibility": wanted.visibility,
        "project": wanted.project,
        "text": wanted.text,
        "like": f"%{escaped_like(wanted.text)}%",
        **keyset.params,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(statement, params)
        rows = [_listed(row) for row in cursor.fetchall()]
    return keyset.page(rows, lambda row: (row.key, row.id))


def escaped_like(text: str) -> str:
    """A text for LIKE in which nothing stands for something else."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _listed(row: tuple[Any, ...]) -> Listed:
    id_, organization, project, name, kind, public, title, description, tags, version, changed, removed, key = row
    return Listed(
        id=id_,
        organization=organization,
        project=project,
        name=name,
        kind=kind,
        public=public,
        title=said(organization, title),
        description=said(organization, description),
        tags=tuple(msgspec.json.decode(tags)),
        version=version,
        changed_at=changed,
        removed_at=removed,
        key=key,
    )
