"""Static files under addresses that carry a digest of their content, so that browsers may keep them for good.

What is known of a file holds for as long as it stays the same on disk: whoever builds the scripts anew under a running
server gets the new ones, and neither the old one's length with the new one's content nor the old address.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from whitenoise.middleware import WhiteNoiseMiddleware

Stamp = tuple[int, int, int]
"""By which a file is known to be the same: when it was written, its length, its number on the disk."""


@dataclass(frozen=True, slots=True)
class _Known:
    path: str
    stamp: Stamp
    what: Any
    """Of a name its digest, of an address the file as WhiteNoise answers with it."""


class DigestStorage(StaticFilesStorage):
    """Adds ``?v=<digest>``; needs no step that collects files before the start."""

    def url(self, name: str | None) -> str:
        """The address of a static file."""
        plain = super().url(name)
        return f"{plain}?v={digest(name)}" if name else plain


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc]
    """WhiteNoise, giving whole files: they are small, and an ASGI server would read streams in threads."""

    def __init__(self, get_response: Any = None) -> None:
        super().__init__(get_response)
        self._known: dict[str, _Known] = {}

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """The answer with a static file, or what the middleware behind this one answers."""
        url = request.path_info
        static_file = self._as_it_is(url) if url.startswith(self.static_prefix) else None
        if static_file is None:
            answer: HttpResponseBase = self.get_response(request)
            return answer
        try:
            return self.serve(static_file, request)
        except FileNotFoundError:
            # Removed since it was looked at.
            self._known.pop(url, None)
            gone: HttpResponseBase = self.get_response(request)
            return gone

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
        if found.file is not None:
            # It may have been written anew since it was looked at.
            response["Content-Length"] = str(len(content))
        return response

    def _as_it_is(self, url: str) -> Any:
        """The file at an address as it is on disk now; ``None`` when there is none."""
        known = self._known.get(url)
        if known is not None and stamp_of(known.path) == known.stamp:
            return known.what
        path = finders.find(url.removeprefix(self.static_prefix)) if self.url_is_canonical(url) else None
        stamp = stamp_of(str(path)) if path else None
        found = self.find_file(url) if stamp is not None else None
        if found is None or stamp is None:
            self._known.pop(url, None)
            return None
        self._known[url] = _Known(str(path), stamp, found)
        return found


_digests: dict[str, _Known] = {}


def digest(name: str) -> str:
    """Of what a static file contains by now; the last one while it is being built, empty when there never was one."""
    known = _digests.get(name)
    if known is not None and stamp_of(known.path) == known.stamp:
        return str(known.what)
    path = finders.find(name)
    stamp = stamp_of(str(path)) if path else None
    if stamp is None:
        return "" if known is None else str(known.what)
    text = sha256(Path(str(path)).read_bytes()).hexdigest()[:12]
    _digests[name] = _Known(str(path), stamp, text)
    return text


def stamp_of(path: str) -> Stamp | None:
    """The stamp of a file, ``None`` when there is none."""
    try:
        found = os.stat(path)
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
