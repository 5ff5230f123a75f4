"""How two documents of a workflow differ: two diagrams whose steps are marked, the changes in words, the two texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tropeiro.kernel.differences import StepDifference
from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.permissions import Verb
from tropeiro.web.screens.session import for_members
from tropeiro.web.screens.workflows.difference_words import Told, told
from tropeiro.web.workflows.comparing import Comparison, compare_with_text

SIGNS = {"added": "+", "removed": "−", "changed": "✎", "moved": "⇅"}
"""What stands before the name of a step in the diagram, so that its colour does not say it alone."""


@dataclass(frozen=True, slots=True)
class Change:
    """A step that differs."""

    step: StepDifference
    sign: str
    word: str
    rows: tuple[Told, ...]


@require_POST
@for_members
def draft_differences(request: Any, workflow: UUID) -> HttpResponse:
    """How a text differs from the newest version, as a part of a page: what publishing it would change.

    The text comes as a form's field or a JSON object's member ``text``.
    """
    request.member.require(Verb.SAVE_WORKFLOW)
    comparison = compare_with_text(request.member, workflow, _sent_text(request))
    context = {"workflow_id": workflow, **comparison_context(comparison)}
    return render(request, "workflows/differences.html", context)


def comparison_context(comparison: Comparison) -> dict[str, Any]:
    """What ``workflows/differences.html`` shows."""
    found = comparison.difference
    changes = [_change(one) for one in found.steps] if found else []
    return {
        "comparison": comparison,
        "found": found,
        "changes": changes,
        "around": told(found.around) if found else (),
        "counts": _counts(changes),
        "marks": [
            {pointer: _mark(one) for one in changes if (pointer := one.step.before)},
            {pointer: _mark(one) for one in changes if (pointer := one.step.after)},
        ],
        "lines": comparison.lines,
    }


def _change(one: StepDifference) -> Change:
    return Change(one, SIGNS[one.change], _word(one), told(one.details))


def _word(one: StepDifference) -> str:
    if one.change == "changed":
        return _("changed and moved") if one.moved else _("changed")
    return {"added": _("new"), "removed": _("gone"), "moved": _("moved")}[one.change]


def _mark(one: Change) -> dict[str, str]:
    return {"change": one.step.change, "sign": one.sign, "word": one.word}


def _counts(changes: list[Change]) -> list[tuple[str, str, str]]:
    """Kind, sign and words for each kind of change that there is."""
    counted = Counter(one.step.change for one in changes)

    def words() -> Iterator[tuple[str, str]]:
        yield "added", ngettext("%(n)s step is new", "%(n)s steps are new", counted["added"])
        yield "removed", ngettext("%(n)s step is gone", "%(n)s steps are gone", counted["removed"])
        yield "changed", ngettext("%(n)s step changed", "%(n)s steps changed", counted["changed"])
        yield "moved", ngettext("%(n)s step moved", "%(n)s steps moved", counted["moved"])

    return [(kind, SIGNS[kind], said % {"n": counted[kind]}) for kind, said in words() if counted[kind]]


def _sent_text(request: Any) -> str:
    if request.content_type != "application/json":
        return str(request.POST.get("text", "")).replace("\r\n", "\n")
    try:
        sent = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        sent = None
    text = sent.get("text") if isinstance(sent, dict) else None
    if not isinstance(text, str):
        raise InvalidInput(_("What was sent has no text."), hint=_('Send {"text": "…"}.'))
    return text
