"""What can be run by name: an automation, another service, or a workflow; and a draft, by its text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.packet import Route
from tropeiro.kernel.route import make_route, read_route
from tropeiro.kernel.service_ref import ServiceRef, parse_service_ref
from tropeiro.kernel.single_call import single_call_document
from tropeiro.ports.executor import Automation
from tropeiro.web.member import HOUSE, Member
from tropeiro.web.place import place
from tropeiro.web.services.access import callable_service, contract
from tropeiro.web.services.resolving import Found
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import VersionKey, workflow_version
from tropeiro.web.workflows.models import WorkflowVersion
from tropeiro.web.workflows.pinning import pin_document


@dataclass(frozen=True, slots=True, kw_only=True)
class Runnable:
    """Something that a job can be made of."""

    kind: str
    """automation, service, workflow or draft."""
    label: str
    """What its jobs are called."""
    route: Route
    project: UUID | None
    workflow_version: UUID | None = None
    service_version: UUID | None = None
    workflow: UUID | None = None
    """The workflow itself, when it is one."""
    service: UUID | None = None
    """The service itself, when it is one."""
    reference: str = ""
    """How to name the workflow or the service from anywhere in the organization, without a version."""

    @property
    def called(self) -> frozenset[UUID]:
        """The revisions of services that it calls."""
        return frozenset(step.service for step in self.route.workflow.steps if step.service is not None)

    @property
    def inputs(self) -> Any:
        """JSON Schema of the inputs, or ``None``."""
        return self.route.workflow.inputs


def resolve_runnable(member: Member, reference: str, *, project: str | None = None) -> Runnable:
    """What ``[[organization/]project/]name[@version]`` names as seen from ``project``: a service before a workflow.

    Raises `InvalidInput`, `NotFound`, and `Forbidden` for a private service of another project.
    """
    with tenant(member.organization):
        return find_runnable(member, reference, project=project)


def find_runnable(member: Member, reference: str, *, project: str | None = None) -> Runnable:
    """As `resolve_runnable`, for who is inside a tenant's transaction already."""
    ref = parse_service_ref(reference)
    try:
        return _service(member, callable_service(member, reference, project=project))
    except NotFound as missing:
        if ref.organization not in (None, member.organization_slug):
            raise
        try:
            return _workflow(_workflow_key(member, ref, project))
        except NotFound:
            raise missing from None


def single_call(member: Member, reference: str, *, project: str | None = None) -> Runnable:
    """One call of the service that ``reference`` names as seen from ``project``. Raises as `resolve_runnable` does."""
    with tenant(member.organization):
        return _service(member, callable_service(member, reference, project=project))


def draft(member: Member, text: str, *, project: str | None = None) -> Runnable:
    """A document that was not saved, pinned as seen from ``project``. Raises `DocumentInvalid`, `NotFound`."""
    with tenant(member.organization):
        home = place(member, project)
        pinned = pin_document(home, text)
        name = pinned.workflow.name or "draft"
        return Runnable(
            kind="draft",
            label=f"{home.project}/{name}" if home.project else name,
            route=read_route(pinned.text.encode()),
            project=home.project_id,
        )


def by_workflow_version(version: UUID) -> Runnable:
    """The workflow version with this id. Inside a tenant's transaction, which decides whether it is seen."""
    row = (
        WorkflowVersion.objects.filter(id=version)
        .values_list("workflow_id", "workflow__project_id", "workflow__project__slug", "workflow__name", "version")
        .first()
    )
    if row is None:
        raise NotFound(_("There is no such version of a workflow."))
    return _workflow(
        VersionKey(id=version, workflow=row[0], project=row[1], project_slug=row[2], name=row[3], version=row[4])
    )


def _workflow_key(member: Member, ref: ServiceRef, project: str | None) -> VersionKey:
    return workflow_version(member, ref.service, project=ref.project or project, version=ref.version)


def _workflow(key: VersionKey) -> Runnable:
    return Runnable(
        kind="workflow",
        label=key.label,
        route=_route_of(key.id),
        project=key.project,
        workflow_version=key.id,
        workflow=key.workflow,
        reference=key.label.partition("@")[0],
    )


def _service(member: Member, found: Found) -> Runnable:
    about = contract(found.id)
    if isinstance(about.implementation, Automation) and found.organization == member.organization:
        version = about.implementation.workflow_version
        return Runnable(
            kind="automation",
            label=found.label,
            route=_route_of(version),
            project=found.project,
            workflow_version=version,
            service_version=found.id,
            service=found.service,
            reference=found.uses.partition("@")[0],
        )
    # Anything else, also another organization's automation, is one call: what is inside stays with its owner.
    own = found.organization == member.organization
    return Runnable(
        kind="service",
        label=found.label if own or found.organization_slug == HOUSE else found.uses,
        route=_route_of_call(found.id, found.name, found.title, found.uses),
        project=found.project if own else None,
        service_version=found.id,
        service=found.service,
        reference=found.uses.partition("@")[0],
    )


@lru_cache(maxsize=500)
def _route_of_call(revision: UUID, name: str, title: str, uses: str) -> Route:
    """Remembered, for all that it is made of is named here or never changes. Who asks came through the door."""
    schema = contract(revision).input_schema
    return make_route(single_call_document(service=revision, name=name, title=title, uses=uses, input_schema=schema))


@lru_cache(maxsize=500)
def _route_of(version: UUID) -> Route:
    """Remembered, for a version never changes. Who asks came through the door."""
    text = WorkflowVersion.objects.values_list("pinned", flat=True).get(id=version)
    return read_route(text.encode())
