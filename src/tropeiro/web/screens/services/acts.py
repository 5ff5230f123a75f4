"""What is done to a service on its page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tropeiro.kernel.errors import Conflict, InvalidInput
from tropeiro.web.screens.session import for_members
from tropeiro.web.services.actions import remove_service, restore_service, tag_service


@require_POST
@for_members
def tags(request: Any, service: UUID) -> HttpResponse:
    """Give it other tags."""
    sent = request.POST.get("tags", "").split(",")
    return _done(request, service, lambda: tag_service(request.member, service, sent), _("The tags were saved."))


@require_POST
@for_members
def remove(request: Any, service: UUID) -> HttpResponse:
    """Take it out of use."""
    said = _("The service was removed. What is pinned still runs.")
    return _done(request, service, lambda: remove_service(request.member, service), said)


@require_POST
@for_members
def restore(request: Any, service: UUID) -> HttpResponse:
    """Bring it back."""
    said = _("The service is back.")
    return _done(request, service, lambda: restore_service(request.member, service), said)


def _done(request: Any, service: UUID, act: Callable[[], None], said: str) -> HttpResponse:
    try:
        act()
    except (Conflict, InvalidInput) as error:
        messages.error(request, f"{error.message} {error.hint}".strip())
    else:
        messages.success(request, said)
    return redirect("service", service=service)
