"""What is done to a workflow on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.triggers.actions import disable_trigger, enable_trigger
from tropeiro.web.triggers.queries import list_triggers
from tropeiro.web.workflows import actions
from tropeiro.web.workflows.details import workflow_page


@require_http_methods(["GET", "POST"])
@for_members
def rename(request: Any, workflow: UUID) -> HttpResponse:
    """Give it another name, or put it into another project."""
    request.member.require(Verb.CHANGE_WORKFLOW)
    page = workflow_page(request.member, workflow)
    values, problem, status = {"name": page.name, "project": page.project}, "", 200
    if request.method == "POST":
        values = {key: request.POST.get(key, "").strip() for key in values}
        try:
            actions.rename_workflow(request.member, workflow, values["name"], values["project"] or None)
        except (Conflict, InvalidInput, NotFound) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            messages.success(request, _("The workflow was renamed."))
            return redirect("workflow", workflow=workflow)
    context = {
        **page_context(request, page),
        "values": values,
        "problem": problem,
        "projects": list_projects(request.member),
    }
    return render(request, "workflows/rename.html", context, status=status)


@require_POST
@for_members
def switch(request: Any, workflow: UUID) -> HttpResponse:
    """Turn all its triggers on or off."""
    on = request.POST.get("do") == "on"
    request.member.require(Verb.ENABLE_TRIGGER if on else Verb.DISABLE_TRIGGER)
    page = workflow_page(request.member, workflow)
    found = (
        list_triggers(request.member, service=page.service)
        if page.service
        else list_triggers(request.member, workflow=workflow)
    )
    act = enable_trigger if on else disable_trigger
    changed = [one for one in found if one.enabled != on]
    for one in changed:
        try:
            act(request.member, one.id)
        except (Conflict, InvalidInput, NotFound) as error:
            messages.error(request, f"{one.name}: {error.message} {error.hint}".strip())
    said = (
        ngettext("%(n)s trigger was turned on.", "%(n)s triggers were turned on.", len(changed))
        if on
        else ngettext("%(n)s trigger was turned off.", "%(n)s triggers were turned off.", len(changed))
    )
    messages.success(request, said % {"n": len(changed)})
    return redirect("workflow-triggers", workflow=workflow)


@require_POST
@for_members
def restore_version(request: Any, workflow: UUID, version: int) -> HttpResponse:
    """Save what an earlier version said as the newest."""

    def act() -> None:
        saved = actions.restore_version(request.member, workflow, version)
        words = {"version": version, "saved": saved.version}
        messages.success(request, _("Version %(version)s was saved again as version %(saved)s.") % words)

    return _done(request, workflow, act, "workflow-versions")


@require_POST
@for_members
def remove(request: Any, workflow: UUID) -> HttpResponse:
    """Take it out of the lists."""

    def act() -> None:
        actions.remove_workflow(request.member, workflow)
        messages.success(request, _("The workflow was removed. It can be restored."))

    return _done(request, workflow, act)


@require_POST
@for_members
def restore(request: Any, workflow: UUID) -> HttpResponse:
    """Bring it back."""

    def act() -> None:
        actions.restore_workflow(request.member, workflow)
        messages.success(request, _("The workflow is back."))

    return _done(request, workflow, act)


def _done(request: Any, workflow: UUID, act: Callable[[], None], name: str = "workflow") -> HttpResponse:
    try:
        act()
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    return redirect(name, workflow=workflow)
