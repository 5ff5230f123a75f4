"""Following a link for copying: what is shared, what the copy would need, and making it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.kernel.errors import Conflict, DocumentInvalid, InvalidInput, NotFound
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.problems import too_many_requests
from tropeiro.web.screens.session import ORGANIZATION, for_users
from tropeiro.web.screens.sharing.guesses import guesses_too_often, note_guess
from tropeiro.web.screens.workflows.copying import places_to_save, text_to_copy
from tropeiro.web.screens.workflows.outline import outline
from tropeiro.web.screens.workflows.sources import excerpt_of
from tropeiro.web.sharing.access import no_link, opened_by_id, opened_by_token
from tropeiro.web.sharing.actions import copy_by_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.sharing.queries import shared_workflow
from tropeiro.web.workflows.copying import check_copy

FOLLOWED = "followed"
"""Key of the session that holds the ids of the links that were followed, the latest last."""
MOST_FOLLOWED = 20


@require_GET
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Remember the link in the session, so that its token stands in no further address."""
    if guesses_too_often(request):
        return too_many_requests(request)
    try:
        link = str(opened_by_token(token, Purpose.COPY).link)
    except NotFound:
        note_guess(request)
        raise
    known = [one for one in request.session.get(FOLLOWED, []) if one != link]
    request.session[FOLLOWED] = [*known, link][-MOST_FOLLOWED:]
    return redirect("shared-workflow", link=link)


@require_http_methods(["GET", "POST"])
@for_users
def receive(request: Any, link: UUID) -> HttpResponse:
    """What the link shares; choose the place, look at what is missing there, mend it, save the copy."""
    if str(link) not in request.session.get(FOLLOWED, []):
        raise no_link()
    opened = opened_by_id(link)
    places = places_to_save(request)
    if not places:
        return render(request, "sharing/nowhere.html", {"name": opened.name})
    sent = request.POST if request.method == "POST" else request.GET
    chosen = sent.get("organization", request.member.organization_slug)
    place, target = places[chosen] if chosen in places else next(iter(places.values()))
    projects = list_projects(target)
    project = sent.get("project", "")
    project = project if project in {one.slug for one in projects} else ""
    shared = shared_workflow(opened, target)
    text, made = text_to_copy(request, shared.carried.text)
    name = sent.get("name", shared.name).strip()
    problem, status = "", 200
    do = request.POST.get("do", "")
    if request.method == "POST" and do in ("", "draft"):
        try:
            workflow = copy_by_link(link, target, name, text, project or None, draft=do == "draft")
        except DocumentInvalid:
            problem = _(
                "It calls what it cannot reach there. Copy it as a draft, change it below, or choose another place."
            )
            status = 400
        except (Conflict, InvalidInput) as error:
            problem, status = f"{error.message} {error.hint}".strip(), 400
        else:
            # Who copied goes on working with the copy.
            request.session[ORGANIZATION] = target.organization_slug
            if do == "draft":
                return redirect("workflow-edit", workflow=workflow)
            messages.success(request, _("This is your copy, in %(organization)s.") % {"organization": place.name})
            return redirect("workflow", workflow=workflow)
    report = check_copy(target, text, project or None)
    context = {
        "shared": shared,
        "rows": outline(shared.carried.text),
        "document": msgspec.json.decode(shared.carried.text),
        "values": {"organization": target.organization_slug, "project": project, "name": name},
        "places": [one for one, _member in places.values()],
        "projects": projects,
        "text": text,
        "made": made,
        "carried": shared.carried,
        "report": report,
        "excerpt": excerpt_of(text, report.problems) if report.problems else None,
        "problem": problem,
    }
    return render(request, "sharing/receive.html", context, status=status)
