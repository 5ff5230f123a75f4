"""``/workflows/<id>/draft``: what is being written, as the scripts read, save, check, publish and give it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.kernel.errors import DocumentInvalid
from tropeiro.web.permissions import Verb
from tropeiro.web.problem_document import document
from tropeiro.web.screens.editor.speaking import answer, draft_json, for_scripts, problems_json, sent
from tropeiro.web.workflows import drafts
from tropeiro.web.workflows.publishing import publish_draft


class Saving(msgspec.Struct):
    """What is to be kept, and which revision its author last saw."""

    text: str
    revision: int


class Discarding(msgspec.Struct):
    """Which revision is given up."""

    revision: int


class Checking(msgspec.Struct):
    """What is to be checked."""

    text: str


class Renaming(msgspec.Struct):
    """Under which name and where a workflow will be."""

    name: str
    project: str | None = None


class Publishing(msgspec.Struct):
    """What is to be the newest version. ``over``: that which its author has seen to be newer than what they knew."""

    text: str
    revision: int
    message: str = ""
    over: int | None = None


@require_http_methods(["GET", "PUT", "DELETE"])
@for_scripts
def draft(request: Any, workflow: UUID) -> HttpResponse:
    """The draft itself."""
    if request.method == "GET":
        return answer(draft_json(drafts.read_draft(request.member, workflow)))
    if request.method == "PUT":
        request.member.require(Verb.SAVE_WORKFLOW)
        saving = sent(request, Saving)
        kept = drafts.save_draft(request.member, workflow, saving.text, saving.revision)
        shown = draft_json(kept)
        return answer({**{key: shown[key] for key in ("revision", "problems", "base", "newest", "same")},
                       "saved_at": kept.state.changed_at})  # fmt: skip
    request.member.require(Verb.DISCARD_DRAFT)
    left = drafts.discard_draft(request.member, workflow, sent(request, Discarding).revision)
    return answer({"gone": True} if left is None else draft_json(left))


@require_POST
@for_scripts
def check(request: Any, workflow: UUID) -> HttpResponse:
    """What is wrong with a text, without keeping it."""
    # Who may not see the workflow is told so, whatever else is wrong with the question.
    drafts.look_up(request.member, workflow)
    return answer(
        {"problems": problems_json(drafts.check_text(request.member, workflow, sent(request, Checking).text))}
    )


@require_POST
@for_scripts
def rename(request: Any, workflow: UUID) -> HttpResponse:
    """Another name or place for a workflow that was never published."""
    request.member.require(Verb.SAVE_WORKFLOW)
    drafts.look_up(request.member, workflow)
    wanted = sent(request, Renaming)
    state = drafts.rename_draft(request.member, workflow, wanted.name.strip(), wanted.project or None)
    return answer({"name": state.name, "project": state.place.project or "", "reference": state.reference})


@require_POST
@for_scripts
def publish(request: Any, workflow: UUID) -> HttpResponse:
    """Make it the newest version."""
    request.member.require(Verb.SAVE_WORKFLOW)
    drafts.look_up(request.member, workflow)
    wanted = sent(request, Publishing)
    try:
        done = publish_draft(request.member, workflow, wanted.text, wanted.revision, wanted.message, over=wanted.over)
    except DocumentInvalid as error:
        # It was kept as the draft all the same.
        state = drafts.look_up(request.member, workflow)
        detail = _("The workflow has problems and was not published. It was kept as a draft.")
        return document(
            422, error.code, detail, problems=problems_json(error.problems), revision=state.revision, base=state.base
        )
    url = reverse("workflow", args=[workflow])
    return answer({"version": done.version, "changed": done.changed, "revision": done.revision, "url": url})
