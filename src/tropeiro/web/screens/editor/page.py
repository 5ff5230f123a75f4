"""The page of the editor: what its scripts begin with."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from tropeiro.kernel.document_schema import document_schema
from tropeiro.kernel.errors import Conflict
from tropeiro.kernel.filters import FILTERS
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.editor.speaking import draft_json, for_scripts
from tropeiro.web.screens.editor.texts import editor_texts
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.examples import EXAMPLES, example_text
from tropeiro.web.workflows.draft_state import refuse_change
from tropeiro.web.workflows.drafts import Draft, read_draft

_ADDRESSES = {
    "draft": "workflow-draft",
    "check": "workflow-draft-check",
    "publish": "workflow-draft-publish",
    "rename": "workflow-draft-rename",
    "services": "workflow-draft-services",
    "service": "workflow-draft-service",
    "runs": "workflow-draft-runs",
    "preview": "workflow-draft-preview",
    "test": "workflow-draft-test",
    "text": "workflow-text",
    "workflow": "workflow",
    "versions": "workflow-versions",
}
"""What the scripts may ask or lead to: their word → name of the address."""


@require_GET
@for_members
def edit(request: Any, workflow: UUID) -> HttpResponse:
    """The editor. What is not changed here leads to the workflow's page, which then says why."""
    request.member.require(Verb.SAVE_WORKFLOW)
    draft = read_draft(request.member, workflow)
    try:
        refuse_change(draft.state)
    except Conflict as error:
        messages.error(request, error.message)
        return redirect("workflow", workflow=workflow)
    request.menu_at = reverse("workflows")
    context = {"draft": draft.state, "start": _start(request, draft), "texts": editor_texts(), "wide": True}
    return render(request, "editor/editor.html", context)


@require_GET
@for_scripts
def schema(request: Any) -> HttpResponse:
    """The JSON Schema of the document, for completion."""
    return HttpResponse(msgspec.json.encode(document_schema()), content_type="application/schema+json")


def _start(request: Any, draft: Draft) -> dict[str, Any]:
    state, role = draft.state, request.member.role
    return {
        "workflow": {
            "id": str(state.id),
            "name": state.name,
            "project": state.place.project or "",
            "reference": state.reference,
            "version": state.newest,
            "published": state.published,
        },
        "draft": draft_json(draft),
        "urls": {
            **{word: reverse(name, args=[state.id]) for word, name in _ADDRESSES.items()},
            "workflows": reverse("workflows"),
            "credentials": reverse("credentials"),
        },
        "organization": request.member.organization_slug,
        "can": {"save": allows(role, Verb.SAVE_WORKFLOW), "run": allows(role, Verb.START_JOB)},
        "schema_url": reverse("workflow-schema"),
        "filters": [
            {"name": one.name, "signature": one.signature, "accepts": one.value.accepted, "summary": one.summary}
            for one in FILTERS.values()
        ],
        "examples": [
            {"name": name, "title": str(title), "text": example_text(name)}
            for name, (title, _document) in EXAMPLES.items()
        ],
    }
