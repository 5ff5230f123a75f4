"""The form of a trigger: from a trigger to what its fields show, and from what they send to what is wanted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from django.utils.translation import gettext as _

from tropeiro.kernel.durations import format_duration, parse_duration
from tropeiro.kernel.errors import (
    Forbidden,
    InvalidInput,
    NotCarriable,
    NotFound,
    ProjectArchived,
    SchemaMismatch,
    TropeiroError,
)
from tropeiro.kernel.firing import CatchUp, Overlap
from tropeiro.kernel.schedule import zone_names
from tropeiro.web.triggers.queries import TriggerDetails
from tropeiro.web.triggers.wanted import DAY_MS, Wanted

FIELDS = (
    "name", "target", "project", "cron", "every", "zone", "start", "end", "overlap", "catch_up", "grace", "inputs",
)  # fmt: skip
EMPTY = {"overlap": "skip", "catch_up": "latest", "grace": format_duration(DAY_MS), "inputs": "{}"}
PRESETS = ("*/15 * * * *", "0 * * * *", "0 7 * * *", "0 7 * * MON-FRI", "0 7 * * MON", "0 7 1 * *", "0 7 L * *")
"""Expressions that the form offers."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why the form was not saved."""

    field: str
    """The field where it stands; empty for the whole form."""
    text: str


def values_of(trigger: TriggerDetails) -> dict[str, str]:
    """What the fields show of a trigger."""
    return {
        "name": trigger.name,
        "target": trigger.reference,
        "project": trigger.project or "",
        "cron": trigger.cron,
        "every": format_duration(trigger.every_ms) if trigger.every_ms else "",
        "zone": trigger.zone,
        "start": _local(trigger.start, trigger.zone),
        "end": _local(trigger.end, trigger.zone),
        "overlap": trigger.overlap,
        "catch_up": trigger.catch_up,
        "grace": format_duration(trigger.grace_ms),
        "inputs": msgspec.json.format(msgspec.json.encode(trigger.inputs), indent=2).decode(),
    }


def sent_values(sent: Mapping[str, str]) -> dict[str, str]:
    """What the fields sent, as texts."""
    return {name: sent.get(name, "").strip() for name in FIELDS}


def wanted_from(values: Mapping[str, str]) -> Wanted:
    """The trigger that the fields describe; its own check comes later. Raises `InvalidInput`."""
    if values["overlap"] not in set(Overlap) or values["catch_up"] not in set(CatchUp):
        raise InvalidInput(_("The form sent a choice that it does not offer."), details={"field": "overlap"})
    return Wanted(
        name=values["name"],
        target=values["target"],
        project=values["project"] or None,
        inputs=_inputs(values["inputs"]),
        cron=values["cron"],
        every_ms=_length("every", values["every"]),
        zone=values["zone"],
        start=_moment("start", values),
        end=_moment("end", values),
        overlap=Overlap(values["overlap"]),
        catch_up=CatchUp(values["catch_up"]),
        grace_ms=_length("grace", values["grace"]),
    )


def problem_of(error: TropeiroError, values: Mapping[str, str]) -> Problem:
    """What is wrong, and at which field when that can be told."""
    text = f"{error.message} {error.hint}".strip()
    if isinstance(error.details, dict) and error.details.get("field") in FIELDS:
        return Problem(error.details["field"], text)
    if isinstance(error, SchemaMismatch | NotCarriable):
        return Problem("inputs", text)
    if isinstance(error, NotFound | Forbidden | ProjectArchived):
        return Problem("target", text)
    return Problem("", text)


def _inputs(text: str) -> object:
    try:
        return msgspec.json.decode(text or "{}")
    except msgspec.DecodeError as problem:
        raise InvalidInput(
            _("The inputs are not JSON: %(problem)s.") % {"problem": problem}, details={"field": "inputs"}
        ) from None


def _length(field: str, text: str) -> int:
    try:
        return parse_duration(text) if text else 0
    except InvalidInput as problem:
        raise InvalidInput(problem.message, hint=problem.hint, details={"field": field}) from None


def _moment(field: str, values: Mapping[str, str]) -> datetime | None:
    """A moment by the zone's clock, as the browser's field for date and time sends it."""
    text, zone = values[field], values["zone"]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            _("`%(text)s` is not a date and time.") % {"text": text[:40]}, details={"field": field}
        ) from None
    # A zone that does not exist is told of with the rest of the schedule.
    return moment.replace(tzinfo=ZoneInfo(zone if zone in zone_names() else "UTC"))


def _local(moment: datetime | None, zone: str) -> str:
    return "" if moment is None else moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M")
