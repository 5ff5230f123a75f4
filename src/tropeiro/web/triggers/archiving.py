"""What archiving, restoring and deleting a project do to triggers. Called inside a transaction, by those actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from tropeiro.kernel.schedule import next_time
from tropeiro.sql import statement
from tropeiro.web.member import Member
from tropeiro.web.triggers.models import Trigger
from tropeiro.web.triggers.wanted import schedule_of


@dataclass(frozen=True, slots=True)
class Hanging:
    """A trigger that hangs on a project."""

    id: UUID
    name: str
    own: bool
    """Whether it is a trigger of that project; else it only starts something of it."""
    rests: bool
    """Whether a project that it hangs on is archived."""


def hanging_on(member: Member, project: UUID) -> tuple[Hanging, ...]:
    """The organization's triggers of a project, and those that start something of it, by name."""
    params = {"organization": member.organization, "trigger": None, "project": project}
    with connection.cursor() as cursor:
        cursor.execute(statement("triggers", "projects_of"), params)
        return tuple(
            Hanging(id_, name, home == project, rests) for id_, name, home, _target, rests in cursor.fetchall()
        )


def rests(row: Trigger) -> bool:
    """Whether a project that the trigger hangs on is archived."""
    params = {"organization": row.organization_id, "trigger": row.id, "project": None}
    with connection.cursor() as cursor:
        cursor.execute(statement("triggers", "projects_of"), params)
        return any(one[-1] for one in cursor.fetchall())


def rest_triggers(member: Member, project: UUID) -> None:
    """Let what hangs on the project be due no more; what waits for its turn is given up."""
    ids = [one.id for one in hanging_on(member, project)]
    error = {"code": "project_archived", "message": f"{member.label} archived the project."}
    with connection.cursor() as cursor:
        cursor.execute(statement("triggers", "rest"), {"ids": ids})
        cursor.execute(
            statement("triggers", "give_up_waiting"), {"ids": ids, "error": msgspec.json.encode(error).decode()}
        )


def wake_triggers(member: Member, project: UUID, now: datetime) -> None:
    """Let what hangs on the restored project be due from its next moment on; what was missed is not made up for.

    What hangs on another archived project too goes on resting.
    """
    rows = list(
        Trigger.objects.select_for_update().filter(
            id__in=[one.id for one in hanging_on(member, project) if not one.rests], enabled=True, next_at__isnull=True
        )
    )
    for row in rows:
        row.next_at = next_time(schedule_of(row), now)
    Trigger.objects.bulk_update(rows, ["next_at"])
    with connection.cursor() as cursor:
        cursor.execute(statement("triggers", "changed"))


def forget_triggers(member: Member, project: UUID) -> None:
    """Delete the triggers of a project; their jobs stay."""
    Trigger.objects.filter(organization_id=member.organization, project_id=project).delete()
