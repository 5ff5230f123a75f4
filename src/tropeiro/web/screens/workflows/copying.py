"""Copying a workflow: where to, under which name, and what its new owner cannot reach."""

from __future__ import annotations

from hashlib import sha256
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.kernel.errors import Conflict, DocumentInvalid, InvalidInput, NotFound
from tropeiro.web.accounts.access import OrganizationName, memberships
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.page import page_context
from tropeiro.web.screens.workflows.sources import excerpt_of
from tropeiro.web.workflows.copying import check_copy, copied_text, copy_workflow
from tropeiro.web.workflows.details import workflow_page


@require_http_methods(["GET", "POST"])
@for_members
def copy(request: Any, workflow: UUID) -> HttpResponse:
    """Choose the place, look at what is missing there, mend it, save the copy."""
    member = request.member
    member.require(Verb.COPY_WORKFLOW)
    page = workflow_page(member, workflow)
    if page.removed_at is not None:
        raise NotFound(_("The workflow is removed. Restore it to copy it."))
    places = _places(request)
    sent = request.POST if request.method == "POST" else request.GET
    target = places.get(sent.get("organization", member.organization_slug), places[member.organization_slug])[1]
    here = target.organization == member.organization
    projects = list_projects(target)
    default = page.project if here else ""
    project = sent.get("project", default)
    project = project if project in {one.slug for one in projects} else ""
    values = {
        "organization": target.organization_slug,
        "project": project,
        "name": sent.get("name", f"{page.name[:58]}-copy" if here else page.name).strip(),
    }
    text = request.POST.get("document", "").replace("\r\n", "\n")
    if _digest(text) == request.POST.get("made", _digest("")):
        # Nobody changed it since it was made for another place.
        text = copied_text(member, workflow, target, project or None)
        made = _digest(text)
    else:
        made = request.POST.get("made", "")
    problem, status = "", 200
    if request.method == "POST" and request.POST.get("do", "") == "":
        try:
            saved = copy_workflow(member, workflow, target, values["name"], text, project or None)
        except DocumentInvalid:
            problem, status = (
                _("The copy calls what it cannot reach there. Change it below, or choose another place."),
                400,
            )
        except (Conflict, InvalidInput, NotFound) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            return _copied(request, here, workflow, saved.workflow, places[target.organization_slug][0].name)
    report = check_copy(target, text, project or None)
    context = {
        **page_context(request, page),
        "values": values,
        "places": [name for name, _member in places.values()],
        "projects": projects,
        "here": here,
        "text": text,
        "made": made,
        "report": report,
        "excerpt": excerpt_of(text, report.problems) if report.problems else None,
        "problem": problem,
    }
    return render(request, "workflows/copy.html", context, status=status)


def _copied(request: Any, here: bool, workflow: UUID, copy: UUID, organization: str) -> HttpResponse:
    if here:
        messages.success(request, _("This is the copy."))
        return redirect("workflow", workflow=copy)
    messages.success(
        request,
        _("The copy is in %(organization)s. Choose that organization at the top to see it.")
        % {"organization": organization},
    )
    return redirect("workflow", workflow=workflow)


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()


def _places(request: Any) -> dict[str, tuple[OrganizationName, Member]]:
    """The organizations in which the user may save a workflow, by short name; the chosen one is always there."""
    return {
        name.slug: (name, member)
        for name, member in memberships(request.user.id, request.user.email)
        if allows(member.role, Verb.SAVE_WORKFLOW) or member.organization == request.member.organization
    }
