"""Who names a credential. Called inside a tenant's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tropeiro.sql import statement
from tropeiro.web.credentials.access import CredentialKey
from tropeiro.web.credentials.models import Credential
from tropeiro.web.member import Member

MOST = 1_000


@dataclass(frozen=True, slots=True)
class Use:
    """Something that names a credential."""

    kind: str
    """workflow, automation, or service (one that signs its requests with it)."""
    id: UUID
    """Of the workflow, or of the service (an automation is one)."""
    project: str
    """Short name, or nothing."""
    name: str

    @property
    def place(self) -> str:
        """Its name with its project."""
        return f"{self.project}/{self.name}" if self.project else self.name


def uses_of(member: Member, credentials: Sequence[UUID]) -> dict[UUID, tuple[Use, ...]]:
    """Who names these credentials, by credential; only those that are used. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("credentials", "used_by"),
            {"organization": member.organization, "ids": list(credentials), "limit": MOST},
        )
        found: dict[UUID, list[Use]] = {}
        for credential, *use in cursor.fetchall():
            found.setdefault(credential, []).append(Use(*use))
    return {credential: tuple(uses) for credential, uses in found.items()}


def has_stand_in(member: Member, key: CredentialKey) -> bool:
    """Whether the organization has a credential of the same name, which is found when a project's is gone."""
    return (
        key.project is not None
        and Credential.objects.filter(
            organization_id=member.organization, project_id__isnull=True, name=key.name
        ).exists()
    )


def said(uses: Sequence[Use]) -> str:
    """The first few of them."""
    return ", ".join(use.place for use in uses[:5]) + (" …" if len(uses) > 5 else "")
