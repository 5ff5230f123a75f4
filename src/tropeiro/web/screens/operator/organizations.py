"""The organizations of the installation: what they take up, and suspending one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.operating import tenants
from tropeiro.web.operating.access import Operator, operator_of
from tropeiro.web.operating.storage import storage
from tropeiro.web.operating.suspending import MAX_REASON, resume, suspend
from tropeiro.web.screens.asked import asked
from tropeiro.web.screens.csv_answer import csv_answer
from tropeiro.web.screens.operator.door import for_operators


@require_GET
@for_operators
def organization_list(request: Any) -> HttpResponse:
    """The organizations of the installation, or the file of them."""
    wish = asked(request, tenants.ORGANIZATION_COLUMNS, "name")
    page = tenants.organizations(request.user.id, words=wish.text, **wish.paging)
    sizes = storage(request.user.id)
    if wish.as_file:
        head = (
            _("Name"), _("Short name"), _("Members"), _("Projects"), _("Jobs of 7 days"),
            _("Storage, bytes (estimate)"), _("Since"), _("Suspended"), _("Reason"), _("By"),
        )  # fmt: skip
        rows = (
            (
                row.name, row.slug, row.members, row.projects, row.jobs, sizes.get(row.id), row.created_at,
                row.suspended_at, row.suspended_because, row.suspended_by,
            )
            for row in page.rows
        )  # fmt: skip
        return csv_answer("organizations", head, rows)
    context = {
        "page": page,
        "rows": [(row, sizes.get(row.id)) for row in page.rows],
        "sort": wish.sort,
        "words": wish.text,
        "max_reason": MAX_REASON,
    }
    return render(request, "operator/organizations.html", context)


@require_POST
@for_operators
def suspend_organization(request: Any, organization: str) -> HttpResponse:
    """Let nothing of it start."""
    reason = request.POST.get("reason", "")
    return _do(
        request,
        lambda operator: suspend(operator, organization, reason),
        _("%(name)s is suspended.") % {"name": organization},
    )


@require_POST
@for_operators
def resume_organization(request: Any, organization: str) -> HttpResponse:
    """Let it go on."""
    return _do(
        request, lambda operator: resume(operator, organization), _("%(name)s goes on.") % {"name": organization}
    )


def _do(request: Any, act: Callable[[Operator], None], done: str) -> HttpResponse:
    try:
        act(operator_of(request.user.id))
    except (Conflict, InvalidInput) as refused:
        messages.error(request, f"{refused.message} {refused.hint}".strip())
    else:
        messages.success(request, done)
    return redirect("operator-organizations")
