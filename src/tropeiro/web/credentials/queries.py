"""Reading credentials: names, kinds, fields and who names them; never values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.web.credentials.access import credential_key
from tropeiro.web.credentials.uses import Use, has_stand_in, uses_of
from tropeiro.web.matching import contains
from tropeiro.web.member import Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 1_000
COLUMNS = {
    "name": "c.name",
    "kind": "c.kind",
    "project": "coalesce(p.slug, '')",
    "updated": "c.updated_at",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFilter:
    """Which credentials. What is empty leaves all."""

    text: str = ""
    """In the name."""
    project: str | None = None
    """Short name; empty for those of the organization, for all of its projects."""
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """A credential as lists show it."""

    id: UUID
    project: str | None
    name: str
    kind: str
    fields: list[str]
    """Names of its fields."""
    created_at: datetime
    updated_at: datetime
    updated_by: str
    """The e-mail address of who set it last."""
    archived: bool
    """Whether its project is archived."""
    uses: tuple[Use, ...] = ()


@dataclass(frozen=True, slots=True)
class CredentialDetails:
    """One credential."""

    row: CredentialRow
    stand_in: bool
    """Whether what names it would find the organization's of the same name, were it gone."""

    @property
    def held(self) -> bool:
        """Whether it cannot be deleted, because something needs it."""
        return bool(self.row.uses) and not self.stand_in


_ROWS = """
SELECT c.id, p.slug, c.name, c.kind, c.fields::text, c.created_at, c.updated_at, c.updated_by,
    p.archived_at IS NOT NULL, ({by})::text
FROM tropeiro_credential c LEFT JOIN tropeiro_project p ON p.id = c.project_id
WHERE c.organization_id = %(organization)s AND {filter} AND {condition}
{order}
"""


def search_credentials(
    member: Member,
    wanted: CredentialFilter = CredentialFilter(),
    *,
    sort: Sort = Sort("name"),  # noqa: B008 - a frozen value
    after: str = "",
    before: str = "",
    limit: int = 50,
) -> Page[CredentialRow]:
    """A page of the organization's credentials, with who names each; two queries, however many.

    Raises `InvalidInput` for a cursor that is none.
    """
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="c.id", sort=sort, after=after, before=before, limit=limit)
    with tenant(member.organization):
        page = _page(member, keyset, wanted)
        uses = uses_of(member, [row.id for row, _key in page.rows])
    rows = [replace(row, uses=uses.get(row.id, ())) for row, _key in page.rows]
    return Page(rows, page.next, page.previous)


def list_credentials(member: Member, project: str | None = None) -> tuple[CredentialRow, ...]:
    """The organization's credentials by project and name, the first thousand; of one project when it is named."""
    member.require(Verb.VIEW)
    keyset = Keyset(columns=COLUMNS, id="c.name", sort=Sort("project"), limit=MOST)
    with tenant(member.organization):
        return tuple(row for row, _key in _page(member, keyset, CredentialFilter(project=project)).rows)


def credential(member: Member, id: UUID) -> CredentialDetails:  # noqa: A002 - the word that callers use
    """One credential. Raises `NotFound`."""
    with tenant(member.organization):
        key = credential_key(member, id)
        keyset = Keyset(columns=COLUMNS, id="c.id", sort=Sort("name"), limit=1)
        ((row, _key),) = _page(member, keyset, CredentialFilter(), "c.id = %(id)s", id=id).rows
        uses = uses_of(member, [id]).get(id, ())
        return CredentialDetails(replace(row, uses=uses), has_stand_in(member, key))


def credential_kinds(member: Member) -> tuple[str, ...]:
    """The kinds of the organization's credentials, and those that services it can see ask for."""
    member.require(Verb.VIEW)
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(
            "SELECT kind FROM tropeiro_credential WHERE organization_id = %(organization)s"
            " UNION SELECT v.credential_kind FROM tropeiro_service_version v"
            " WHERE v.organization_id = %(organization)s AND v.credential_kind <> '' ORDER BY 1 LIMIT %(limit)s",
            {"organization": member.organization, "limit": MOST},
        )
        return tuple(kind for (kind,) in cursor.fetchall())


def _page(
    member: Member, keyset: Keyset, wanted: CredentialFilter, only: str = "true", **params: Any
) -> Page[tuple[CredentialRow, str]]:
    parts = [only]
    if wanted.text:
        parts.append("c.name ILIKE %(like)s")
    if wanted.project is not None:
        parts.append("p.slug = %(project)s" if wanted.project else "c.project_id IS NULL")
    if wanted.kind:
        parts.append("c.kind = %(kind)s")
    statement = _ROWS.format(
        by=keyset.columns[keyset.sort.column],
        filter=" AND ".join(parts),
        condition=keyset.condition,
        order=keyset.order,
    )
    given = {
        "organization": member.organization,
        "like": contains(wanted.text),
        "project": wanted.project,
        "kind": wanted.kind,
        **keyset.params,
        **params,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        found = [(_row(row), row[-1]) for row in cursor.fetchall()]
    return keyset.page(found, lambda one: (one[1], str(one[0].id)))


def _row(row: tuple[Any, ...]) -> CredentialRow:
    id_, project, name, kind, fields, created_at, updated_at, updated_by, archived, _key = row
    return CredentialRow(
        id=id_, project=project, name=name, kind=kind, fields=msgspec.json.decode(fields), created_at=created_at,
        updated_at=updated_at, updated_by=updated_by, archived=archived,
    )  # fmt: skip
