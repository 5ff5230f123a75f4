"""Triggers in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tropeiro.cli.output import json_text, print_line
from tropeiro.cli.tables import print_table
from tropeiro.kernel.durations import format_duration
from tropeiro.kernel.firing import FiringOutcome
from tropeiro.web.triggers.queries import FiringRow, TriggerDetails, TriggerRow


def when(row: TriggerRow) -> str:
    """Its schedule, as it would be written."""
    return f"{row.cron} ({row.zone})" if row.cron else f"every {format_duration(row.every_ms)}"


def next_moment(row: TriggerRow) -> str:
    """When it is due next, by its own zone's clock; or why it is not."""
    if row.next_at is None:
        return "paused" if row.paused else "over" if row.enabled else "off"
    return _clock(row.next_at, row.zone)


def result(row: TriggerRow) -> str:
    """What came of the last time."""
    if row.last_outcome is None or row.last_at is None:
        return "never"
    state = row.last_job_state if row.last_outcome is FiringOutcome.STARTED else None
    return f"{state or row.last_outcome} ({_clock(row.last_at, row.zone)})"


def print_trigger(found: TriggerDetails, coming: Sequence[datetime], past: Sequence[FiringRow]) -> None:
    """One trigger on many lines."""
    print_line(f"{found.name} starts {found.target}")
    facts = {
        "when": when(found),
        "next": next_moment(found),
        "overlap": found.overlap,
        "catch up": f"{found.catch_up}, within {format_duration(found.grace_ms)}",
        "inputs": json_text(found.inputs),
        "project": found.project or "none",
        "waiting": str(found.waiting),
    }
    for name, fact in facts.items():
        print_line(f"  {name:<9} {fact}")
    if found.paused:
        print_line(f"Paused after {found.failures} failures in a row: {found.paused['message']}")
        print_line(f"Once that is mended: tropeiro trigger enable {found.name}")
    if coming:
        print_line("Next times:")
        for moment in coming:
            print_line(f"  {_clock(moment, found.zone)}")
    if past:
        lines = [
            (
                _clock(one.scheduled_for, found.zone),
                "by hand" if one.by_hand else one.outcome,
                one.job or "",
                one.job_state or "",
                (one.error or {}).get("message", "") + (f" {one.missed} before it missed." if one.missed else ""),
            )
            for one in past
        ]
        print_table(("TIME", "OUTCOME", "JOB", "STATE", "WHY"), lines)


def _clock(moment: datetime, zone: str) -> str:
    return moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")
