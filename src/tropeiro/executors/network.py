"""The HTTP client that every request of a service goes through: nothing private, nothing unbounded.

- Only http and https, TLS verified, no proxy, no cookies kept, nothing read from the environment but the operator's
  own certificate authorities (``SSL_CERT_FILE``, ``SSL_CERT_DIR``).
- Only public addresses (`addresses.py`), checked where the connection is made (`connecting.py`), so again at every
  redirect; the operator's allow-list is the one exception.
- Redirects: at most five; never from https to http; to another origin only the headers that say nothing about who
  asks go along. 303, and 301 or 302 after a POST, become GET (RFC 9110, section 15.4).
- Sizes of URL, headers, request and answer are bounded, the answer's also after decompression (`decoding.py`); headers
  of an answer end at 100 KB (h11).
"""

from __future__ import annotations

import asyncio
import re
import ssl
from importlib.metadata import version
from types import TracebackType
from typing import Self

import httpcore
import httpx

from tropeiro.executors.addresses import PUBLIC_ONLY, AllowedHosts, canonical_host
from tropeiro.executors.connecting import GuardedBackend, Resolve, SystemResolver
from tropeiro.executors.decoding import ACCEPT_ENCODING, BodyCollector
from tropeiro.executors.targets import Target, read_target
from tropeiro.ports.network import DEFAULT_LIMITS, REPEATABLE_METHODS, Headers, HttpLimits, HttpResponse, RequestError

USER_AGENT = f"Tropeiro/{version('tropeiro')}"
MAX_HEADERS = 100
MAX_HEADER_BYTES = 32_000

_METHOD = re.compile(r"[A-Z]{1,20}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")

# They say how the message is framed, or to whom it goes; that is the client's business.
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"}
    | {"proxy-authorization", "proxy-connection", "accept-encoding", "http2-settings"}
)
_HARMLESS_HEADERS = frozenset({"accept", "accept-language", "user-agent", "content-type", "content-language"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class SafeHttpClient:
    """An `HttpClient` for one event loop. Close it when done; it holds connections for a few seconds after use.

    ``resolve`` replaces the operating system's resolver, ``tls`` the default verification against public authorities.
    """

    def __init__(
        self,
        allowed: AllowedHosts = PUBLIC_ONLY,
        *,
        resolve: Resolve | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._allowed = allowed
        self._own_resolver = SystemResolver()
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            # Not bounded here: a bound would let one caller's slow servers make all others wait. Workers bound calls.
            max_connections=None,
            max_keepalive_connections=20,
            keepalive_expiry=5.0,
            network_backend=GuardedBackend(allowed, resolve or self._own_resolver),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.aclose()
        self._own_resolver.close()

    async def request(
        self, method: str, url: str, *, headers: Headers = (), content: bytes = b"", limits: HttpLimits = DEFAULT_LIMITS
    ) -> HttpResponse:
        """See `tropeiro.ports.network.HttpClient`."""
        fields = _checked_headers(headers)
        _check_request(method, content, limits)
        target = read_target(url, self._allowed)
        try:
            async with asyncio.timeout(limits.total):
                return await self._follow(method, target, fields, content, limits)
        except TimeoutError:
            raise RequestError(
                "timeout",
                f"{target.authority} did not answer in {limits.total:g} s. Try again later, or allow more time.",
                retryable=method in REPEATABLE_METHODS,
                sent=True,
            ) from None

    def allows_private(self, host: str, port: int) -> bool:
        """See `tropeiro.ports.network.HttpClient`."""
        return self._allowed.names(canonical_host(host), port)

    async def _follow(
        self, method: str, target: Target, headers: list[tuple[str, str]], content: bytes, limits: HttpLimits
    ) -> HttpResponse:
        for left in range(limits.redirects, -1, -1):
            response = await self._exchange(method, target, headers, content, limits)
            location = response.header("location")
            if limits.redirects == 0 or response.status not in _REDIRECTS or not location:
                return response
            if left == 0:
                break
            following = self._redirected(target, location)
            if following.origin != target.origin:
                headers = [(name, value) for name, value in headers if name in _HARMLESS_HEADERS]
            if (response.status == 303 and method != "HEAD") or (response.status in (301, 302) and method == "POST"):
                method, content = "GET", b""
                headers = [(name, value) for name, value in headers if not name.startswith("content-")]
            target = following
        raise RequestError(
            "too_many_redirects",
            f"{target.authority} redirected more than {limits.redirects} times. Call the final address directly.",
            sent=True,
        )

    def _redirected(self, target: Target, location: str) -> Target:
        try:
            following = read_target(location, self._allowed, base=target)
        except RequestError as refused:
            raise RequestError(
                refused.code, f"{target.authority} redirects to somewhere else: {refused.message}", sent=True
            ) from None
        if target.scheme == "https" and following.scheme == "http":
            raise RequestError(
                "redirect_refused",
                f"{target.authority} redirects from https to http, which is not followed. "
                f"If that is what you want, call {following.authority} directly.",
                sent=True,
            )
        return following

    async def _exchange(
        self, method: str, target: Target, headers: list[tuple[str, str]], content: bytes, limits: HttpLimits
    ) -> HttpResponse:
        """One request, one answer."""
        request = httpcore.Request(
            method,
            httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path),
            headers=_wire_headers(method, target, headers, content),
            content=content,
            extensions={"timeout": {"connect": limits.connect, "read": limits.read, "write": limits.read}},
        )
        try:
            response = await self._pool.handle_async_request(request)
            try:
                return await _read(response, target, limits)
            finally:
                await response.aclose()
        except RequestError as failure:
            failure.retryable = failure.retryable or (failure.code == "response_broken" and method in {"GET", "HEAD"})
            raise
        except (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError, ssl.SSLError) as error:
            raise _failure(error, method, target, limits) from error


async def _read(response: httpcore.Response, target: Target, limits: HttpLimits) -> HttpResponse:
    headers = tuple((name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in response.headers)
    answer = HttpResponse(status=response.status, headers=headers, url=str(target))
    body = BodyCollector(answer.header("content-encoding"), limits.response_bytes)
    async for piece in response.aiter_stream():
        body.feed(piece)
    return HttpResponse(status=answer.status, headers=headers, url=answer.url, body=body.finish())


def _checked_headers(headers: Headers) -> list[tuple[str, str]]:
    fields = [(name.lower(), value) for name, value in headers]
    if len(fields) > MAX_HEADERS or sum(len(name) + len(value) for name, value in fields) > MAX_HEADER_BYTES:
        raise RequestError(
            "header_refused", f"At most {MAX_HEADERS} headers and {MAX_HEADER_BYTES} characters. Send less."
        )
    for name, value in fields:
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise RequestError(
                "header_refused",
                f"The header {name[:60]!r} has a character that headers cannot carry. Encode it, for example base64.",
            )
        if name in _OWN_HEADERS:
            raise RequestError("header_refused", f"The header {name!r} is set by Tropeiro itself. Leave it out.")
    return fields


def _check_request(method: str, content: bytes, limits: HttpLimits) -> None:
    if not _METHOD.fullmatch(method) or method in ("CONNECT", "TRACE"):
        raise RequestError("method_refused", f"The method {method[:30]!r} is not sent. Use GET, POST and the like.")
    if len(content) > limits.request_bytes:
        raise RequestError(
            "request_too_large", f"The body has {len(content)} bytes; {limits.request_bytes} are allowed. Send less."
        )


def _wire_headers(
    method: str, target: Target, headers: list[tuple[str, str]], content: bytes
) -> list[tuple[bytes, bytes]]:
    given = {name for name, _ in headers}
    fields = [("host", target.authority), ("accept-encoding", ACCEPT_ENCODING)]
    fields += [pair for pair in (("accept", "*/*"), ("user-agent", USER_AGENT)) if pair[0] not in given]
    if content or method in ("POST", "PUT", "PATCH"):
        fields.append(("content-length", str(len(content))))
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in (*fields, *headers)]


def _failure(error: Exception, method: str, target: Target, limits: HttpLimits) -> RequestError:
    where = f"{target.host}:{target.port}"
    repeatable = method in REPEATABLE_METHODS
    if isinstance(error, httpcore.ConnectTimeout):
        return RequestError(
            "timeout",
            f"{where} did not complete the TLS handshake in {limits.connect:g} s. Try again later.",
            retryable=True,
        )
    if isinstance(error, httpcore.TimeoutException):
        return RequestError(
            "timeout",
            f"{where} was silent for {limits.read:g} s. Try again later, or allow more time.",
            retryable=repeatable,
            sent=True,
        )
    cause = error.args[0] if error.args and isinstance(error.args[0], ssl.SSLError) else error
    if isinstance(cause, ssl.SSLError):
        return RequestError(
            "tls_failed",
            f"No trusted TLS connection to {where}: {getattr(cause, 'verify_message', '') or cause}. "
            "Check the server's certificate and that the port speaks https.",
        )
    if isinstance(error, httpcore.ConnectError):
        return RequestError("connect_failed", f"No TLS connection to {where}: {error}.", retryable=True)
    if isinstance(error, httpcore.RemoteProtocolError | httpcore.LocalProtocolError) and "disconnected" not in str(
        error
    ):
        return RequestError(
            "response_broken", f"{where} does not speak HTTP properly: {error}.", retryable=repeatable, sent=True
        )
    return RequestError(
        "connection_lost", f"{where} closed the connection before answering.", retryable=repeatable, sent=True
    )
