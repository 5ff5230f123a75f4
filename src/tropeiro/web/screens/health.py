"""For whoever watches the process: is it alive, and can it do its work."""

from __future__ import annotations

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tropeiro.web.setup import of_this_edition, pending_migrations

_known = {"migrated": False}


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and has this version's tables."""
    try:
        connection.ensure_connection()
        pending = _is_behind()
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain")
    if pending:
        return HttpResponse("the database awaits a migration\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def _is_behind() -> bool:
    # Once the tables are there they stay.
    if not _known["migrated"]:
        _known["migrated"] = of_this_edition() or not pending_migrations()
    return not _known["migrated"]
