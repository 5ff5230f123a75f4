"""Static files under addresses that carry a digest of their content, so that browsers may keep them for good."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware


class DigestStorage(StaticFilesStorage):
    """Adds ``?v=<digest>``; needs no step that collects files before the start."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        plain = super().url(name)
        return f"{plain}?v={_digest(name)}" if name else plain


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, giving whole files: they are small, and an ASGI server would read streams in threads."""

    @staticmethod
    def serve(static_file: Any, request: HttpRequest) -> HttpResponse:
        """The answer with a static file, or that the browser has it."""
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        del response["content-type"]
        for name, value in found.headers:
            response[name] = value
        return response


@cache
def _digest(name: str) -> str:
    found = finders.find(name)
    return sha256(Path(str(found)).read_bytes()).hexdigest()[:12] if found else ""
