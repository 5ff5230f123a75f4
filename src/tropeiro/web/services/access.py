"""The door to services: a reference → one revision that the member may call, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Q
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Forbidden, NotFound, Problem, ProjectArchived, TropeiroError
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.ports.executor import Implementation
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place
from tropeiro.web.services.models import Service, ServiceVersion
from tropeiro.web.services.resolving import Found, find_one, resolve

_REFUSALS: dict[str, type[TropeiroError]] = {"private_service": Forbidden, ProjectArchived.code: ProjectArchived}
_SHOWN = (
    "id", "organization_id", "project_id", "name", "kind", "visibility", "title", "description", "tags", "created_at",
    "removed_at",
)  # fmt: skip


def callable_service(member: Member, reference: str, *, project: str | None = None) -> Found:
    """The service that ``reference`` names as seen from ``project``. Inside a tenant's transaction.

    Raises `InvalidInput` for what is no reference, `NotFound`, `Forbidden` for a private one of another project of the
    member's own organization, and `ProjectArchived`.
    """
    member.require(Verb.VIEW)
    ref = parse_service_ref(reference)
    here = Place(member.organization_slug, project)
    answer = find_one(here, ref) or resolve(here, [ref])[ref]
    if isinstance(answer, Problem):
        raise _REFUSALS.get(answer.code, NotFound)(answer.message, hint=answer.hint, details={"code": answer.code})
    return answer


def service_row(member: Member, service: UUID) -> Service:
    """The row of a service of the own organization, or of a public one. Inside a tenant's transaction.

    Raises `NotFound`, which looks the same for what is missing and for what is another organization's.
    """
    member.require(Verb.VIEW)
    row = (
        Service.objects.filter(id=service)
        .filter(Q(organization_id=member.organization) | Q(visibility="public", removed_at__isnull=True))
        .select_related("organization", "project")
        .only(*_SHOWN, "organization__slug", "organization__name", "project__slug", "project__name")
        .first()
    )
    if row is None:
        raise missing_service(service)
    return row


def own_service_row(member: Member, service: UUID, *, lock: bool = False) -> Service:
    """The row of a service of the own organization, locked when it is to be changed. Raises `NotFound`."""
    member.require(Verb.VIEW)
    rows = Service.objects.select_for_update() if lock else Service.objects.all()
    row = rows.filter(organization_id=member.organization, id=service).first()
    if row is None:
        raise missing_service(service)
    return row


def missing_service(service: UUID) -> NotFound:
    """The one answer for a service that does not exist, and for one of another organization."""
    return NotFound(_("There is no service %(id)s that you can see.") % {"id": service})


@dataclass(frozen=True, slots=True)
class Contract:
    """What starting a service by itself needs of its revision."""

    implementation: Implementation
    input_schema: Any


@lru_cache(maxsize=500)
def contract(revision: UUID) -> Contract:
    """The contract of a revision that `callable_service` found. Inside a tenant's transaction.

    Remembered, for a revision never changes, and who asks came through the door.
    """
    row = ServiceVersion.objects.values_list("implementation", "input_schema").get(id=revision)
    return Contract(msgspec.convert(row[0], Implementation), row[1])


def newest_revision(member: Member, revision: UUID) -> tuple[str, str | None]:
    """How to name the newest version of the service that has this revision, and the project to name it from.

    Inside a tenant's transaction. Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    row = (
        ServiceVersion.objects.filter(id=revision)
        .values_list("service__organization__slug", "service__project__slug", "service__name", "organization_id")
        .first()
    )
    if row is None:
        raise NotFound(_("The service is not there any more."))
    organization, project, name, owner = row
    return f"{organization}/{project}/{name}", project if owner == member.organization else None
