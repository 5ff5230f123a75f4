"""The door to workflows: (member, project, name) → the newest or a certain version, or the same not-found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.workflows.models import Workflow, WorkflowVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionKey:
    """One version of a workflow of the member's organization."""

    id: UUID
    workflow: UUID
    project: UUID | None
    project_slug: str | None
    name: str
    version: int

    @property
    def label(self) -> str:
        """What people call it: ``project/name@3``."""
        return f"{self.project_slug}/{self.name}@{self.version}" if self.project_slug else f"{self.name}@{self.version}"


def workflow_row(member: Member, workflow: UUID, *, lock: bool = False, removed: bool = False) -> Any:
    """The row of a workflow, an automation's too, locked when it is to be changed; one that was removed only if asked.

    Inside a tenant's transaction. Raises `NotFound`, the same for what is missing and what is another organization's.
    """
    member.require(Verb.VIEW)
    rows = Workflow.objects.select_for_update(of=("self",)) if lock else Workflow.objects.all()
    row = rows.filter(organization_id=member.organization, id=workflow).select_related("project").first()
    if row is None or (row.removed_at is not None and not removed):
        raise NotFound(_("There is no workflow %(id)s that you can see.") % {"id": workflow})
    return row


def workflow_version(
    member: Member, name: str, *, project: str | None = None, version: int | None = None
) -> VersionKey:
    """A version of the workflow ``name``, the newest when none is named. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    rows = WorkflowVersion.objects.filter(
        organization_id=member.organization,
        workflow__name=name,
        workflow__automation=False,
        workflow__removed_at__isnull=True,
        **({"workflow__project__isnull": True} if project is None else {"workflow__project__slug": project}),
    ).order_by("-version")
    if version is not None:
        rows = rows.filter(version=version)
    row = rows.values_list("id", "workflow_id", "workflow__project_id", "workflow__project__slug", "version").first()
    if row is None:
        shown = f"{project}/{name}" if project else name
        names = {"name": shown[:130], "version": version}
        raise NotFound(
            _("There is no workflow `%(name)s` version %(version)s to be seen.") % names
            if version
            else _("There is no workflow `%(name)s` to be seen.") % names
        )
    return VersionKey(id=row[0], workflow=row[1], project=row[2], project_slug=row[3], name=name, version=row[4])


def version_of(member: Member, workflow: UUID, version: int | None) -> UUID:
    """Id of a version of the workflow with this id, the newest when none is named. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    rows = WorkflowVersion.objects.filter(
        organization_id=member.organization, workflow_id=workflow, workflow__removed_at__isnull=True
    )
    if version is not None:
        rows = rows.filter(version=version)
    found: UUID | None = rows.order_by("-version").values_list("id", flat=True).first()
    if found is None:
        raise NotFound(_("The workflow, or the version of it, is not there any more."))
    return found


def newest_version(member: Member, version: UUID) -> UUID:
    """Id of the newest version of the workflow that has this version. Inside a tenant's transaction.

    Raises `NotFound`.
    """
    member.require(Verb.VIEW)
    rows = WorkflowVersion.objects.filter(
        organization_id=member.organization, workflow__versions__id=version, workflow__removed_at__isnull=True
    )
    found: UUID | None = rows.order_by("-version").values_list("id", flat=True).first()
    if found is None:
        raise NotFound(_("The workflow is not there any more."))
    return found


def written_text(member: Member, version: UUID) -> str | None:
    """What a version of a workflow says, as it was written; ``None`` for none. Inside a tenant's transaction."""
    member.require(Verb.VIEW)
    rows = WorkflowVersion.objects.filter(organization_id=member.organization, id=version)
    return rows.values_list("document", flat=True).first()
