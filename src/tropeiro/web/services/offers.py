"""What a workflow may call, as a picker offers it: own services and automations, built-in ones, public ones.

Only what may be called from where the workflow stands is offered; `callable_service` says why of something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.web.matching import contains
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.paging import Keyset, Page, Sort
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place
from tropeiro.web.services.access import callable_service
from tropeiro.web.services.house_words import said, schema_said
from tropeiro.web.services.resolving import Found
from tropeiro.web.tenancy import tenant

PAGE = 30
MOST_CREDENTIALS = 200

# A property's name or title anywhere in what it returns. The text is looked at first, for it tells in most cases; one
# with the character NUL in it, which jsonb cannot hold, is not looked into.
_RETURNS = """
CASE WHEN v.output_schema NOT ILIKE %(like)s OR v.output_schema LIKE '%%\\\\u0000%%' THEN false ELSE EXISTS (
    SELECT FROM jsonb_path_query(v.output_schema::jsonb, 'lax $.**.properties') AS f(properties)
    CROSS JOIN LATERAL jsonb_each(CASE jsonb_typeof(f.properties) WHEN 'object' THEN f.properties ELSE '{{}}' END)
        AS e(name, rule)
    WHERE e.name ILIKE %(like)s OR e.rule ->> 'title' ILIKE %(like)s)
END
"""
_ORIGIN = """
CASE WHEN s.project_id = %(project)s THEN 'project' WHEN s.organization_id = %(organization)s THEN 'organization'
    WHEN o.slug = %(house)s THEN 'core' ELSE 'public' END
"""
_NEAR = "p.slug || '/' || s.name ILIKE %(like)s OR s.title ILIKE %(like)s"
# What is called so stands before what is only described so; own things before others'.
_ORDER = f"""
CASE WHEN %(text)s = '' OR s.name ILIKE %(begins)s OR s.title ILIKE %(begins)s THEN '0' WHEN {_NEAR} THEN '1' ELSE '2'
    END
|| CASE {_ORIGIN} WHEN 'project' THEN '0' WHEN 'organization' THEN '1' WHEN 'core' THEN '2' ELSE '3' END
|| p.slug || '/' || s.name
"""
_COLUMNS = f"""
s.id, o.slug, o.name, p.slug, p.name, s.name, s.kind, s.title, s.description, s.tags::text, {_ORIGIN},
o.slug = %(house)s AND EXISTS (
    SELECT FROM tropeiro_service x JOIN tropeiro_project y ON y.id = x.project_id
    WHERE x.organization_id = %(organization)s AND y.slug = p.slug AND x.name = s.name AND x.removed_at IS NULL)
"""
_OFFERS = f"""
SELECT {_COLUMNS}, v.version, v.output_schema, {_ORDER}
FROM tropeiro_service s
JOIN tropeiro_project p ON p.id = s.project_id AND p.archived_at IS NULL
JOIN tropeiro_organization o ON o.id = s.organization_id
CROSS JOIN LATERAL (
    SELECT r.version, r.output_schema::text AS output_schema FROM tropeiro_service_version r
    WHERE r.service_id = s.id ORDER BY r.version DESC, r.revision DESC LIMIT 1
) v
WHERE s.removed_at IS NULL AND (s.visibility = 'public' OR s.project_id = %(project)s)
  AND (%(kind)s = '' OR (s.kind = 'automation') = (%(kind)s = 'automation'))
  AND (%(text)s = '' OR {_NEAR} OR s.description ILIKE %(like)s OR s.tags::text ILIKE %(like)s OR o.name ILIKE %(like)s
       OR {_RETURNS})
  AND {{condition}} {{order}}
"""  # noqa: S608 - nothing in it is a user's
_CONTRACT = f"""
SELECT {_COLUMNS}, v.version, v.input_schema::text, v.output_schema::text, v.credential_kind,
    (SELECT max(r.version) FROM tropeiro_service_version r WHERE r.service_id = s.id)
FROM tropeiro_service_version v
JOIN tropeiro_service s ON s.id = v.service_id
JOIN tropeiro_project p ON p.id = s.project_id
JOIN tropeiro_organization o ON o.id = s.organization_id
WHERE v.id = %(revision)s
"""  # noqa: S608 - nothing in it is a user's
# As the worker looks for them: those of the workflow's project, then the organization's.
_CREDENTIALS = """
SELECT DISTINCT c.name, c.kind = %(kind)s AS fits FROM tropeiro_credential c
WHERE c.organization_id = %(organization)s AND (c.project_id IS NULL OR c.project_id = %(project)s)
ORDER BY fits DESC, c.name LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A service or an automation that may be called."""

    id: UUID
    uses: str
    """As a step of the workflow names it, with the version."""
    name: str
    title: str
    description: str
    origin: str
    """project, organization, core or public."""
    automation: bool
    project: str
    """Name of its project."""
    publisher: str
    """Name of the organization that offers it."""
    tags: tuple[str, ...]
    version: int
    output_schema: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """Something that may be called, with all that a step needs to know of it."""

    offer: Offer
    input_schema: Any
    credential_kind: str
    """Empty when it takes none."""
    credentials: tuple[str, ...]
    """Names of those that a step of the workflow can name, the ones of its kind first."""
    newer: int | None
    """The newest version, when it is not this one."""


def search_offers(
    member: Member, place: Place, *, text: str = "", kind: str = "", after: str = "", limit: int = PAGE
) -> Page[Offer]:
    """A page of what a workflow at ``place`` may call; ``kind`` is service, automation or nothing.

    Raises `InvalidInput` for a cursor that is none.
    """
    member.require(Verb.VIEW)
    keyset = Keyset(columns={"best": _ORDER}, id="s.id", sort=Sort("best"), after=after, limit=limit)
    words = contains(text)
    params = {
        **_where(member, place),
        "text": text.strip(),
        "like": words,
        "begins": words.removeprefix("%"),
        "kind": kind,
        **keyset.params,
    }
    with tenant(member.organization), connection.cursor() as cursor:
        cursor.execute(_OFFERS.format(condition=keyset.condition, order=keyset.order), params)
        found = [(_offer(row[:12], row[12], _json(row[13])), row[14]) for row in cursor.fetchall()]
    page = keyset.page(found, lambda one: (one[1], str(one[0].id)))
    return Page([offer for offer, _key in page.rows], page.next, page.previous)


def contract_of(member: Member, place: Place, uses: str) -> Contract:
    """What ``uses`` names as seen from ``place``.

    Raises `InvalidInput` for what is no reference, and as `callable_service` does for what may not be called.
    """
    with tenant(member.organization):
        found: Found = callable_service(member, uses, project=place.project)
        with connection.cursor() as cursor:
            cursor.execute(_CONTRACT, {**_where(member, place), "revision": found.id})
            row = cursor.fetchone()
            *about, version, input_schema, output_schema, credential_kind, newest = row
            names: list[tuple[str, bool]] = []
            if credential_kind:
                params = {**_where(member, place), "kind": credential_kind, "limit": MOST_CREDENTIALS}
                cursor.execute(_CREDENTIALS, params)
                names = cursor.fetchall()
    return Contract(
        offer=_offer(tuple(about), version, _json(output_schema)),
        input_schema=schema_said(found.organization_slug, _json(input_schema)),
        credential_kind=credential_kind,
        credentials=tuple(dict.fromkeys(name for name, _fits in names)),
        newer=newest if newest != version else None,
    )


def _where(member: Member, place: Place) -> dict[str, Any]:
    return {"organization": member.organization, "project": place.project_id, "house": HOUSE}


def _offer(row: tuple[Any, ...], version: int, output_schema: Any) -> Offer:
    (
        id_, organization, publisher, project, project_name, name, kind, title, description, tags, origin, shadowed,
    ) = row  # fmt: skip
    short = origin in ("project", "organization") or (origin == "core" and not shadowed)
    reference = f"{project}/{name}@{version}"
    return Offer(
        id=id_,
        uses=reference if short else f"{organization}/{reference}",
        name=name,
        title=said(organization, title),
        description=said(organization, description),
        origin=origin,
        automation=kind == "automation",
        project=project_name,
        publisher=publisher,
        tags=tuple(msgspec.json.decode(tags)),
        version=version,
        output_schema=schema_said(organization, output_schema),
    )


def _json(text: str | None) -> Any:
    return None if text is None else msgspec.json.decode(text)
