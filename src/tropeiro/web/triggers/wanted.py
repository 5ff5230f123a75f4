"""What a trigger is wanted to be, and its check."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.firing import CatchUp, Overlap, check_policies
from tropeiro.kernel.schedule import Schedule, check_schedule, next_time, zone_names
from tropeiro.kernel.service_ref import SERVICE_NAME
from tropeiro.kernel.start import ready_inputs
from tropeiro.kernel.wire import encode
from tropeiro.web.workflows.runnable import Runnable

DAY_MS = 86_400_000
MAX_INPUTS_BYTES = 64 * 1024
_NAME = re.compile(SERVICE_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A trigger as somebody describes it. Either ``cron`` or ``every_ms`` is given."""

    name: str
    target: str
    """``[[organization/]project/]name[@version]``, a workflow or a service; the newest version when none is named."""
    project: str | None = None
    """Short name of the project that ``target`` is seen from."""
    inputs: Any = None
    cron: str = ""
    every_ms: int = 0
    zone: str = "UTC"
    start: datetime | None = None
    end: datetime | None = None
    overlap: Overlap = Overlap.SKIP
    catch_up: CatchUp = CatchUp.LATEST
    grace_ms: int = DAY_MS

    def schedule(self, anchor: datetime) -> Schedule:
        """Its schedule, intervals counted from ``anchor``. Raises `InvalidInput` for one that cannot be followed."""
        schedule = Schedule(
            cron=" ".join(self.cron.split()),
            every_ms=self.every_ms,
            zone=self.zone,
            anchor=anchor,
            start=self.start,
            end=self.end,
        )
        try:
            check_schedule(schedule)
        except InvalidInput as problem:
            raise InvalidInput(problem.message, hint=problem.hint, details={"field": self._wrong()}) from None
        return schedule

    def _wrong(self) -> str:
        """The field that a schedule which cannot be followed is wrong at."""
        if self.zone not in zone_names():
            return "zone"
        if self.start and self.end and self.end <= self.start:
            return "end"
        return "every" if self.every_ms and not self.cron else "cron"


def schedule_of(row: Any) -> Schedule:
    """The schedule that a trigger's row describes."""
    return Schedule(
        cron=row.cron, every_ms=row.every_ms, zone=row.zone, anchor=row.anchor_at, start=row.start_at, end=row.end_at
    )


def first_time(schedule: Schedule, now: datetime) -> datetime:
    """When it is due next. Raises `InvalidInput` when that is never."""
    moment = next_time(schedule, now)
    if moment is None:
        raise InvalidInput(
            _("The schedule is over: it is never due again."),
            hint=_("Choose a later end, or none."),
            details={"field": "end"},
        )
    return moment


def check_wanted(wanted: Wanted, runnable: Runnable) -> str:
    """Raise `InvalidInput`, `SchemaMismatch`, `NotCarriable` for what cannot be saved. The text of its inputs."""
    if not _NAME.fullmatch(wanted.name):
        raise InvalidInput(
            _("`%(name)s` cannot be a trigger's name.") % {"name": wanted.name[:64]},
            hint=_("Start with a small letter; then at most 63 small letters, digits, hyphens and underscores."),
            details={"field": "name"},
        )
    try:
        check_policies(wanted.overlap, wanted.catch_up, wanted.grace_ms)
    except InvalidInput as problem:
        field = "catch_up" if wanted.catch_up is CatchUp.ALL and wanted.overlap is Overlap.SKIP else "grace"
        raise InvalidInput(problem.message, hint=problem.hint, details={"field": field}) from None
    given = {} if wanted.inputs is None else wanted.inputs
    ready_inputs(runnable.route.workflow, given)
    text = encode(given)
    if len(text) > MAX_INPUTS_BYTES:
        raise InvalidInput(
            _("The inputs take more than %(size)s KB.") % {"size": MAX_INPUTS_BYTES // 1024},
            hint=_("Let a step fetch large data."),
            details={"field": "inputs"},
        )
    return text.decode()
