"""One service for its page: its revisions, their contracts, who uses it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.differences import Difference, differences
from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.services.access import missing_service, service_row
from tropeiro.web.services.house_words import said, schema_said
from tropeiro.web.services.models import Service, ServiceVersion
from tropeiro.web.tenancy import tenant

MOST_REVISIONS = 200
MOST_CALLERS = 500
CODE_OWNED = frozenset({"builtin", "python"})
"""Kinds of services of which everything is said in code, the tags too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One revision, by its numbers."""

    id: UUID
    version: int
    revision: int
    created_at: datetime
    newest: bool
    """Whether it is the newest of its version."""

    @property
    def key(self) -> str:
        """Version and revision in one."""
        return f"{self.version}.{self.revision}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What callers of a revision rely on, and how it behaves."""

    input_schema: Any
    output_schema: Any
    credential_kind: str
    timeout_ms: int
    retry: dict[str, Any]
    idempotent: bool
    pure: bool
    implementation: dict[str, Any] | None
    """Where it runs; ``None`` for a service of another organization, whose inside is nobody's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage:
    """A service, and one of its revisions."""

    id: UUID
    organization: str
    organization_name: str
    project: str
    project_name: str
    name: str
    kind: str
    public: bool
    title: str
    description: str
    tags: tuple[str, ...]
    created_at: datetime
    removed_at: datetime | None
    own: bool
    revisions: tuple[Revision, ...]
    """Newest first, at most 200."""
    chosen: Revision
    contract: Contract
    workflow: UUID | None
    """Of an own automation: the workflow inside."""

    @property
    def versions(self) -> tuple[Revision, ...]:
        """The newest revision of each version."""
        return tuple(one for one in self.revisions if one.newest)

    @property
    def reference(self) -> str:
        """How a workflow anywhere in its organization names the chosen version."""
        return f"{self.project}/{self.name}@{self.chosen.version}"

    @property
    def uses(self) -> str:
        """How a workflow of any organization names the chosen version."""
        return f"{self.organization}/{self.reference}"

    @property
    def takes_tags(self) -> bool:
        """Whether its tags are given in the console; the rest is said in the project's files."""
        return self.own and self.kind not in CODE_OWNED


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A workflow or an automation of the own organization whose newest version calls a service."""

    workflow: UUID
    project: str
    name: str
    automation: bool
    version: int
    """Of the service, as it is pinned."""
    revision: int
    outdated: bool
    """Whether its version has a newer revision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Who relies on a service."""

    callers: tuple[Caller, ...]
    triggers: tuple[tuple[UUID, str], ...]
    """Own triggers that start it: id and name."""
    organizations: int
    """Other organizations with a workflow that calls it; for its owner only."""
    workflows: int
    """Their workflows."""

    def __bool__(self) -> bool:
        return bool(self.callers or self.triggers or self.workflows)


def service_page(member: Member, service: UUID, version: int | None = None) -> ServicePage:
    """A service that the member can see, with the newest revision of a version, the newest when none is named.

    Raises `NotFound`, also for a version that it does not have.
    """
    with tenant(member.organization):
        row = service_row(member, service)
        revisions = _revisions(row.id)
        chosen = next((one for one in revisions if version is None or one.version == version), None)
        if chosen is None:
            raise (
                NotFound(_("There is no version %(version)s of %(name)s.") % {"version": version, "name": row.name})
                if revisions
                else missing_service(service)
            )
        own = row.organization.id == member.organization
        return ServicePage(
            id=row.id,
            organization=row.organization.slug,
            organization_name=row.organization.name,
            project=row.project.slug,
            project_name=row.project.name,
            name=row.name,
            kind=row.kind,
            public=row.visibility == "public",
            title=said(row.organization.slug, row.title),
            description=said(row.organization.slug, row.description),
            tags=tuple(row.tags or ()),
            created_at=row.created_at,
            removed_at=row.removed_at,
            own=own,
            revisions=revisions,
            chosen=chosen,
            contract=_in_words(row.organization.slug, _contract(chosen.id, own=own)),
            workflow=_workflow(row) if own and row.kind == "automation" else None,
        )


def compare_revisions(member: Member, service: UUID, before: UUID, after: UUID) -> tuple[Difference, ...]:
    """What differs between two revisions of a service: contract and settings. Raises `NotFound`."""
    with tenant(member.organization):
        row = service_row(member, service)
        found = set(
            ServiceVersion.objects.filter(service_id=row.id, id__in=[before, after]).values_list("id", flat=True)
        )
        if not {before, after} <= found:
            raise NotFound(_("There is no such revision of this service."))
        own = row.organization.id == member.organization
        return differences(_comparable(_contract(before, own=own)), _comparable(_contract(after, own=own)))


def use_of(member: Member, service: UUID) -> Use:
    """Who relies on a service. Of other organizations its owner is told numbers, nobody else anything.

    Raises `NotFound`.
    """
    with tenant(member.organization):
        row = service_row(member, service)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT b.workflow_id, b.project, b.name, b.automation, r.version, r.revision, EXISTS ("
                "  SELECT FROM tropeiro_service_version n WHERE n.service_id = r.service_id AND n.version = r.version"
                "  AND n.revision > r.revision)"
                " FROM tropeiro_pinned_by(ARRAY(SELECT id FROM tropeiro_service_version WHERE service_id = %s)) b"
                " JOIN tropeiro_service_version r ON r.id = b.service_version_id"
                " WHERE b.own ORDER BY b.project, b.name, r.version DESC LIMIT %s",
                [row.id, MOST_CALLERS],
            )
            callers = tuple(
                Caller(
                    workflow=workflow, project=project, name=name, automation=automation, version=version,
                    revision=revision, outdated=outdated,
                )
                for workflow, project, name, automation, version, revision, outdated in cursor.fetchall()
            )  # fmt: skip
            cursor.execute(
                "SELECT id, name FROM tropeiro_trigger WHERE organization_id = %s AND service_id = %s"
                " ORDER BY name LIMIT %s",
                [member.organization, row.id, MOST_CALLERS],
            )
            triggers = tuple(cursor.fetchall())
            cursor.execute("SELECT organizations, workflows FROM tropeiro_pinned_outside(%s)", [row.id])
            organizations, workflows = cursor.fetchone()
        return Use(callers=callers, triggers=triggers, organizations=organizations, workflows=workflows)


def _revisions(service: UUID) -> tuple[Revision, ...]:
    rows = ServiceVersion.objects.filter(service_id=service).order_by("-version", "-revision")
    found: list[Revision] = []
    for id_, version, revision, at in rows.values_list("id", "version", "revision", "created_at")[:MOST_REVISIONS]:
        newest = not found or found[-1].version != version
        found.append(Revision(id=id_, version=version, revision=revision, created_at=at, newest=newest))
    return tuple(found)


def _contract(revision: UUID, *, own: bool) -> Contract:
    fields = (
        "input_schema", "output_schema", "credential_kind", "timeout_ms", "retry", "idempotent", "pure",
    )  # fmt: skip
    row = ServiceVersion.objects.values(*fields, *(("implementation",) if own else ())).get(id=revision)
    return Contract(**{"implementation": None, **row})


def _in_words(organization: str, contract: Contract) -> Contract:
    return replace(
        contract,
        input_schema=schema_said(organization, contract.input_schema),
        output_schema=schema_said(organization, contract.output_schema),
    )


def _comparable(contract: Contract) -> dict[str, Any]:
    return {
        "input": contract.input_schema,
        "output": contract.output_schema,
        "credential": contract.credential_kind,
        "timeout_ms": contract.timeout_ms,
        "retry": contract.retry,
        "idempotent": contract.idempotent,
        "pure": contract.pure,
        "implementation": contract.implementation,
    }


def _workflow(row: Service) -> UUID | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM tropeiro_workflow WHERE organization_id = %s AND project_id = %s AND name = %s"
            " AND automation",
            [row.organization.id, row.project.id, row.name],
        )
        found = cursor.fetchone()
    return None if found is None else found[0]
