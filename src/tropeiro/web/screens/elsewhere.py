"""An address of an object of another organization that the reader also belongs to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection
from django.http import HttpRequest
from psycopg import sql

from tropeiro.web.accounts.access import OrganizationName

TABLES = {
    "credential": "tropeiro_credential",
    "invitation": "tropeiro_invitation",
    "job": "tropeiro_job",
    "limit": "tropeiro_limit",
    "membership": "tropeiro_member",
    "project": "tropeiro_project",
    "service": "tropeiro_service",
    "trigger": "tropeiro_trigger",
    "workflow": "tropeiro_workflow",
}
"""By the name that addresses have for an object's id: where the object is."""

_WHERE = """
SELECT o.slug, o.name FROM {table} t JOIN tropeiro_organization o ON o.id = t.organization_id
WHERE t.id = %s AND o.slug = ANY(%s)
"""


def elsewhere(request: HttpRequest) -> OrganizationName | None:
    """The other organization of the reader's that has the object which the address names, if one has.

    It is looked for among the organizations that the reader belongs to, so that others' objects stay unknown.
    """
    found: Any = request.resolver_match
    member: Any = getattr(request, "member", None)
    others = [one.slug for one in getattr(request, "organizations", ()) if one.slug != member.organization_slug]
    if request.method != "GET" or found is None or not others:
        return None
    for name, id_ in found.kwargs.items():
        if name in TABLES and isinstance(id_, UUID):
            with connection.cursor() as cursor:
                cursor.execute(sql.SQL(_WHERE).format(table=sql.Identifier(TABLES[name])), [id_, others])
                row = cursor.fetchone()
            if row is not None:
                return OrganizationName(*row)
    return None
