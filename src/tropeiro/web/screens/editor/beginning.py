"""Beginning a workflow, and giving up what was written of one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.examples import EXAMPLES, example_text
from tropeiro.web.screens.workflows.files import text_of_file
from tropeiro.web.workflows.drafts import begin_draft, discard_draft

STARTS = ("empty", "example", "file", "paste")
_EXAMPLES = [(name, title) for name, (title, _document) in EXAMPLES.items() if name != "empty"]


@require_http_methods(["GET", "POST"])
@for_members
def begin(request: Any) -> HttpResponse:
    """Name, project and what to begin from; it goes on in the editor."""
    request.member.require(Verb.SAVE_WORKFLOW)
    source = request.POST if request.method == "POST" else request.GET
    example = source.get("example", "")
    values = {
        "name": source.get("name", "").strip(),
        "project": source.get("project", "").strip(),
        "start": source.get("start", "example" if example else "empty"),
        "example": example if example in EXAMPLES else _EXAMPLES[0][0],
        "document": source.get("document", "").replace("\r\n", "\n"),
    }
    problem, status = "", 200
    if request.method == "POST":
        try:
            text = _text(request, values)
            workflow = begin_draft(request.member, values["name"], values["project"] or None, text)
        except (Conflict, InvalidInput, NotFound) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            return redirect("workflow-edit", workflow=workflow)
    context = {
        "values": values,
        "problem": problem,
        "projects": list_projects(request.member),
        "examples": _EXAMPLES,
    }
    return render(request, "editor/new.html", context, status=status)


@require_POST
@for_members
def discard(request: Any, workflow: UUID) -> HttpResponse:
    """Give up the draft."""
    try:
        left = discard_draft(request.member, workflow)
    except Conflict as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return redirect("workflow", workflow=workflow)
    messages.success(request, _("The draft was discarded."))
    return redirect("workflows") if left is None else redirect("workflow", workflow=workflow)


def _text(request: Any, values: dict[str, str]) -> str:
    """What to begin with. Raises `InvalidInput` when it is missing."""
    start = values["start"]
    if start == "file":
        return text_of_file(request)
    if start == "paste":
        if not values["document"].strip():
            raise InvalidInput(_("Paste the workflow's JSON first, or begin from something else."))
        return values["document"]
    return example_text(values["example"] if start == "example" else "empty")
