"""What a trigger starts, as a member of its organization sees it."""

from __future__ import annotations

from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.service_ref import parse_service_ref
from tropeiro.sql import statement
from tropeiro.web.member import Member
from tropeiro.web.triggers.models import Trigger
from tropeiro.web.workflows.access import version_of
from tropeiro.web.workflows.runnable import Runnable, by_workflow_version, resolve_runnable


def wanted_version(reference: str) -> int | None:
    """The version that a reference names. Raises `InvalidInput`."""
    return parse_service_ref(reference).version


def runnable_of(member: Member, trigger: Trigger) -> Runnable:
    """What the trigger starts now. Inside a tenant's transaction. Raises `NotFound`, `Forbidden`."""
    if trigger.workflow_id is not None:
        return by_workflow_version(version_of(member, trigger.workflow_id, trigger.version))
    found = resolve_runnable(member, reference_of(trigger), project=project_slug(trigger))
    if found.service != trigger.service_id:
        raise NotFound(_("`%(target)s` is not there any more.") % {"target": trigger.target})
    return found


def projects_of(trigger: Trigger) -> list[UUID]:
    """The projects that it hangs on: its own, and that of what it starts."""
    with connection.cursor() as cursor:
        cursor.execute(
            statement("triggers", "projects_of"),
            {"organization": trigger.organization_id, "trigger": trigger.id, "project": None},
        )
        return [project for row in cursor.fetchall() for project in row[2:4] if project is not None]


def reference_of(trigger: Trigger) -> str:
    """The reference as somebody would write it, with the version when one was named."""
    return f"{trigger.target}@{trigger.version}" if trigger.version else trigger.target


def project_slug(trigger: Trigger) -> str | None:
    """Short name of the trigger's project."""
    if trigger.project_id is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT slug FROM tropeiro_project WHERE id = %s", [trigger.project_id])
        row = cursor.fetchone()
    return None if row is None else str(row[0])
