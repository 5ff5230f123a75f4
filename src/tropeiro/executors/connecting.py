"""Opening connections to checked addresses only: the network backend under the HTTP client.

The host is resolved here, every address is judged, and the connection goes to the very address that was judged. A
name that resolves to something else a moment later (*DNS rebinding*) gains nothing.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpcore

from tropeiro.executors.addresses import AllowedHosts, canonical_host, why_refused
from tropeiro.executors.targets import address_refused, literal_address
from tropeiro.ports.network import RequestError

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Host and port → addresses as text, in the order to try them. Raises `OSError` (`socket.gaierror`)."""

_MOST_ADDRESSES = 4
_RESOLVER_THREADS = 32
_NO_SUCH_NAME = frozenset({socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)})


class SystemResolver:
    """Asks the operating system, in threads of its own: a slow name server holds up nothing but its own callers."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolver")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._threads, self._look_up, host, port)
        return list(dict.fromkeys(str(place[0]) for *_, place in found))

    @staticmethod
    def _look_up(host: str, port: int) -> list[Any]:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)

    def close(self) -> None:
        """Let go of the threads; what is being looked up is not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """Connects like httpcore's own backend, after judging the address."""

    def __init__(self, allowed: AllowedHosts, resolve: Resolve) -> None:
        self._allowed = allowed
        self._resolve = resolve
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Raises `RequestError` when nothing may be, or can be, connected to; it names what to do."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        addresses = await self._addresses(host, port, timeout)
        failure: Exception | None = None
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            # Each address has its share of the time that is left, so that a dead first one is not the end.
            share = None if deadline is None else max(deadline - loop.time(), 0.001) / left
            try:
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        if isinstance(failure, httpcore.ConnectTimeout):
            raise _timed_out(f"{host}:{port} did not accept a connection in {timeout:g} s.") from failure
        raise RequestError(
            "connect_failed",
            f"No connection to {host}:{port}: {failure}. Check that the server runs and the port is right.",
            retryable=True,
        ) from failure

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        """Refused: a socket file is always private."""
        raise RequestError("address_refused", f"{path} is a socket of this machine. Use a public address.")

    async def sleep(self, seconds: float) -> None:
        """Used by httpcore between its own attempts."""
        await self._inner.sleep(seconds)

    async def _addresses(self, host: str, port: int, seconds: float | None) -> list[str]:
        literal = literal_address(host)
        found = [str(literal)] if literal is not None else await self._look_up(host, port, seconds)
        if self._allowed.names(canonical_host(host), port):
            return found[:_MOST_ADDRESSES]
        public = [address for address in found if why_refused(ipaddress.ip_address(address)) is None]
        if not public:
            # The address itself is not told: what the operator's name servers know is not the caller's to learn.
            raise address_refused(host, port, f"{host} has no public address")
        return public[:_MOST_ADDRESSES]

    async def _look_up(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                found = await self._resolve(host, port)
        except TimeoutError:
            raise _timed_out(f"The name {host} was not resolved in {seconds:g} s.") from None
        except (OSError, UnicodeError) as error:
            lasting = isinstance(error, UnicodeError) or error.errno in _NO_SUCH_NAME
            raise RequestError(
                "name_not_resolved",
                f"The name {host} cannot be resolved ({error}). Check its spelling.",
                retryable=not lasting,
            ) from None
        if not found:
            raise RequestError("name_not_resolved", f"The name {host} has no address. Check its spelling.")
        return list(found)


def _timed_out(what: str) -> RequestError:
    return RequestError("timeout", f"{what} Try again later, or allow more time.", retryable=True)
