"""Pages of triggers: the list, one trigger, its form, and what is done to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.kernel.schedule import next_times, zone_names
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens import labels
from tropeiro.web.screens.asked import way_back
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.triggers.form import EMPTY, PRESETS, Problem, problem_of, sent_values, values_of, wanted_from
from tropeiro.web.screens.triggers.listing import triggers_of
from tropeiro.web.screens.triggers.words import cron_words
from tropeiro.web.services.queries import list_services
from tropeiro.web.triggers import actions, queries
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.queries import list_workflows

COMING = 5
PAST = 25


@require_GET
@for_members
def trigger_list(request: Any) -> HttpResponse:
    """The organization's triggers, or the file of them."""
    answer = triggers_of(request)
    if isinstance(answer, HttpResponse):
        return answer
    context = {
        **answer,
        "projects": list_projects(request.member),
        "may_create": _may(request, Verb.CREATE_TRIGGER),
    }
    return render(request, "triggers/list.html", context)


@require_GET
@for_members
def trigger(request: Any, trigger: UUID) -> HttpResponse:
    """One trigger: its rules, the next times, and what became of the past ones."""
    found = queries.trigger(request.member, trigger)
    context = {
        "trigger": found,
        "coming": found.coming(timezone.now(), COMING),
        "firings": queries.firings(request.member, trigger, limit=PAST),
        "overlap": labels.OVERLAPS[found.overlap],
        "catch_up": labels.CATCH_UPS[found.catch_up],
        "may_switch": _may(request, Verb.ENABLE_TRIGGER),
        "may_run": _may(request, Verb.RUN_TRIGGER),
        "may_change": _may(request, Verb.CHANGE_TRIGGER),
    }
    return render(request, "triggers/trigger.html", context)


@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """The form of a new trigger."""
    request.member.require(Verb.CREATE_TRIGGER)

    def save(wanted: Wanted) -> UUID:
        return actions.create_trigger(request.member, wanted)

    values = {
        **EMPTY,
        "zone": request.organization.time_zone or timezone.get_current_timezone_name(),
        "project": request.GET.get("project", ""),
        "target": request.GET.get("target", ""),
    }
    return _form(request, values, save, _("The trigger was created."))


@require_http_methods(["GET", "POST"])
@for_members
def edit(request: Any, trigger: UUID) -> HttpResponse:
    """The form of a trigger that is there."""
    request.member.require(Verb.CHANGE_TRIGGER)
    found = queries.trigger(request.member, trigger)

    def save(wanted: Wanted) -> UUID:
        actions.change_trigger(request.member, trigger, wanted)
        return trigger

    return _form(request, values_of(found), save, _("The trigger was changed."), found)


@require_POST
@for_members
def enable(request: Any, trigger: UUID) -> HttpResponse:
    """Let it start jobs again."""
    return _done(request, trigger, actions.enable_trigger, _("The trigger is on."))


@require_POST
@for_members
def disable(request: Any, trigger: UUID) -> HttpResponse:
    """Let it start nothing."""
    return _done(request, trigger, actions.disable_trigger, _("The trigger is off."))


@require_POST
@for_members
def run(request: Any, trigger: UUID) -> HttpResponse:
    """Start a job of it now."""
    try:
        job = actions.run_trigger(request.member, trigger)
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return redirect("trigger", trigger=trigger)
    return redirect("job", job=job)


@require_POST
@for_members
def delete(request: Any, trigger: UUID) -> HttpResponse:
    """Forget it."""
    actions.delete_trigger(request.member, trigger)
    messages.success(request, _("The trigger was deleted."))
    return redirect("triggers")


def _form(
    request: Any,
    values: dict[str, str],
    save: Callable[[Wanted], UUID],
    said: str,
    found: queries.TriggerDetails | None = None,
) -> HttpResponse:
    """Show the form, show it with the next times, or save what it sent; with the problem when there is one."""
    problem: Problem | None = None
    status = 200
    coming: tuple[datetime, ...] = ()
    if request.method == "POST":
        values = sent_values(request.POST)
        try:
            wanted = wanted_from(values)
            if request.POST.get("do") != "preview":
                saved = save(wanted)
                messages.success(request, said)
                return redirect("trigger", trigger=saved)
            now = timezone.now()
            coming = next_times(wanted.schedule(found.anchor_at if found else now), now, COMING)
        except (Conflict, Forbidden, InvalidInput, NotFound) as error:
            problem, status = problem_of(error, values), 400
    context = {
        "values": values,
        "trigger": found,
        "problem": problem,
        "coming": coming,
        "zones": zone_names(),
        "projects": [row.slug for row in list_projects(request.member)],
        "targets": _targets(request.member),
        "presets": [(cron, cron_words(cron)) for cron in PRESETS],
        "overlaps": labels.OVERLAPS.items(),
        "catch_ups": labels.CATCH_UPS.items(),
    }
    return render(request, "triggers/form.html", context, status=status)


def _targets(member: Member) -> list[str]:
    """What the form offers to start."""
    workflows = [f"{row.project}/{row.name}" if row.project else row.name for row in list_workflows(member)]
    return [*workflows, *(row.reference.partition("@")[0] for row in list_services(member))]


def _done(request: Any, trigger: UUID, act: Callable[[Member, UUID], None], said: str) -> HttpResponse:
    try:
        act(request.member, trigger)
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        messages.success(request, said)
    return redirect(way_back(request, reverse("trigger", kwargs={"trigger": trigger})))


def _may(request: Any, verb: Verb) -> bool:
    return allows(request.member.role, verb)
