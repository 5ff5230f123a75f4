"""Pages of credentials: the list, one credential with who names it, its form, and its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.web.credentials import actions, queries
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.projects.queries import list_projects
from tropeiro.web.screens.credentials.kinds import FORMS, OTHER, Form, form_for
from tropeiro.web.screens.credentials.listing import ORGANIZATION, credentials_of
from tropeiro.web.screens.credentials.reading import ROWS, read_fields
from tropeiro.web.screens.session import for_members


@require_GET
@for_members
def credential_list(request: Any) -> HttpResponse:
    """The organization's credentials and those of its projects, or the file of them."""
    answer = credentials_of(request)
    if isinstance(answer, HttpResponse):
        return answer
    context = {**answer, "projects": list_projects(request.member), "organization_only": ORGANIZATION}
    return render(request, "credentials/list.html", context)


@require_GET
@for_members
def credential(request: Any, credential: UUID) -> HttpResponse:
    """One credential: what is known of it, and who names it."""
    found = queries.credential(request.member, credential)
    context = {
        "credential": found.row,
        "found": found,
        "may_set": allows(request.member.role, Verb.SET_CREDENTIAL) and not found.row.archived,
        "may_delete": allows(request.member.role, Verb.DELETE_CREDENTIAL),
    }
    return render(request, "credentials/credential.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@for_members
def create(request: Any) -> HttpResponse:
    """First the choice of a form, then the form."""
    request.member.require(Verb.SET_CREDENTIAL)
    sent = request.POST if request.method == "POST" else request.GET
    form = FORMS.get(sent.get("form", ""))
    if form is None:
        return render(request, "credentials/choose.html", {"forms": FORMS.values(), "project": sent.get("project", "")})
    values = {
        "name": sent.get("name", "").strip(),
        "project": sent.get("project", ""),
        "kind": sent.get("kind", "").strip() or form.kind,
    }

    def store(fields: dict[str, Any]) -> UUID:
        kind = values["kind"] if form.key == OTHER else form.kind
        return actions.create_credential(request.member, values["name"], kind, fields, values["project"] or None)

    return _form(request, form, values, store)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@for_members
def replace(request: Any, credential: UUID) -> HttpResponse:
    """The form of one that is there: everything in it is typed again."""
    request.member.require(Verb.SET_CREDENTIAL)
    found = queries.credential(request.member, credential).row
    sent = request.POST if request.method == "POST" else request.GET
    form = FORMS.get(sent.get("form", "")) or form_for(found.kind, found.fields)
    own = form.key == OTHER
    values = {
        "name": found.name,
        "project": found.project or "",
        "kind": sent.get("kind", "").strip() or (found.kind if own else form.kind),
    }

    def store(fields: dict[str, Any]) -> UUID:
        actions.replace_credential(request.member, credential, values["kind"] if own else form.kind, fields)
        return credential

    return _form(request, form, values, store, found)


@require_POST
@for_members
def delete(request: Any, credential: UUID) -> HttpResponse:
    """Forget it, unless something needs it."""
    request.member.require(Verb.DELETE_CREDENTIAL)
    found = queries.credential(request.member, credential).row
    try:
        actions.delete_credential(request.member, found.name, found.project)
    except Conflict as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
        return redirect("credential", credential=credential)
    messages.success(request, _("The credential %(name)s was deleted.") % {"name": found.name})
    return redirect("credentials")


def _form(
    request: Any,
    form: Form,
    values: dict[str, str],
    store: Callable[[dict[str, Any]], UUID],
    found: queries.CredentialRow | None = None,
) -> HttpResponse:
    """Show the form, show it with its problems, or store what it sent. What was typed as a secret never comes back."""
    problems: dict[str, str] = {}
    if request.method == "POST":
        sent = read_fields(form, request.POST)
        problems = dict(sent.problems)
        if not problems:
            try:
                id_ = store(sent.fields)
            except (Conflict, InvalidInput, NotFound) as error:
                field = error.details.get("field", "") if isinstance(error.details, dict) else ""
                problems[field] = f"{error.message} {error.hint}".strip()
            else:
                messages.success(request, _("The credential %(name)s was stored.") % {"name": values["name"]})
                return redirect("credential", credential=id_)
    context = {
        "form": form,
        "forms": FORMS.values(),
        "values": values,
        "problems": problems,
        "general": " ".join(problems[field] for field in ("", "fields") if field in problems),
        "found": found,
        "names": found.fields if found and form.key == OTHER else (),
        "rows": range(max(ROWS, len(found.fields) if found else 0)),
        "known_kinds": queries.credential_kinds(request.member),
        "projects": list_projects(request.member),
    }
    return render(request, "credentials/form.html", context, status=400 if problems else 200)
