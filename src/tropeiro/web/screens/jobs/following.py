"""What a page follows of a job: the parts of the page, and new lines of its log."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from uuid import UUID

from django.template.loader import render_to_string

from tropeiro.web.jobs.logs import PAGE, read_on
from tropeiro.web.jobs.queries import job as job_door
from tropeiro.web.member import Member
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.jobs.page import PARTS, JobPage, job_page
from tropeiro.web.screens.live.topics import JobTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch


def job_watch(member: Member, job: UUID, level: str = "", *, text: str = "", tab: str = "timeline") -> Watch:
    """One tab of a job's page, with the lines of its log from a level up. Raises `NotFound` for what cannot be seen.

    The cursor is the number of the last line that the viewer has.
    """
    job_door(member, job)
    return Watch(
        topic=JobTopic(job),
        read=partial(_look, job=job, level=level, text=text, tab=tab),
        shared_by=lambda viewer: str(viewer.role),
    )


def _look(member: Member, after: str, *, job: UUID, level: str, text: str, tab: str) -> Seen:
    last_line = whole_number(after, digits=18)
    # The page first and then the log: a job that is over by then has written its last line.
    page = job_page(member, job, tab)
    new = read_on(member, job, after=last_line, level=level, text=text, limit=PAGE)
    lines = render_to_string("jobs/lines.html", {"lines": new.lines, "job": page.job}) if new.lines else ""
    return Seen(
        parts={name: _part(page, name) for name in PARTS[tab]},
        own=partial(_questions, page),
        added={"log": lines} if lines else {},
        cursor=str(new.lines[-1].id) if new.lines else str(last_line),
        more=new.more,
        over=page.job.final and not new.more,
    )


def _part(page: JobPage, name: str) -> Part:
    return Part(page.keys[name], lambda: render_to_string(f"jobs/{name}.html", page.context))


def _questions(page: JobPage, viewer: Member) -> Mapping[str, Part]:
    asked = page.questions(viewer)
    return {
        "questions": Part(asked, lambda: render_to_string("jobs/questions.html", {"questions": asked, "job": page.job}))
    }
