"""The door to credentials: by name, and never to what is inside."""

from __future__ import annotations

from uuid import UUID

from tropeiro.kernel.errors import NotFound
from tropeiro.web.credentials.models import Credential
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb


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
        raise NotFound(f"There is no credential `{name[:64]}` that you can see.")
    return found
