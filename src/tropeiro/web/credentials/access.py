"""The door to credentials: by name or id, and never to what is inside."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.credentials.models import Credential
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


@dataclass(frozen=True, slots=True)
class CredentialKey:
    """A credential of the member's organization."""

    id: UUID
    name: str
    project: UUID | None
    project_slug: str | None


def credential_id(member: Member, name: str, project: UUID | None) -> UUID:
    """Id of the project's credential, or the organization's own without one. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    found: UUID | None = (
        Credential.objects.filter(organization_id=member.organization, project_id=project, name=name)
        .values_list("id", flat=True)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no credential `%(name)s` that you can see.") % {"name": name[:64]})
    return found


def credential_key(member: Member, credential: UUID, *, lock: bool = False) -> CredentialKey:
    """The credential with this id, its row locked when it is to be changed. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    rows = Credential.objects.select_for_update(of=("self",)) if lock else Credential.objects.all()
    row = (
        rows.filter(organization_id=member.organization, id=credential)
        .values_list("id", "name", "project_id", "project__slug")
        .first()
    )
    if row is None:
        raise NotFound(_("There is no credential %(id)s that you can see.") % {"id": credential})
    return CredentialKey(*row)
