"""Reading workflows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Max

from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import VersionKey, workflow_version
from tropeiro.web.workflows.models import Workflow, WorkflowVersion
from tropeiro.web.workflows.pinning import pin_document

MOST = 1_000


@dataclass(frozen=True, slots=True)
class WorkflowRow:
    """A workflow as lists show it."""

    id: UUID
    project: str | None
    name: str
    description: str
    version: int


@dataclass(frozen=True, slots=True)
class WorkflowDetails:
    """One version of a workflow."""

    key: VersionKey
    document: str
    """As it was written."""
    message: str
    created_at: datetime


def list_workflows(member: Member, project: str | None = None) -> tuple[WorkflowRow, ...]:
    """The organization's workflows by project and name, the first thousand."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        rows = Workflow.objects.filter(removed_at__isnull=True, automation=False)
        if project is not None:
            rows = rows.filter(project__slug=project)
        rows = rows.annotate(newest=Max("versions__version")).order_by("project__slug", "name")
        return tuple(
            WorkflowRow(*row) for row in rows.values_list("id", "project__slug", "name", "description", "newest")[:MOST]
        )


def show_workflow(
    member: Member, name: str, *, project: str | None = None, version: int | None = None
) -> WorkflowDetails:
    """One version of a workflow, the newest when none is named. Raises `NotFound`."""
    with tenant(member.organization):
        key = workflow_version(member, name, project=project, version=version)
        row = WorkflowVersion.objects.filter(id=key.id).values_list("document", "message", "created_at").get()
        return WorkflowDetails(key, *row)


def document_problems(member: Member, text: str, project: str | None = None) -> tuple[Problem, ...]:
    """What keeps a document from being saved in a project, with lines and columns. Raises `NotFound` (the project)."""
    member.require(Verb.VIEW)
    with tenant(member.organization):
        try:
            pin_document(place(member, project), text)
        except DocumentInvalid as error:
            return error.problems
        return ()
