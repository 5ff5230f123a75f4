"""Lines as a file, sent while they are looked for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from tropeiro.web.logs.export import csv_lines, json_lines
from tropeiro.web.screens.logs.asked import asked
from tropeiro.web.screens.session import for_members


@require_GET
@for_members
def export(request: Any) -> HttpResponseBase:
    """The lines that are wanted as JSON, one object a line, or as CSV."""
    what, language = asked(request), translation.get_language() or "en"
    as_csv = request.GET.get("format") == "csv"
    if as_csv:
        texts = csv_lines(request.member, what.wanted, semicolons=language.startswith("pt"))
    else:
        texts = json_lines(request.member, what.wanted)
    response = StreamingHttpResponse(
        _sent(texts, language, timezone.get_current_timezone_name()),
        content_type=f"{'text/csv' if as_csv else 'application/x-ndjson'}; charset=utf-8",
    )
    name = f"logs-{timezone.localtime(what.wanted.since):%Y%m%d-%H%M}.{'csv' if as_csv else 'jsonl'}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


async def _sent(texts: Iterator[str], language: str, zone: str) -> AsyncIterator[str]:
    """The texts, each made on a thread that keeps no connection, and only when the one before was sent."""

    def following() -> str | None:
        try:
            with translation.override(language), timezone.override(zone):
                return next(texts, None)
        finally:
            connection.close()

    while (text := await sync_to_async(following, thread_sensitive=False)()) is not None:
        if text:
            yield text
