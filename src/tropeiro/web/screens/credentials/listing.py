"""Credentials as a table: the same in their list and in a project's tab."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tropeiro.web.credentials.queries import (
    COLUMNS,
    CredentialFilter,
    CredentialRow,
    credential_kinds,
    search_credentials,
)
from tropeiro.web.permissions import Verb, allows
from tropeiro.web.screens.asked import asked
from tropeiro.web.screens.csv_answer import csv_answer

ORGANIZATION = "-"
"""What the filter sends for credentials of the organization; no project can be called so."""


def credentials_of(request: Any, project: str = "") -> dict[str, Any] | HttpResponse:
    """What ``credentials/table.html`` and its filters need, or the file; of one ``project`` when it is named."""
    wish = asked(request, COLUMNS, "name")
    sent = request.GET.get("project", "")[:64].replace("\0", "")
    place = project or ("" if sent == ORGANIZATION else sent or None)
    wanted = CredentialFilter(text=wish.text, project=place, kind=request.GET.get("kind", "")[:64].replace("\0", ""))
    page = search_credentials(request.member, wanted, **wish.paging)
    if wish.as_file:
        head = (_("Credential"), _("Project"), _("Kind"), _("Fields"), _("Set on"), _("Set by"), _("Used by"))
        return csv_answer("credentials", head, (_cells(row) for row in page.rows))
    return {
        "page": page,
        "asked": wish,
        "sort": wish.sort,
        "wanted": wanted,
        "chosen_project": sent,
        "filtered": bool(wanted.text or wanted.kind or (sent and not project)),
        "kinds": credential_kinds(request.member),
        "may_set": allows(request.member.role, Verb.SET_CREDENTIAL),
    }


def _cells(row: CredentialRow) -> tuple[Any, ...]:
    uses = ", ".join(use.place for use in row.uses)
    return row.name, row.project, row.kind, ", ".join(row.fields), row.updated_at, row.updated_by, uses
