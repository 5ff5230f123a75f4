"""The promise of an HTTP client that services call out through, wherever their workflow's author points it."""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Protocol

import msgspec

from tropeiro.kernel.errors import ServiceError

REPEATABLE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
"""Methods whose effect is the same once or twice (RFC 9110, section 9.2.2)."""

Headers = Iterable[tuple[str, str]]


class HttpLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one request may cost. Times in seconds."""

    connect: float = 10.0
    """Resolving the name, connecting and TLS, each."""
    read: float = 60.0
    """The longest silence while sending or receiving."""
    total: float = 300.0
    """Everything together, redirects included."""
    response_bytes: int = 10_000_000
    """The answer's body, both as received and after decompression."""
    request_bytes: int = 25_000_000
    redirects: int = 5
    """How many are followed; 0 gives a redirect back as an ordinary answer."""


DEFAULT_LIMITS = HttpLimits()


class HttpResponse(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, whole."""

    status: int
    headers: tuple[tuple[str, str], ...]
    """In the order received; names in lower case."""
    body: bytes = b""
    """After decompression."""
    url: str
    """Where it came from, after redirects."""

    def header(self, name: str, default: str = "") -> str:
        """The values of a header joined by a comma, as RFC 9110 allows; ``default`` when it is missing."""
        wanted = name.lower()
        values = [value for key, value in self.headers if key == wanted]
        return ", ".join(values) if values else default


class RequestError(ServiceError):
    """The request brought no answer. Its code says why:

    ``invalid_url``, ``port_refused``, ``address_refused``, ``method_refused``, ``header_refused``,
    ``request_too_large``: it was not made. ``name_not_resolved``, ``connect_failed``, ``tls_failed``: there was no
    connection. ``timeout``, ``connection_lost``, ``response_broken``, ``response_too_large``: no whole answer came.
    ``too_many_redirects``, ``redirect_refused``: the answers only pointed elsewhere.
    """

    def __init__(
        self, code: str, message: str, *, retryable: bool = False, sent: bool = False, details: Any = None
    ) -> None:
        super().__init__(code, message, retryable=retryable, details=details)
        self.sent = sent
        """Whether the other side may have acted on the request."""


class HttpClient(Protocol):
    """Makes requests to public addresses, and to no others but those that the operator allowed."""

    async def request(
        self, method: str, url: str, *, headers: Headers = (), content: bytes = b"", limits: HttpLimits = DEFAULT_LIMITS
    ) -> HttpResponse:
        """Make one request and read the whole answer, whatever its status.

        Raises `RequestError`; it is retryable when a second request could do no harm and could help.
        """

    def allows_private(self, host: str, port: int) -> bool:
        """Whether the operator named this host and port as one that may be reached although it is private."""


HTTP_CLIENT: ContextVar[HttpClient] = ContextVar("HTTP_CLIENT")
"""The client of the call that is running, set by its executor. Only for services inside Tropeiro's own process."""


def http_client() -> HttpClient:
    """The client of the call that is running. Raises `ServiceError` ``no_network`` when its executor gives none."""
    client = HTTP_CLIENT.get(None)
    if client is None:
        raise ServiceError("no_network", "This service was called where no network is given to it.")
    return client
