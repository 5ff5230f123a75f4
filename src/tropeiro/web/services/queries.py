"""Reading services: lists, and the contract of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.permissions import Verb
from tropeiro.web.services.house_words import said
from tropeiro.web.services.models import Service, ServiceVersion
from tropeiro.web.tenancy import tenant

MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """A service as lists show it."""

    id: UUID
    organization: str
    project: str
    name: str
    kind: str
    public: bool
    title: str
    description: str
    version: int
    """The newest."""
    tags: tuple[str, ...]

    @property
    def reference(self) -> str:
        """How workflows of other projects name it."""
        return f"{self.project}/{self.name}@{self.version}"


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """The newest revision of one version."""

    id: UUID
    version: int
    revision: int
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceDetails:
    """A service, and the contract of one of its versions."""

    service: ServiceRow
    version: int
    revision: int
    input_schema: Any
    output_schema: Any
    timeout_ms: int
    retry: dict[str, Any]
    idempotent: bool
    pure: bool
    credential_kind: str
    own: bool
    """Whether it is one of the member's organization."""
    versions: tuple[VersionRow, ...]
    """Newest first."""


def list_services(member: Member, project: str | None = None) -> tuple[ServiceRow, ...]:
    """Own services and the built-in ones, of one project when it is named; by project and name, the first thousand."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        rows = Service.objects.filter(
            Q(organization_id=member.organization) | Q(organization__slug=HOUSE), removed_at__isnull=True
        )
        if project is not None:
            rows = rows.filter(project__slug=project)
        return _rows(rows.order_by("organization__slug", "project__slug", "name"))


def show_service(member: Member, reference: str, *, project: str | None = None) -> ServiceDetails:
    """One service by ``[[organization/]project/]name[@version]``. Private ones of the own organization can be seen
    although not called. Raises `NotFound`, `InvalidInput`."""
    member.require(Verb.VIEW)
    ref = parse_service_ref(reference)
    with tenant(member.organization):
        wanted = Service.objects.filter(name=ref.service, project__slug=ref.project or project, removed_at__isnull=True)
        if ref.organization is not None:
            wanted = wanted.filter(organization__slug=ref.organization)
        else:
            wanted = wanted.filter(Q(organization_id=member.organization) | Q(organization__slug=HOUSE))
        found = sorted(_rows(wanted), key=lambda row: row.organization != member.organization_slug)
        if not found:
            raise NotFound(_("There is no service %(id)s that you can see.") % {"id": ref})
        versions = _versions(found[0].id)
        number = ref.version or found[0].version
        chosen = next((row for row in versions if row.version == number), None)
        if chosen is None:
            known = ", ".join(str(row.version) for row in versions[:10])
            raise NotFound(
                _("There is no version %(version)s of %(name)s.") % {"version": number, "name": ref.service},
                hint=_("Its versions: %(versions)s.") % {"versions": known},
            )
        contract = ServiceVersion.objects.filter(id=chosen.id).values(
            "input_schema", "output_schema", "timeout_ms", "retry", "idempotent", "pure", "credential_kind"
        )
        return ServiceDetails(
            service=found[0],
            version=chosen.version,
            revision=chosen.revision,
            own=found[0].organization == member.organization_slug,
            versions=versions,
            **contract.get(),
        )


def _rows(services: Any) -> tuple[ServiceRow, ...]:
    fields = ("id", "organization__slug", "project__slug", "name", "kind", "visibility", "title", "description", "tags")
    return tuple(
        ServiceRow(
            id=id_, organization=organization, project=project, name=name, kind=kind, public=visibility == "public",
            title=said(organization, title), description=said(organization, description), version=version or 0,
            tags=tuple(tags or ()),
        )
        for id_, organization, project, name, kind, visibility, title, description, tags, version in (
            services.annotate(newest=Max("versions__version")).values_list(*fields, "newest")[:MOST]
        )
    )  # fmt: skip


def _versions(service: UUID) -> tuple[VersionRow, ...]:
    rows = (
        ServiceVersion.objects.filter(service_id=service)
        .order_by("-version", "-revision")
        .distinct("version")
        .values_list("id", "version", "revision", "created_at")[:MOST]
    )
    return tuple(
        VersionRow(id=id_, version=version, revision=revision, created_at=at) for id_, version, revision, at in rows
    )
