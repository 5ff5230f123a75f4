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
    places = places_to_save(request)
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
    carried = copied_text(member, workflow, target, project or None)
    text, made = text_to_copy(request, carried.text)
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
        "carried": carried,
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


def text_to_copy(request: Any, carried: str) -> tuple[str, str]:
    """The text that the form has, and the digest of the one that it was made with.

    As long as nobody changed it, it is the one that was carried to the place that is chosen now.
    """
    text = request.POST.get("document", "").replace("\r\n", "\n")
    made = request.POST.get("made", _digest(""))
    return (carried, _digest(carried)) if _digest(text) == made else (text, made)


def places_to_save(request: Any) -> dict[str, tuple[OrganizationName, Member]]:
    """The organizations in which the user may save a workflow, by short name."""
    return {
        name.slug: (name, member)
        for name, member in memberships(request.user.id, request.user.email)
        if allows(member.role, Verb.SAVE_WORKFLOW)
    }


def _digest(text: str) -> str:
    return sha256(text.encode(errors="replace")).hexdigest()
