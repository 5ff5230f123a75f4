"""Which jobs a list is about: a frozen value, and its form as the query of an address."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from tropeiro.kernel.states import JobState

MOST_TEXT = 200
_PART_OF_ID = re.compile(r"[0-9a-f-]{6,36}(…[0-9a-f]{1,12})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """What is asked of jobs; a field that is empty asks nothing."""

    states: tuple[JobState, ...] = ()
    project: UUID | None = None
    service: UUID | None = None
    """An automation, or another service, any version of it."""
    workflow: UUID | None = None
    version: int | None = None
    """Of the service or the workflow."""
    trigger: str = ""
    """The kind of trigger: manual, schedule, …"""
    trigger_id: UUID | None = None
    error: str = ""
    """Code of the error that ended the job."""
    since: datetime | None = None
    """Created at or after."""
    until: datetime | None = None
    """Created before."""
    text: str = ""
    """A part of the name, or the beginning of an id of at least six digits."""

    @property
    def ids(self) -> tuple[UUID, UUID, str] | None:
        """First and last id, and how it ends, when the text is (part of) an id."""
        text = self.text.strip().lower()
        if not _PART_OF_ID.fullmatch(text):
            return None
        digits, _, tail = text.partition("…")
        digits = digits.replace("-", "")
        return UUID(digits.ljust(32, "0")), UUID(digits.ljust(32, "f")), tail

    def at_states(self, *states: JobState) -> JobFilter:
        """The same of other states; of all without any."""
        return replace(self, states=states)

    @property
    def narrowed(self) -> bool:
        """Whether anything but the time is asked."""
        return replace(self, since=None, until=None) != JobFilter()


def filter_from(sent: Mapping[str, str], *, since: datetime | None = None, until: datetime | None = None) -> JobFilter:
    """The filter that the query of an address says. What cannot be read asks nothing."""
    version = sent.get("version", "")
    return JobFilter(
        states=tuple(JobState(name) for name in sent.get("state", "").split(",") if name in set(JobState)),
        project=_uuid(sent.get("project", "")),
        service=_uuid(sent.get("service", "")),
        workflow=_uuid(sent.get("workflow", "")),
        version=int(version) if version.isascii() and version.isdigit() and len(version) < 9 else None,
        trigger=sent.get("trigger", "")[:20],
        trigger_id=_uuid(sent.get("trigger_id", "")),
        error=sent.get("error", "")[:100],
        since=since,
        until=until,
        text=sent.get("q", "").strip().replace("\0", "")[:MOST_TEXT],
    )


def query_of(wanted: JobFilter) -> str:
    """The filter, but for its time, as `filter_from` reads it."""
    said: Iterable[tuple[str, object]] = (
        ("state", ",".join(wanted.states)),
        ("project", wanted.project),
        ("service", wanted.service),
        ("workflow", wanted.workflow),
        ("version", wanted.version),
        ("trigger", wanted.trigger),
        ("trigger_id", wanted.trigger_id),
        ("error", wanted.error),
        ("q", wanted.text),
    )
    return urlencode({name: str(value) for name, value in said if value})


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
