"""What is done to workflows: saving them, and finding what is to be run."""

from __future__ import annotations

import re

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.service_ref import SERVICE_NAME
from tropeiro.web.audit.actions import record
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place_to_change
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.runnable import resolve_runnable
from tropeiro.web.workflows.versions import Saved, write_version

__all__ = ["resolve_runnable", "save_workflow"]

_NAME = re.compile(SERVICE_NAME)


def save_workflow(member: Member, name: str, text: str, project: str | None = None, message: str = "") -> Saved:
    """Save a document as the newest version of the workflow ``name``; nothing changes when it says the same.

    Raises `Forbidden`, `NotFound` (the project), `ProjectArchived`, `InvalidInput` (the name), `DocumentInvalid`.
    """
    member.require(Verb.SAVE_WORKFLOW)
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"`{name[:64]}` cannot be a workflow's name.",
            hint="Start with a small letter; then at most 63 small letters, digits, hyphens and underscores.",
        )
    with tenant(member.organization):
        saved = write_version(member, place_to_change(member, project), name, text, message=message)
        if saved.changed:
            record(member, Verb.SAVE_WORKFLOW, "workflow", saved.workflow, name, version=saved.version)
        return saved
