"""What changed about a job since a viewer last heard: the parts of its page, and new lines of its log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from django.db import connection
from django.template.loader import render_to_string
from django.utils.translation import override

from tropeiro.web.accounts.access import member as member_door
from tropeiro.web.jobs.logs import read_on
from tropeiro.web.jobs.queries import job as job_door
from tropeiro.web.member import Member
from tropeiro.web.screens.jobs.page import PARTS, job_page
from tropeiro.web.screens.session import chosen_member

LINES = 500


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who follows which job, and how."""

    user: int
    organization: str
    job: UUID
    level: str
    language: str


@dataclass(frozen=True, slots=True)
class Update:
    """What a viewer is sent."""

    parts: Mapping[str, str]
    """HTML by name, only of parts that differ from what the viewer has."""
    digests: Mapping[str, str]
    """Of all parts, to give back at the next look."""
    lines: str
    """HTML of new lines of the log."""
    last_line: int
    more: bool
    """Whether there are more lines already, or in a moment."""
    over: bool
    """Whether the job ended and all of it was told."""


def viewer_of(user: int, email: str, organization: str, job: UUID, level: str, language: str) -> Viewer:
    """The viewer that somebody becomes. Raises `NotFound` for a job they cannot see, and `Forbidden`.

    Gives the thread's connection back: a stream that lasts for hours must not keep one.
    """
    try:
        member, _ = chosen_member(user, email, organization)
        job_door(member, job)
    finally:
        connection.close()
    return Viewer(user, member.organization_slug, job, level, language)


def look(viewer: Viewer, digests: Mapping[str, str], last_line: int) -> Update:
    """Look once. The member is asked for anew every time, so that who is removed sees nothing more.

    Runs on a thread of its own and gives its connection back. Raises `NotFound`.
    """
    try:
        return _look(member_door(viewer.user, viewer.organization), viewer, digests, last_line)
    finally:
        connection.close()


def _look(member: Member, viewer: Viewer, digests: Mapping[str, str], last_line: int) -> Update:
    # The page first and then the log: a job that is over by then has written its last line.
    page = job_page(member, viewer.job)
    new = read_on(member, viewer.job, after=last_line, level=viewer.level, limit=LINES)
    keys = {name: sha256(repr(key).encode()).hexdigest() for name, key in page.keys.items()}
    with override(viewer.language):
        parts = {
            name: render_to_string(f"jobs/{name}.html", page.context)
            for name in PARTS
            if keys[name] != digests.get(name)
        }
        lines = render_to_string("jobs/lines.html", {"lines": new.lines, "job": page.job}) if new.lines else ""
    return Update(
        parts=parts,
        digests=keys,
        lines=lines,
        last_line=new.lines[-1].id if new.lines else last_line,
        more=new.more,
        over=page.job.final and not new.more,
    )
