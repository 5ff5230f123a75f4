"""The service picker: what the workflow may call, page by page, and one service with its form."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import Conflict, Forbidden, NotFound
from tropeiro.web.problem_document import document
from tropeiro.web.screens.editor.speaking import answer, for_scripts, sent
from tropeiro.web.screens.schema_form.as_json import shape_json
from tropeiro.web.screens.schema_form.shape import resolved
from tropeiro.web.services.offers import Contract, Offer, contract_of, search_offers
from tropeiro.web.workflows.drafts import look_up


class Shaping(msgspec.Struct):
    """Of what the form is to be."""

    schema: Any


NAMED = 4
"""Properties of an output that are named in short."""
KINDS = ("service", "automation")


@require_GET
@for_scripts
def services(request: Any, workflow: UUID) -> HttpResponse:
    """A page of the picker."""
    state = look_up(request.member, workflow)
    sent = request.GET
    kind = sent.get("kind", "")
    page = search_offers(
        request.member,
        state.place,
        text=sent.get("q", "")[:100],
        kind=kind if kind in KINDS else "",
        after=sent.get("after", ""),
    )
    return answer({"items": [offer_json(offer) for offer in page.rows], "next": page.next or None})


@require_GET
@for_scripts
def service(request: Any, workflow: UUID) -> HttpResponse:
    """One of them with its contract; for what may not be called 404 with the reason."""
    state = look_up(request.member, workflow)
    try:
        contract = contract_of(request.member, state.place, request.GET.get("uses", ""))
    except (NotFound, Forbidden, Conflict) as error:
        why = error.details if isinstance(error.details, dict) else {}
        return document(404, why.get("code", error.code), error.message, hint=error.hint)
    return answer(_contract_json(contract))


@require_POST
@for_scripts
def shape(request: Any, workflow: UUID) -> HttpResponse:
    """What a schema of the draft asks a person for: its inputs, for the form of a test."""
    look_up(request.member, workflow)
    wanted = sent(request, Shaping)
    return answer({"shape": shape_json(wanted.schema)})


def offer_json(offer: Offer) -> dict[str, Any]:
    """An offer as the scripts know it."""
    return {
        "uses": offer.uses,
        "name": offer.name,
        "title": offer.title or offer.name,
        "description": offer.description,
        "origin": offer.origin,
        "kind": "automation" if offer.automation else "service",
        "project": offer.project,
        "publisher": offer.publisher,
        "tags": list(offer.tags),
        "returns": returns_words(offer.output_schema),
        "version": offer.version,
    }


def _contract_json(contract: Contract) -> dict[str, Any]:
    kind = contract.credential_kind
    return {
        **offer_json(contract.offer),
        "input": contract.input_schema,
        "output": contract.offer.output_schema,
        "shape": shape_json(contract.input_schema),
        "credential": {"kind": kind, "names": list(contract.credentials)} if kind else None,
        "newer": contract.newer,
    }


def returns_words(schema: Any) -> str:
    """What comes back, in a few words: the names of an object's properties, what a list is of, else its type."""
    return _words(schema, schema, 0)


def _words(schema: Any, root: Any, depth: int) -> str:
    rule = resolved(schema, root)
    properties = rule.get("properties")
    if isinstance(properties, dict) and properties:
        named = [str(name) for name in list(properties)[:NAMED]]
        return ", ".join(named) + (" …" if len(properties) > NAMED else "")
    type_ = rule.get("type")
    if type_ == "array":
        inner = _words(rule.get("items"), root, depth + 1) if depth < 2 and isinstance(rule.get("items"), dict) else ""
        return _("list of: %(what)s") % {"what": inner} if inner else _("list")
    known = {
        "object": _("object"), "string": _("text"), "number": _("number"), "integer": _("whole number"),
        "boolean": _("yes or no"), "null": _("nothing"),
    }  # fmt: skip
    return known.get(type_, "") if isinstance(type_, str) else ""
