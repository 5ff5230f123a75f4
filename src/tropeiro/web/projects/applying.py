"""Bringing a project to what a folder says: project as code."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone

from tropeiro.executors.bundles import blob_name
from tropeiro.kernel.errors import DocumentInvalid, InvalidInput
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.service_ref import ServiceRef
from tropeiro.ports.executor import Automation
from tropeiro.sdk.project_file import AutomationEntry
from tropeiro.stores.blobs import FsspecBlobs
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import Place, project_archived
from tropeiro.web.projects.folder import ProjectFolder
from tropeiro.web.projects.making import made_project
from tropeiro.web.projects.models import Project
from tropeiro.web.services.declared import Declared, from_code, from_endpoint
from tropeiro.web.services.publishing import Change, Publisher
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.pinning import references_of
from tropeiro.web.workflows.versions import write_version


@dataclass(frozen=True, slots=True)
class Diff:
    """What applying a folder changes."""

    project: str
    created: bool
    """Whether the project itself is new."""
    changes: tuple[Change, ...]

    @property
    def empty(self) -> bool:
        """Whether everything is there already."""
        return not self.created and not self.changes


class _OnlyPlanned(Exception):
    """Rolls the transaction of a plan back."""


def plan(member: Member, folder: ProjectFolder) -> Diff:
    """What `apply` would change: it is done, and rolled back. Raises what `apply` raises."""
    member.require(Verb.APPLY_PROJECT)
    diff = None
    try:
        with tenant(member.organization):
            diff = _bring(member, folder)
            raise _OnlyPlanned
    except _OnlyPlanned:
        if diff is None:
            raise
        return diff


def apply(member: Member, folder: ProjectFolder) -> Diff:
    """Bring a project to what its folder says; a second time nothing changes. All of it or nothing.

    Raises `Forbidden`, `DocumentInvalid` (an automation's document), `ProjectArchived`, and `Conflict` when it would
    break what others pinned, naming them.
    """
    member.require(Verb.APPLY_PROJECT)
    sha, content = folder.bundle
    if folder.services:
        # Before the transaction: a bundle that nobody names does no harm, a name without its bundle would.
        FsspecBlobs(settings.TROPEIRO.blobs).write(blob_name(sha), content)
    with tenant(member.organization):
        diff = _bring(member, folder)
        if not diff.empty:
            record(
                member,
                Verb.APPLY_PROJECT,
                "project",
                diff.project,
                diff.project,
                changes=[str(change) for change in diff.changes[:200]],
            )
        return diff


def _bring(member: Member, folder: ProjectFolder) -> Diff:
    file = folder.file
    # Two who apply the same project take turns.
    project, created = made_project(member, file.name, file.title, file.description)
    if project.archived_at is not None:
        raise project_archived(project.slug)
    publisher = Publisher(member.organization, project.id)
    declared = [
        *(from_code(definition, folder.bundle[0]) for definition in folder.services),
        *(from_endpoint(service) for service in file.services),
    ]
    _check_names(declared, file.automations)
    for one in sorted(declared, key=lambda one: (one.name, one.version)):
        publisher.publish(one)
    publisher.remove_all_but({*(one.name for one in declared), *(entry.name for entry in file.automations)})
    for entry in _in_order(member, folder):
        publisher.publish(_automation(member, project, entry, folder.documents[entry.name]))
    renamed = (project.name, project.description) != (file.title, file.description)
    if created or renamed or publisher.changes:
        project.name, project.description, project.applied_at = file.title, file.description, timezone.now()
        project.save(update_fields=["name", "description", "applied_at"])
    changes = list(publisher.changes)
    if renamed:
        changes.insert(0, Change(action="change", name=file.name, kind="project", details=("title or description",)))
    return Diff(file.name, created, tuple(changes))


def _automation(member: Member, project: Project, entry: AutomationEntry, text: str) -> Declared:
    home = Place(member.organization_slug, project.slug, project.id)
    try:
        saved = write_version(member, home, entry.name, text, automation=True)
    except DocumentInvalid as error:
        error.add_note(entry.workflow)
        raise
    return Declared(
        name=entry.name,
        version=entry.version,
        title=entry.title,
        description=entry.description,
        public=entry.public,
        implementation=Automation(workflow_version=saved.id),
        input_schema=saved.inputs,
        output_schema=None,
        # A child job has its own timeout; the call itself only ends when the job does.
        timeout_ms=0,
        retry=RetryPolicy(),
        idempotent=True,
        pure=False,
    )


def _check_names(declared: list[Declared], automations: tuple[AutomationEntry, ...]) -> None:
    kinds: dict[str, str] = {}
    for one in declared:
        if kinds.setdefault(one.name, one.kind) != one.kind:
            raise InvalidInput(f"`{one.name}` is declared twice, as {kinds[one.name]} and as {one.kind} service.")
    for entry in automations:
        if entry.name in kinds:
            raise InvalidInput(f"`{entry.name}` is both a service and an automation.", hint="Rename one.")


def _in_order(member: Member, folder: ProjectFolder) -> tuple[AutomationEntry, ...]:
    """The automations, those that others call first. Raises `InvalidInput` when they call each other in a circle."""
    by_name = {entry.name: entry for entry in folder.file.automations}
    home = (None, member.organization_slug), (None, folder.file.name)

    def siblings(entry: AutomationEntry) -> set[str]:
        return {
            ref.service
            for ref in _references(entry, folder)
            if ref.service in by_name and ref.organization in home[0] and ref.project in home[1]
        }

    calls = {name: siblings(entry) for name, entry in by_name.items()}
    ordered: list[str] = []
    while len(ordered) < len(by_name):
        ready = [name for name in by_name if name not in ordered and calls[name] <= set(ordered)]
        if not ready:
            circle = ", ".join(sorted(set(by_name) - set(ordered)))
            raise InvalidInput(f"These automations call each other in a circle: {circle}.")
        ordered.extend(ready)
    return tuple(by_name[name] for name in ordered)


def _references(entry: AutomationEntry, folder: ProjectFolder) -> tuple[ServiceRef, ...]:
    try:
        return references_of(folder.documents[entry.name])
    except DocumentInvalid as error:
        error.add_note(entry.workflow)
        raise
