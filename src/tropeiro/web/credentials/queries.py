"""Listing credentials: names, kinds and fields, never values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tropeiro.web.credentials.models import Credential
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

MOST = 1_000


@dataclass(frozen=True, slots=True)
class CredentialRow:
    """A credential as lists show it."""

    id: UUID
    project: str | None
    name: str
    kind: str
    fields: list[str]
    """Names of its fields."""
    updated_at: datetime
    updated_by: str
    """The e-mail address of who set it last."""


def list_credentials(member: Member, project: str | None = None) -> tuple[CredentialRow, ...]:
    """The organization's credentials by project and name, the first thousand; of one project when it is named."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        rows = Credential.objects.order_by("project__slug", "name")
        if project is not None:
            rows = rows.filter(project__slug=project)
        fields = ("id", "project__slug", "name", "kind", "fields", "updated_at", "updated_by")
        return tuple(CredentialRow(*row) for row in rows.values_list(*fields)[:MOST])
