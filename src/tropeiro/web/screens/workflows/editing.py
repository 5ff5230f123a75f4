"""Writing a workflow: its text, checked by the kernel, every problem at its line, and saved as a new version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import Conflict, DocumentInvalid, Forbidden, InvalidInput, NotFound, Problem
from tropeiro.kernel.source_map import MAX_BYTES
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.examples import EXAMPLES, example_text
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.screens.workflows.sources import excerpt_of
from tropeiro.web.workflows.actions import save_version, save_workflow
from tropeiro.web.workflows.details import workflow_page
from tropeiro.web.workflows.queries import document_problems
from tropeiro.web.workflows.versions import Saved


@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """A new workflow: from nothing, from an example, from a file."""
    request.member.require(Verb.SAVE_WORKFLOW)
    example = request.GET.get("example", "empty")
    values = {
        "name": "",
        "project": request.GET.get("project", ""),
        "message": "",
        "document": example_text(example),
        "base": "0",
    }

    def save(sent: dict[str, str], base: int) -> Saved:
        return save_workflow(
            request.member, sent["name"], sent["document"], sent["project"] or None, sent["message"], base=base
        )

    context = {
        "projects": list_projects(request.member),
        "examples": [(name, title) for name, (title, _document) in EXAMPLES.items()],
        "example": example,
    }
    return _form(request, values, save, context)


@require_http_methods(["GET", "POST"])
@for_members
def edit(request: Any, workflow: UUID) -> HttpResponse:
    """The text of a workflow that is there."""
    request.member.require(Verb.SAVE_WORKFLOW)
    page = workflow_page(request.member, workflow)
    if page.removed_at is not None or page.automation:
        messages.error(
            request,
            _("An automation is changed in its project's files; copy it as a workflow to change it here.")
            if page.automation
            else _("The workflow is removed. Restore it to change it."),
        )
        return redirect("workflow", workflow=workflow)
    values = {
        "name": page.name,
        "project": page.project,
        "message": "",
        "document": page.document,
        "base": str(page.newest.version),
    }

    def save(sent: dict[str, str], base: int) -> Saved:
        return save_version(request.member, workflow, sent["document"], sent["message"], base=base)

    return _form(request, values, save, page_context(request, page))


def _form(
    request: Any, values: dict[str, str], save: Callable[[dict[str, str], int], Saved], context: dict[str, Any]
) -> HttpResponse:
    """Show the form, check or save what it sent; whatever comes of it, what was typed is there."""
    problem, status, newest, checked = "", 200, 0, False
    found: tuple[Problem, ...] = ()
    if request.method == "POST":
        do = request.POST.get("do", "")
        values = {**values, **{key: request.POST.get(key, values[key]) for key in ("message", "document", "base")}}
        values["document"] = values["document"].replace("\r\n", "\n")
        if "workflow" not in context:
            values |= {key: request.POST.get(key, "").strip() for key in ("name", "project")}
        if do == "file":
            values["document"], problem = _from_file(request, values["document"])
        elif do == "check":
            checked = True
            try:
                found = document_problems(request.member, values["document"], values["project"] or None)
            except NotFound as error:
                problem = error.message
        else:
            try:
                saved = save(values, _number(request.POST.get("over") or values["base"]))
            except DocumentInvalid as error:
                found = error.problems
            except Conflict as error:
                newest = error.details["newest"] if isinstance(error.details, dict) else 0
                problem, status = f"{error.message} {error.hint}".strip(), 409
            except (InvalidInput, NotFound, Forbidden) as error:
                problem = f"{error.message} {error.hint}".strip()
            else:
                _tell(request, saved)
                return redirect("workflow", workflow=saved.workflow)
            status = max(status, 400)
    shown = {
        **context,
        "values": values,
        "problem": problem,
        "excerpt": excerpt_of(values["document"], found) if found else None,
        "fine": checked and not found and not problem,
        "newest": newest if newest != _number(values["base"]) and "workflow" in context else 0,
    }
    return render(request, "workflows/edit.html", shown, status=status)


def _from_file(request: Any, before: str) -> tuple[str, str]:
    """The text of the file that was sent, or what was there before and why not."""
    file = request.FILES.get("file")
    if file is None:
        return before, _("Choose a file first.")
    if file.size > MAX_BYTES:
        return before, _("The file is larger than a workflow may be.")
    try:
        return file.read().decode("utf-8-sig").replace("\r\n", "\n"), ""
    except UnicodeDecodeError:
        return before, _("The file is no text in UTF-8.")


def _tell(request: Any, saved: Saved) -> None:
    if saved.changed:
        messages.success(request, _("Version %(version)s was saved.") % {"version": saved.version})
    else:
        messages.info(request, _("Nothing differs from version %(version)s.") % {"version": saved.version})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
