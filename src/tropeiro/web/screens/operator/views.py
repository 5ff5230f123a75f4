"""Pages of workers, queues and users."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.organizations import signup_is_open
from tropeiro.web.member import Member
from tropeiro.web.operating import queues, tenants, workers
from tropeiro.web.screens.asked import asked
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import WorkersTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.screens.operator.door import for_operators
from tropeiro.web.screens.operator.words import WORKER_STATES

LOOK_EVERY_SECONDS = 2.0


@require_GET
@for_operators
def worker_list(request: Any) -> HttpResponse:
    """The workers, which the page then follows, or the file of them."""
    if request.GET.get("format") == "csv":
        head = (
            _("Worker"), _("Host"), _("Process"), _("Version"), _("State"), _("Packets held"), _("Slots"),
            _("Heartbeat"), _("Since"),
        )  # fmt: skip
        rows = (
            (
                row.name, row.host, row.pid, row.version, WORKER_STATES[row.state][0], row.held, row.slots, row.seen_at,
                row.started_at,
            )
            for row in workers.workers(request.user.id)
        )  # fmt: skip
        return csv_answer("workers", head, rows)
    return render(request, "operator/workers.html", _workers(request.user.id))


@require_GET
async def worker_events(request: HttpRequest) -> HttpResponseBase:
    """The stream of the page of workers."""
    return await stream(request, _watch)


@require_GET
@for_operators
def queue_list(request: Any) -> HttpResponse:
    """The backlog by organization, or the file of it."""
    rows = queues.queues(request.user.id)
    if request.GET.get("format") == "csv":
        head = (_("Organization"), _("Short name"), *_backlog_head())
        return csv_answer("queues", head, ((row.name, row.slug, *_counts(row.backlog)) for row in rows))
    return render(request, "operator/queues.html", {"rows": rows, "most": queues.MOST})


@require_GET
@for_operators
def queue(request: Any, organization: str) -> HttpResponse:
    """The backlog of one organization by service."""
    rows = queues.queue_of(request.user.id, organization)
    if not rows and not tenants.exists(request.user.id, organization):
        raise NotFound
    if request.GET.get("format") == "csv":
        head = (_("Service"), *_backlog_head())
        return csv_answer(f"queue-{organization}", head, ((row.uses, *_counts(row.backlog)) for row in rows))
    return render(request, "operator/queue.html", {"organization": organization, "rows": rows})


@require_GET
@for_operators
def user_list(request: Any) -> HttpResponse:
    """The users of the installation, or the file of them."""
    wish = asked(request, tenants.USER_COLUMNS, "email")
    found = tenants.users(request.user.id, words=wish.text, **wish.paging)
    if wish.as_file:
        head = (
            _("E-mail address"), _("Name"), _("Organizations"), _("Operator"), _("Switched on"), _("Second step"),
            _("Last login"), _("Since"),
        )  # fmt: skip
        rows = (
            (
                row.email, row.name, row.organizations, _yes(row.is_operator), _yes(row.is_active),
                _yes(row.has_second_step), row.last_login, row.created_at,
            )
            for row in found.rows
        )  # fmt: skip
        return csv_answer("users", head, rows)
    return render(
        request,
        "operator/users.html",
        {"page": found, "sort": wish.sort, "words": wish.text, "signup": signup_is_open()},
    )


def _backlog_head() -> tuple[str, ...]:
    return (
        _("Ready"), _("Oldest, seconds"), _("At a worker"), _("At a limit"), _("Delayed"), _("Waiting"), _("Parked"),
        _("Paused"),
    )  # fmt: skip


def _counts(backlog: queues.Backlog) -> tuple[Any, ...]:
    one = backlog
    return one.ready, one.oldest, one.leased, one.limited, one.delayed, one.waiting, one.parked, one.held


def _yes(is_so: bool) -> str:
    return _("yes") if is_so else _("no")


def _workers(user: int | None) -> dict[str, Any]:
    rows = workers.workers(user)
    alive = [row for row in rows if row.alive]
    return {
        "rows": [(row, WORKER_STATES[row.state]) for row in rows],
        "alive": len(alive),
        "slots": sum(row.slots for row in alive),
        "held": sum(row.held for row in rows),
        "silent": sum(row.silent for row in rows),
    }


def _watch(member: Member) -> Watch:
    def read(who: Member, after: str) -> Seen:
        context = _workers(who.user)
        return Seen(
            parts={
                "workers": Part(
                    [(row.id, row.state, row.held, row.seen_at, row.silent) for row, _ in context["rows"]],
                    lambda: render_to_string("operator/worker_rows.html", context),
                )
            }
        )

    return Watch(
        topic=WorkersTopic(), read=read, shared_by=lambda who: "operators", every=LOOK_EVERY_SECONDS, for_operators=True
    )
