"""What is done to triggers. One function a verb: permission, transaction, change, audit, and the duty is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import Conflict
from tropeiro.sql import statement
from tropeiro.web.audit.actions import record
from tropeiro.web.jobs.starting import write_job
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.place import place_to_change, refuse_archived
from tropeiro.web.tenancy import tenant
from tropeiro.web.triggers.access import trigger_row
from tropeiro.web.triggers.models import Firing, Trigger
from tropeiro.web.triggers.targets import projects_of, runnable_of, wanted_version
from tropeiro.web.triggers.wanted import Wanted, check_wanted, first_time, schedule_of
from tropeiro.web.workflows.runnable import resolve_runnable

_SCHEDULE = ("cron", "every_ms", "zone", "start_at", "end_at")


def create_trigger(member: Member, wanted: Wanted, *, enabled: bool = True) -> UUID:
    """Make a trigger; its id. It acts in the name of the organization.

    Raises `Forbidden`, `NotFound` (target or project), `InvalidInput`, `SchemaMismatch` (the inputs),
    `ProjectArchived`, and `Conflict` when the name is taken.
    """
    member.require(Verb.CREATE_TRIGGER)
    with tenant(member.organization):
        now = _now()
        row = Trigger(organization_id=member.organization, created_by_id=member.user, anchor_at=now, enabled=enabled)
        _describe(member, row, wanted)
        row.next_at = first_time(wanted.schedule(now), now) if enabled else None
        _save(row)
        record(member, Verb.CREATE_TRIGGER, "trigger", row.id, row.name, **_about(row))
        _tell()
        return UUID(str(row.id))


def change_trigger(member: Member, trigger: UUID, wanted: Wanted) -> None:
    """Make a trigger what is wanted. What made it pause is forgotten; it stays on or off. Raises as creating does."""
    member.require(Verb.CHANGE_TRIGGER)
    with tenant(member.organization):
        row = trigger_row(member, trigger, lock=True)
        before = [getattr(row, field) for field in _SCHEDULE]
        every = row.every_ms
        _describe(member, row, wanted)
        now = _now()
        if row.every_ms != every:
            row.anchor_at = now
        schedule = wanted.schedule(row.anchor_at)
        # A run that is due by an unchanged schedule is not lost by a change of something else.
        if row.enabled and (row.next_at is None or before != [getattr(row, field) for field in _SCHEDULE]):
            row.next_at = first_time(schedule, now)
        row.changed_at = now
        _save(row)
        record(member, Verb.CHANGE_TRIGGER, "trigger", row.id, row.name, **_about(row))
        _tell()


def enable_trigger(member: Member, trigger: UUID) -> None:
    """Let it start jobs again, from its next moment on. Raises `Forbidden`, `NotFound`, `Conflict`, `InvalidInput`."""
    member.require(Verb.ENABLE_TRIGGER)
    with tenant(member.organization):
        row = trigger_row(member, trigger, lock=True)
        if row.enabled:
            raise Conflict(_("The trigger is on already."))
        refuse_archived(member, projects_of(row))
        row.enabled, row.failures, row.paused = True, 0, None
        row.next_at = first_time(schedule_of(row), _now())
        row.save(update_fields=["enabled", "failures", "paused", "next_at"])
        record(member, Verb.ENABLE_TRIGGER, "trigger", row.id, row.name)
        _tell()


def disable_trigger(member: Member, trigger: UUID) -> None:
    """Let it start nothing; runs that wait for their turn are given up. Raises `Forbidden`, `NotFound`, `Conflict`."""
    member.require(Verb.DISABLE_TRIGGER)
    with tenant(member.organization):
        row = trigger_row(member, trigger, lock=True)
        if not row.enabled:
            raise Conflict(_("The trigger is off already."))
        row.enabled, row.next_at = False, None
        row.waiting = 0
        row.save(update_fields=["enabled", "next_at", "waiting"])
        _give_up_waiting(row, "disabled", f"{member.label} turned the trigger off.")
        record(member, Verb.DISABLE_TRIGGER, "trigger", row.id, row.name)


def run_trigger(member: Member, trigger: UUID) -> UUID:
    """Start a job of it now, whatever its schedule says and whether or not one is running. The job's id.

    Raises `Forbidden`, `NotFound` (also when its target is gone), `InvalidInput`, `SchemaMismatch`.
    """
    member.require(Verb.RUN_TRIGGER)
    with tenant(member.organization):
        row = trigger_row(member, trigger, lock=True)
        refuse_archived(member, [row.project_id])
        runnable = runnable_of(member, row)
        inputs = msgspec.json.decode(row.inputs)
        job = write_job(member, runnable, inputs, trigger="manual", trigger_id=trigger)
        Firing.objects.create(
            trigger_id=trigger,
            scheduled_for=_now("clock_timestamp()"),
            organization_id=member.organization,
            outcome="started",
            by_hand=True,
            job_id=job,
        )
        _execute("ran_by_hand", id=trigger, job=job)
        record(member, Verb.RUN_TRIGGER, "trigger", row.id, row.name, job=str(job))
        return job


def delete_trigger(member: Member, trigger: UUID) -> None:
    """Forget a trigger; its jobs stay. Raises `Forbidden`, `NotFound`."""
    member.require(Verb.DELETE_TRIGGER)
    with tenant(member.organization):
        row = trigger_row(member, trigger, lock=True)
        _give_up_waiting(row, "deleted", f"{member.label} deleted the trigger.")
        id_, name, about = row.id, row.name, _about(row)
        Trigger.objects.filter(id=trigger).delete()
        record(member, Verb.DELETE_TRIGGER, "trigger", id_, name, **about)


def _describe(member: Member, row: Trigger, wanted: Wanted) -> None:
    """Write what is wanted into the row, checked."""
    home = place_to_change(member, wanted.project)
    runnable = resolve_runnable(member, wanted.target, project=wanted.project)
    refuse_archived(member, [runnable.project], runnable.called)
    row.inputs = check_wanted(wanted, runnable)
    row.project_id = home.project_id
    row.name = wanted.name
    row.workflow_id, row.service_id, row.target = runnable.workflow, runnable.service, runnable.reference
    row.version = wanted_version(wanted.target)
    schedule = wanted.schedule(row.anchor_at)
    row.cron, row.every_ms, row.zone = schedule.cron, schedule.every_ms, schedule.zone
    row.start_at, row.end_at = schedule.start, schedule.end
    row.overlap, row.catch_up, row.grace_ms = wanted.overlap, wanted.catch_up, wanted.grace_ms
    row.failures, row.paused = 0, None


def _save(row: Trigger) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as problem:
        if "tropeiro_trigger_organization_id_name" not in str(problem):
            raise
        raise Conflict(
            _("There is a trigger `%(name)s` already.") % {"name": row.name}, details={"field": "name"}
        ) from None


def _about(row: Trigger) -> dict[str, Any]:
    """What the audit log keeps of it."""
    fields = ("target", "version", "cron", "every_ms", "zone", "overlap", "catch_up")
    return {field: str(getattr(row, field)) for field in fields if getattr(row, field)}


def _give_up_waiting(row: Trigger, code: str, message: str) -> None:
    error = msgspec.json.encode({"code": code, "message": message}).decode()
    _execute("give_up_waiting", ids=[row.id], error=error)


def _tell() -> None:
    _execute("changed")


def _now(clock: Literal["now()", "clock_timestamp()"] = "now()") -> datetime:
    """The database's clock: at the beginning of the transaction, or at this very moment."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {clock}")
        moment: datetime = cursor.fetchone()[0]
        return moment


def _execute(name: str, **params: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement("triggers", name), params)
