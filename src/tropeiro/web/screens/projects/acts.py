"""Making, changing, archiving, restoring and deleting projects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, TropeiroError
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.projects import actions, queries
from tropeiro.web.screens.projects.head import project_head
from tropeiro.web.screens.session import for_members

FIELDS = ("slug", "name", "description")


@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """The form of a new project."""
    request.member.require(Verb.CREATE_PROJECT)
    values = dict.fromkeys(FIELDS, "")
    problems: dict[str, str] = {}
    if request.method == "POST":
        values = _sent(request)
        try:
            actions.create_project(request.member, values["slug"], values["name"], values["description"])
        except (Conflict, InvalidInput) as error:
            problems = _problems(error)
        else:
            messages.success(request, _("The project was created."))
            return redirect("project", project=values["slug"])
    context = {"values": values, "problems": problems}
    return render(request, "projects/new.html", context, status=400 if problems else 200)


@require_http_methods(["GET", "POST"])
@for_members
def settings(request: Any, project: str) -> HttpResponse:
    """Its names and description, and the ways to archive and delete it."""
    context = project_head(request, project, "project-settings")
    found = context["project"]
    values = {"slug": found.slug, "name": found.name, "description": found.description}
    problems: dict[str, str] = {}
    if request.method == "POST":
        request.member.require(Verb.CHANGE_PROJECT)
        values = _sent(request)
        try:
            actions.change_project(request.member, project, **values)
        except (Conflict, InvalidInput) as error:
            problems = _problems(error)
        else:
            messages.success(request, _("The project was changed."))
            return redirect("project-settings", project=values["slug"])
    context |= {
        "values": values,
        "problems": problems,
        "name_holds": queries.project_name_holds(request.member, project) if context["may_change"] else (),
    }
    return render(request, "projects/settings.html", context, status=400 if problems else 200)


@require_POST
@for_members
def archive(request: Any, project: str) -> HttpResponse:
    """Let nothing of it start any more."""
    said = _("The project is archived. Jobs that are under way come to their end.")
    return _done(request, project, actions.archive_project, said)


@require_POST
@for_members
def restore(request: Any, project: str) -> HttpResponse:
    """Take it out of the archive."""
    return _done(request, project, actions.restore_project, _("The project is in use again."))


@require_http_methods(["GET", "POST"])
@for_members
def delete(request: Any, project: str) -> HttpResponse:
    """What stands in the way, or what goes along and the question."""
    context = project_head(request, project, "project-settings")
    request.member.require(Verb.DELETE_PROJECT)
    problem = ""
    if request.method == "POST":
        try:
            actions.delete_project(request.member, project, request.POST.get("confirmed", "").strip())
        except (Conflict, InvalidInput) as error:
            problem = _text(error)
        else:
            messages.success(request, _("The project %(name)s was deleted.") % {"name": context["project"].name})
            return redirect("projects")
    standing = queries.project_deletion(request.member, project)
    context |= {"holds": standing.holds, "going": standing.going, "problem": problem}
    return render(request, "projects/delete.html", context, status=400 if problem else 200)


def _done(request: Any, project: str, act: Callable[[Member, str], None], said: str) -> HttpResponse:
    try:
        act(request.member, project)
    except Conflict as error:
        messages.error(request, _text(error))
    else:
        messages.success(request, said)
    return redirect("project-settings", project=project)


def _sent(request: Any) -> dict[str, str]:
    return {field: request.POST.get(field, "").strip() for field in FIELDS}


def _problems(error: TropeiroError) -> dict[str, str]:
    """By field; under ``all`` when it concerns the whole form."""
    field = error.details.get("field", "all") if isinstance(error.details, dict) else "all"
    return {field: _text(error)}


def _text(error: TropeiroError) -> str:
    return f"{error.message} {error.hint}".strip()
