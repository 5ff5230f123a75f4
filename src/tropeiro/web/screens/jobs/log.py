"""The log of one job: older lines, around one line, and all of it as a file."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from tropeiro.web.jobs import queries
from tropeiro.web.jobs.logs import LEVELS, MOST, Line, last_lines, read_on
from tropeiro.web.member import Member
from tropeiro.web.screens import labels
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.session import for_members

LINES = 500
MOST_IN_A_FILE = 200_000


def log_context(request: Any, job: UUID) -> dict[str, Any]:
    """The newest lines that the address asks for; those around one when it names one (``line``)."""
    level, text = asked(request)
    line = whole_number(request.GET.get("line", ""), digits=18)
    if line:
        before = last_lines(request.member, job, before=line + 1, level=level, text=text, limit=LINES // 2)
        after = read_on(request.member, job, after=line, level=level, text=text, limit=LINES // 2).lines
        lines = (*before, *after)
        older = len(before) == LINES // 2
    else:
        lines = last_lines(request.member, job, level=level, text=text, limit=LINES)
        older = len(lines) == LINES
    return {
        "lines": lines,
        "line": line,
        "level": level,
        "text": text,
        "levels": labels.LEVELS.items(),
        "last_line": lines[-1].id if lines else 0,
        "older": lines[0].id if lines and older else None,
    }


def asked(request: Any) -> tuple[str, str]:
    """The level from which up lines are asked for, and the text that they are to contain."""
    level = request.GET.get("level", "")
    return level if level in LEVELS else "", request.GET.get("q", "").replace("\0", "")[:200]


@require_GET
@for_members
def older_lines(request: Any, job: UUID) -> HttpResponse:
    """Lines before a certain one: by themselves for a script, else as a page."""
    level, text = asked(request)
    lines = last_lines(
        request.member,
        job,
        before=whole_number(request.GET.get("before", ""), digits=18) or None,
        level=level,
        text=text,
        limit=LINES,
    )
    context = {
        "job": queries.job(request.member, job),
        "lines": lines,
        "level": level,
        "text": text,
        "levels": labels.LEVELS.items(),
        "older": lines[0].id if len(lines) == LINES else None,
    }
    part = request.headers.get("X-Part") == "lines"
    response = render(request, "jobs/lines.html" if part else "jobs/log.html", context)
    if part:
        response.headers["X-Older"] = str(context["older"] or "")
    return response


@require_GET
@for_members
def step_log(request: Any, job: UUID) -> HttpResponse:
    """The newest lines of one step."""
    path = request.GET.get("path", "")[:500]
    lines = last_lines(request.member, job, path=path, limit=200) if path else ()
    return render(request, "jobs/step_log.html", {"job": queries.job(request.member, job), "lines": lines})


@require_GET
@for_members
def log_file(request: Any, job: UUID) -> HttpResponse:
    """The log as a text file, at most 200,000 lines of it."""
    level, text = asked(request)
    queries.job(request.member, job)
    response = HttpResponse(_file(request.member, job, level, text), content_type="text/plain; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{job}.log"'
    return response


def _file(member: Member, job: UUID, level: str, text: str) -> str:
    said: list[str] = []
    after = 0
    while len(said) < MOST_IN_A_FILE:
        page = read_on(member, job, after=after, level=level, text=text, limit=MOST)
        said += [_written(line) for line in page.lines]
        if not page.lines or len(page.lines) < MOST:
            break
        after = page.lines[-1].id
    return "".join(said)


def _written(line: Line) -> str:
    fields = "".join(f" {name}={value}" for name, value in line.fields.items())
    message = line.message.replace("\n", "\n    ")
    return f"{line.at:%Y-%m-%dT%H:%M:%S.%f}Z {line.level.upper():7} {line.path} {message}{fields}\n"
