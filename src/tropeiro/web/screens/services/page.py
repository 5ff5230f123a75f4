"""What every page of one service shows: its head, its tabs, its versions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec
from django.urls import reverse
from django.utils.translation import gettext as _

from tropeiro.kernel.errors import NotFound
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.schema_form.form import new_form
from tropeiro.web.services.details import ServicePage, service_page

_MOST_EXAMPLE = 2_000
"""Characters of the inputs in a step ready to be copied."""


def found_service(request: Any, service: UUID) -> ServicePage:
    """The service, with the version that the address asks for. Raises `NotFound`."""
    version = request.GET.get("version", "")
    if version and not (version.isascii() and version.isdigit() and len(version) < 10):
        raise NotFound(_("There is no version %(version)s.") % {"version": version[:20]})
    return service_page(request.member, service, int(version) if version else None)


def page_context(request: Any, page: ServicePage, tab: str) -> dict[str, Any]:
    """The context of the head of a service's page."""
    role = request.member.role
    query = f"?version={page.chosen.version}" if page.chosen.version != page.revisions[0].version else ""
    tabs = [
        ("service", _("Overview")),
        ("service-contract", _("Contract")),
        *([("service-test", _("Test"))] if page.removed_at is None else []),
        ("service-versions", _("Versions")),
        ("service-use", _("Used by")),
        ("service-usage", _("Usage")),
    ]
    return {
        "service": page,
        "tab": tab,
        "tabs": [(name, label, f"{reverse(name, args=[page.id])}{query}") for name, label in tabs],
        "version_query": query,
        "step": ready_step(page) if page.removed_at is None else "",
        "may_test": allows(role, Verb.CALL_SERVICE),
        "may_change": page.own and allows(role, Verb.CHANGE_SERVICE),
    }


def ready_step(page: ServicePage) -> str:
    """A step that calls the chosen version, as JSON to be pasted into a workflow of any project of its organization."""
    schema = page.contract.input_schema
    required = schema.get("required", []) if isinstance(schema, dict) else []
    given = new_form(schema).value
    known = given if isinstance(given, dict) else {}
    inputs = {
        str(name): known.get(name) or f"{{{{ inputs.{name} }}}}"
        for name in (required if isinstance(required, list) else [])
    }
    short = page.own or page.organization == "house"
    step: dict[str, Any] = {"id": page.name.replace("-", "_")}
    if page.title:
        step["name"] = page.title
    step["uses"] = page.reference if short else page.uses
    if inputs and len(msgspec.json.encode(inputs)) < _MOST_EXAMPLE:
        step["with"] = inputs
    if page.contract.credential_kind:
        step["credential"] = page.contract.credential_kind
    return msgspec.json.format(msgspec.json.encode(step), indent=2).decode()
