"""The list of jobs: what is asked, a page of what was found, how many there are, and what came since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.web.jobs import options, queries, words
from tropeiro.web.jobs.bulk import VERBS, Act
from tropeiro.web.jobs.filters import JobFilter, filter_from
from tropeiro.web.jobs.search import COUNTED, newer_than
from tropeiro.web.member import Member
from tropeiro.web.permissions import allows
from tropeiro.web.screens import labels
from tropeiro.web.screens.csv_answer import MOST, csv_answer
from tropeiro.web.screens.frame import with_query
from tropeiro.web.screens.jobs.range import CHOICES, range_from
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import OrganizationTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.screens.session import for_members

PAGE = 50
NEW = 100


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the filter that is set, and the address without it."""

    name: str
    value: str
    without: str


def asked(sent: Mapping[str, str]) -> JobFilter:
    """The filter of an address. ``what`` is how a form says service or workflow: ``service:<id>``."""
    kind, _colon, key = sent.get("what", "").partition(":")
    given = {**dict(sent.items()), **({kind: key} if kind in ("service", "workflow") else {})}
    period = range_from(given)
    return filter_from(given, since=period.since, until=period.until)


@require_GET
@for_members
def job_list(request: Any) -> HttpResponse:
    """A page of the jobs that the address asks for, the newest first; or all of them as CSV."""
    wanted = asked(request.GET)
    if request.GET.get("format") == "csv":
        return _csv(request.member, wanted)
    before = _uuid(request.GET.get("before", ""))
    page = queries.job_page(request.member, wanted, limit=PAGE, before=before)
    chosen = f"service:{wanted.service}" if wanted.service else f"workflow:{wanted.workflow}" if wanted.workflow else ""
    context = {
        "page": page,
        "jobs": page.jobs,
        "wanted": wanted,
        "tabs": _tabs(request, wanted, None),
        "chips": _chips(request, wanted),
        "range": range_from(request.GET),
        "ranges": CHOICES.items(),
        "projects": options.projects(request.member),
        "runs": options.runs(request.member),
        "chosen": chosen,
        "triggers": labels.TRIGGERS.items(),
        "paged": before is not None,
        "narrowed": wanted != JobFilter(),
        "acts": _acts(request.member),
        "query": request.GET.urlencode(),
        "newest": page.jobs[0].id if page.jobs else UUID(int=0),
        "ids": ",".join(str(job.id) for job in page.jobs),
    }
    return render(request, "jobs/list.html", context)


@require_GET
@for_members
def job_counts(request: Any) -> HttpResponse:
    """The tabs of states with their counts; pages fetch them once they are shown."""
    wanted = asked(request.GET)
    counts = queries.count_by_state(request.member, wanted)
    return render(request, "jobs/tabs.html", {"tabs": _tabs(request, wanted, counts)})


@require_GET
async def list_events(request: HttpRequest) -> HttpResponseBase:
    """What a list follows: how its rows stand, and how many jobs came since that fit."""
    shown = [job for text in request.GET.get("ids", "").split(",")[:PAGE] if (job := _uuid(text)) is not None]
    newest = _uuid(request.GET.get("newest", "")) or UUID(int=0)
    counted = "before" not in request.GET
    sent = request.GET.copy()
    for name in ("ids", "newest", "before", "after"):
        sent.pop(name, None)
    address = f"/jobs?{sent.urlencode()}" if sent else "/jobs"

    def watch(member: Member) -> Watch:
        def read(viewer: Member, _after: str) -> Seen:
            rows = queries.jobs_again(viewer, shown) if shown else ()
            new = newer_than(viewer, asked(sent), newest, most=NEW) if counted else 0
            context = {"jobs": rows, "acts": _acts(viewer)}
            news = {"count": new, "most": NEW, "address": address}
            parts = {"newer": Part(new, lambda: render_to_string("jobs/newer.html", news))}
            if shown:
                parts["rows"] = Part(rows, lambda: render_to_string("jobs/rows.html", context))
            return Seen(parts=parts)

        return Watch(topic=OrganizationTopic(member.organization), read=read, shared_by=lambda viewer: str(viewer.role))

    return await stream(request, watch)


def _tabs(request: Any, wanted: JobFilter, counts: Mapping[Any, int] | None) -> list[dict[str, Any]]:
    def shown(count: int) -> str:
        return f"{COUNTED - 1}+" if count >= COUNTED else str(count)

    def tab(code: str, label: Any, count: str, current: bool) -> dict[str, Any]:
        address = f"/jobs{with_query(request, state=code or None, before=None)}"
        return {"code": code, "label": label, "count": count, "current": current, "address": address}

    total = "" if counts is None else shown(sum(counts.values()))
    return [tab("", _("all"), total, not wanted.states)] + [
        tab(str(state), label, "" if counts is None else shown(counts[state]), wanted.states == (state,))
        for state, label in words.JOB_STATES.items()
    ]


def _chips(request: Any, wanted: JobFilter) -> list[Chip]:
    known = options.names(request.member, wanted)
    said = [
        (_("Project"), known.project, ("project",)),
        (_("What"), known.service or known.workflow, ("what", "service", "workflow", "version")),
        (_("Version"), "" if wanted.version is None else str(wanted.version), ("version",)),
        (_("Trigger"), str(labels.TRIGGERS.get(wanted.trigger, wanted.trigger)), ("trigger",)),
        (_("Trigger"), known.trigger, ("trigger_id",)),
        (_("Error"), wanted.error, ("error",)),
        (_("Search"), wanted.text, ("q",)),
    ]
    return [
        Chip(name, value, f"/jobs{with_query(request, before=None, **dict.fromkeys(gone))}")
        for name, value, gone in said
        if value
    ]


def _acts(member: Member) -> list[tuple[str, str]]:
    """What the member may do to many jobs."""
    said = {
        Act.CANCEL: _("Cancel…"),
        Act.PAUSE: _("Pause…"),
        Act.RESUME: _("Resume…"),
        Act.RETRY: _("Retry…"),
        Act.RERUN: _("Rerun…"),
    }
    return [(str(act), said[act]) for act, verb in VERBS.items() if allows(member.role, verb)]


def _csv(member: Member, wanted: JobFilter) -> HttpResponse:
    rows = queries.job_page(member, wanted, limit=MOST).jobs
    head = (
        _("Id"), _("What"), _("State"), _("Trigger"), _("Started"), _("Ended"), _("Duration (s)"), _("Steps done"),
        _("Steps"), _("Error code"), _("Error"),
    )  # fmt: skip
    return csv_answer(
        "jobs",
        head,
        (
            (
                str(row.id), row.name, str(words.JOB_STATES[row.state]),
                str(labels.TRIGGERS.get(row.trigger, row.trigger)),
                row.created_at, row.finished_at, row.duration, row.steps_done, row.steps,
                (row.error or {}).get("code"), (row.error or {}).get("message"),
            )
            for row in rows
        ),
    )  # fmt: skip


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
