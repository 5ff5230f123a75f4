"""The HTTP server around the API: threads, headers, and answers that break off when a fault says so."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tropeiro.samples.google_analytics.emulator.admin import administer, welcome
from tropeiro.samples.google_analytics.emulator.api import Answer, Api
from tropeiro.samples.google_analytics.emulator.errors import ApiError
from tropeiro.samples.google_analytics.emulator.faults import Faults
from tropeiro.samples.google_analytics.emulator.messages import with_numbers
from tropeiro.samples.google_analytics.emulator.quotas import Limits

MAX_BODY = 1_000_000
_SYSTEM_PARAMETERS = frozenset(
    {"$.xgafv", "access_token", "alt", "$alt", "callback", "fields", "key", "oauth_token"}
    | {"prettyPrint", "quotaUser", "uploadType", "upload_protocol"}
)
"""Query parameters of the discovery document, and the one that the official client asks for its format with."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], api: Api) -> None:
        self.api = api
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is no error; the rest is reported."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "TropeiroAnalyticsEmulator (synthetic data)"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Requests are kept for ``/_emulator/requests``; nothing is written."""

    def _respond(self) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        try:
            answer = self._answer(parts.path, query)
        except ApiError as error:
            answer = Answer(error.code, error.body())
        numbers = "enum-encoding=int" in query.get("$alt", "")
        self._send(answer, with_numbers(answer.body) if numbers and answer.status == 200 else answer.body)

    def _answer(self, path: str, query: dict[str, str]) -> Answer:
        body = self._body()
        if path == "/":
            return Answer(200, welcome())
        if path.startswith("/_emulator/"):
            return Answer(200, administer(self.server.api, self.command, path, query, body))
        if unknown := sorted(query.keys() - _SYSTEM_PARAMETERS):
            message = f'Invalid JSON payload received. Unknown name "{unknown[0]}": Cannot bind query parameter.'
            raise ApiError(400, message)
        return self.server.api.answer(self.command, path, body)

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            raise ApiError(413, f"The request must tell its length, at most {MAX_BODY} bytes.")
        return self.rfile.read(int(length))

    def _send(self, answer: Answer, document: dict[str, Any]) -> None:
        payload = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("X-Tropeiro-Synthetic", "true")
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if answer.truncate:
            self.send_header("Connection", "close")
            payload = payload[: len(payload) // 2]
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _respond  # noqa: N815 - the base class's names


class Emulator:
    """A running emulator. Also a context manager, which stops it."""

    def __init__(self, api: Api, host: str, port: int) -> None:
        self.api = api
        self._server = _Server((host, port), api)
        self.url = f"http://{host}:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="ga-emulator", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and free the port. Answers under way are finished by their threads."""
        self.api.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def __enter__(self) -> Emulator:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()


def _utc_now() -> datetime:
    return datetime.now(UTC)


def start(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    faults: Faults | None = None,
    limits: Limits | None = None,
    now: Callable[[], datetime] = _utc_now,
) -> Emulator:
    """Start an emulator in a thread of this process; ``port`` 0 takes a free one. Raises ``OSError`` for a used port.

    ``now`` is its clock (aware, any time zone): relative dates and quota windows follow it.
    """
    return Emulator(Api(faults or Faults(), limits or Limits(), now), host, port)
