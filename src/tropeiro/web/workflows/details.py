"""One workflow for its page, and its versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.member import Member
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.access import workflow_row
from tropeiro.web.workflows.models import WorkflowVersion

MOST_VERSIONS = 200

# The draft of a workflow, when it says something else than the newest version.
_DRAFT = """
SELECT d.changed_at, coalesce(nullif(u.name, ''), u.email, '')
FROM tropeiro_workflow_draft d LEFT JOIN tropeiro_user u ON u.id = d.changed_by_id
WHERE d.id = %s AND d.text IS NOT NULL
"""

_VERSIONS = """
SELECT v.id, v.version, v.message, v.created_at, coalesce(nullif(u.name, ''), u.email, '')
FROM tropeiro_workflow_version v LEFT JOIN tropeiro_user u ON u.id = v.created_by_id
WHERE v.workflow_id = %(workflow)s AND (%(version)s::int IS NULL OR v.version = %(version)s::int)
ORDER BY v.version DESC LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Version:
    """One version, by its number."""

    id: UUID
    version: int
    message: str
    created_at: datetime
    created_by: str
    """Name, else e-mail address; empty when files said it."""

    @property
    def number(self) -> str:
        """The version as text."""
        return str(self.version)


@dataclass(frozen=True, slots=True)
class DraftMark:
    """That somebody is writing another version."""

    changed_at: datetime
    changed_by: str
    """Name, else e-mail address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowPage:
    """A workflow with its newest version."""

    id: UUID
    project: str
    """Short name, or nothing."""
    project_name: str
    name: str
    description: str
    automation: bool
    service: UUID | None
    """Of an automation: the service that it is offered as."""
    title: str
    public: bool
    removed_at: datetime | None
    newest: Version
    document: str
    """The newest version as it was written."""
    pinned: str
    """The same with every service pinned, as JSON."""
    draft: DraftMark | None
    """The draft, when it differs from the newest version."""

    @property
    def reference(self) -> str:
        """How people name it."""
        return f"{self.project}/{self.name}" if self.project else self.name

    @property
    def inputs(self) -> Any:
        """JSON Schema of its inputs, or ``None``."""
        envelope = msgspec.json.decode(self.pinned)
        return envelope.get("inputs") if isinstance(envelope, dict) else None


def workflow_page(member: Member, workflow: UUID) -> WorkflowPage:
    """A workflow of the own organization, or the inside of an automation, also when it was removed.

    Raises `NotFound`.
    """
    with tenant(member.organization):
        row = workflow_row(member, workflow, removed=True)
        newest = _versions(row.id, 1)
        if not newest:
            raise NotFound(_("There is no workflow %(id)s that you can see.") % {"id": workflow})
        document, pinned = WorkflowVersion.objects.values_list("document", "pinned").get(id=newest[0].id)
        service = _service(member, row) if row.automation else None
        return WorkflowPage(
            id=row.id,
            project=row.project.slug if row.project else "",
            project_name=row.project.name if row.project else "",
            name=row.name,
            description=(service[2] if service else "") or row.description,
            automation=row.automation,
            service=service[0] if service else None,
            title=service[1] if service else "",
            public=bool(service and service[3] == "public"),
            removed_at=service[4] if service else row.removed_at,
            newest=newest[0],
            document=document,
            pinned=pinned,
            draft=_draft(row.id),
        )


def versions_of(member: Member, workflow: UUID) -> tuple[Version, ...]:
    """Its versions, newest first, at most 200. Raises `NotFound`."""
    with tenant(member.organization):
        row = workflow_row(member, workflow, removed=True)
        return _versions(row.id, MOST_VERSIONS)


def document_text(member: Member, workflow: UUID, version: int) -> str:
    """A version as it was written. Raises `NotFound`."""
    with tenant(member.organization):
        row = workflow_row(member, workflow, removed=True)
        return one_version(row, version)[1]


def one_version(row: Any, version: int | None) -> tuple[Version, str]:
    """A version of the workflow ``row``, the newest when none is named, and its document as it was written.

    Inside a tenant's transaction. Raises `NotFound`.
    """
    found = _versions(row.id, 1, version)
    if not found:
        raise NotFound(_("There is no version %(version)s of %(name)s.") % {"version": version or 1, "name": row.name})
    return found[0], str(WorkflowVersion.objects.values_list("document", flat=True).get(id=found[0].id))


def _versions(workflow: UUID, limit: int, version: int | None = None) -> tuple[Version, ...]:
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, {"workflow": workflow, "version": version, "limit": limit})
        return tuple(Version(*row) for row in cursor.fetchall())


def _draft(workflow: UUID) -> DraftMark | None:
    with connection.cursor() as cursor:
        cursor.execute(_DRAFT, [workflow])
        row = cursor.fetchone()
    return None if row is None else DraftMark(*row)


def _service(member: Member, row: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, description, visibility, removed_at FROM tropeiro_service"
            " WHERE organization_id = %s AND project_id = %s AND name = %s",
            [member.organization, row.project_id, row.name],
        )
        return cursor.fetchone()
