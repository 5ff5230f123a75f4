"""Writing a workflow without scripts: its draft as text, kept, checked and published, every problem at its line."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import Conflict, DocumentInvalid, InvalidInput, NotFound, Problem
from tropeiro.web.permissions import Verb
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.asked import whole_number
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.files import text_of_file
from tropeiro.web.screens.workflows.sources import excerpt_of
from tropeiro.web.workflows.draft_state import DraftState, refuse_change
from tropeiro.web.workflows.drafts import DraftChanged, check_text, look_up, rename_draft, save_draft
from tropeiro.web.workflows.publishing import NewerVersion, publish_draft


@require_http_methods(["GET", "POST"])
@for_members
def text_form(request: Any, workflow: UUID) -> HttpResponse:
    """Show the draft, or check, keep or publish what was sent; whatever comes of it, what was typed is there."""
    request.member.require(Verb.SAVE_WORKFLOW)
    state = look_up(request.member, workflow)
    try:
        refuse_change(state)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("workflow", workflow=workflow)
    values = {
        "name": state.name,
        "project": state.place.project or "",
        "message": "",
        "document": state.text,
        "revision": str(state.revision),
    }
    shown: dict[str, Any] = {"problem": "", "newest": 0, "theirs": None, "found": (), "fine": False}
    status = 200
    if request.method == "POST":
        values = {key: request.POST.get(key, value) for key, value in values.items()}
        values["document"] = values["document"].replace("\r\n", "\n")
        try:
            leave = _done(request, state, values, shown)
        except DraftChanged as error:
            shown |= {"problem": error.message, "theirs": error.state}
            status = 409
        except NewerVersion as error:
            shown |= {"problem": f"{error.message} {error.hint}", "newest": error.newest}
            status = 409
        except DocumentInvalid as error:
            shown["found"], status = error.problems, 400
        except (Conflict, InvalidInput, NotFound) as error:
            shown["problem"] = f"{error.message} {error.hint}".strip()
            status = 409 if isinstance(error, Conflict) else 400
        else:
            if leave is not None:
                return leave
        state = look_up(request.member, workflow)
        if shown["theirs"] is None:
            values["revision"] = str(state.revision)
    request.menu_at = reverse("workflows")
    found: tuple[Problem, ...] = shown["found"]
    context = {
        **shown,
        "state": state,
        "values": values,
        "projects": () if state.published else list_projects(request.member),
        "excerpt": excerpt_of(values["document"], found) if found else None,
    }
    return render(request, "workflows/edit.html", context, status=status)


def _done(request: Any, state: DraftState, values: dict[str, str], shown: dict[str, Any]) -> HttpResponse | None:
    """Do what the button that was pressed says; where to go then, or stay."""
    member, do = request.member, request.POST.get("do", "")
    if do == "file":
        values["document"] = text_of_file(request)
        return None
    if do == "check":
        shown["found"] = check_text(member, state.id, values["document"])
        shown["fine"] = not shown["found"]
        return None
    if not state.published:
        rename_draft(member, state.id, values["name"].strip(), values["project"].strip() or None)
    revision = whole_number(request.POST.get("theirs") or values["revision"])
    if do == "keep":
        shown["found"] = save_draft(member, state.id, values["document"], revision).problems
        messages.success(request, _("The draft was kept."))
        return None
    over = whole_number(request.POST.get("over", "")) or None
    done = publish_draft(member, state.id, values["document"], revision, values["message"], over=over)
    if done.changed:
        messages.success(request, _("Version %(version)s was published.") % {"version": done.version})
    else:
        messages.info(request, _("Nothing differs from version %(version)s.") % {"version": done.version})
    return redirect("workflow", workflow=state.id)
