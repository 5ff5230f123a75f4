"""Pages of workers, queues, organizations and users."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from tropeiro.kernel.errors import NotFound
from tropeiro.web.accounts.organizations import signup_is_open
from tropeiro.web.member import Member
from tropeiro.web.operating import queues, tenants, workers
from tropeiro.web.paging import sort_from
from tropeiro.web.screens.live.stream import stream
from tropeiro.web.screens.live.topics import WorkersTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.screens.operator.words import WORKER_STATES
from tropeiro.web.screens.problems import page as problem_page
from tropeiro.web.screens.session import for_members

LOOK_EVERY_SECONDS = 2.0


def for_operators(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Ask to log in first; who is no operator gets what an address that does not exist gets."""

    @wraps(view)
    def wrapper(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_operator:
            return problem_page(request, 404)
        return view(request, *args, **kwargs)

    return for_members(wrapper)


@require_GET
@for_operators
def worker_list(request: Any) -> HttpResponse:
    """The workers, which the page then follows."""
    return render(request, "operator/workers.html", _workers(request.user.id))


@require_GET
async def worker_events(request: HttpRequest) -> HttpResponseBase:
    """The stream of the page of workers."""
    return await stream(request, _watch)


@require_GET
@for_operators
def queue_list(request: Any) -> HttpResponse:
    """The backlog by organization."""
    rows = queues.queues(request.user.id)
    return render(request, "operator/queues.html", {"rows": rows, "most": queues.MOST})


@require_GET
@for_operators
def queue(request: Any, organization: str) -> HttpResponse:
    """The backlog of one organization by service."""
    rows = queues.queue_of(request.user.id, organization)
    if not rows and not tenants.exists(request.user.id, organization):
        raise NotFound
    return render(request, "operator/queue.html", {"organization": organization, "rows": rows})


@require_GET
@for_operators
def organization_list(request: Any) -> HttpResponse:
    """The organizations of the installation."""
    sort = sort_from(request.GET.get("sort", ""), tenants.ORGANIZATION_COLUMNS, "name")
    words = request.GET.get("q", "")[:200]
    found = tenants.organizations(request.user.id, words=words, sort=sort, **_place(request))
    return render(request, "operator/organizations.html", {"page": found, "sort": sort, "words": words})


@require_GET
@for_operators
def user_list(request: Any) -> HttpResponse:
    """The users of the installation."""
    sort = sort_from(request.GET.get("sort", ""), tenants.USER_COLUMNS, "email")
    words = request.GET.get("q", "")[:200]
    found = tenants.users(request.user.id, words=words, sort=sort, **_place(request))
    return render(
        request, "operator/users.html", {"page": found, "sort": sort, "words": words, "signup": signup_is_open()}
    )


def _place(request: Any) -> dict[str, str]:
    return {name: request.GET.get(name, "")[:500] for name in ("after", "before")}


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
