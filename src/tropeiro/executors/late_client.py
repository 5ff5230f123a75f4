"""The HTTP client of an executor, made for its first request.

What speaks HTTP and TLS takes a worker longer to load than everything else it needs, and as much memory as a connection
pool in full use; a worker whose workflows call nobody does without.
"""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING

from tropeiro.executors.addresses import PUBLIC_ONLY, AllowedHosts, canonical_host
from tropeiro.ports.network import DEFAULT_LIMITS, Headers, HttpLimits, HttpResponse

if TYPE_CHECKING:
    from tropeiro.executors.network import SafeHttpClient


class LateHttpClient:
    """A `SafeHttpClient` that loads and makes itself, in a thread, while the first request waits. For one event loop.

    Close it when done.
    """

    def __init__(self, allowed: AllowedHosts = PUBLIC_ONLY) -> None:
        self._allowed = allowed
        self._client: SafeHttpClient | None = None
        self._making = asyncio.Lock()

    async def request(
        self, method: str, url: str, *, headers: Headers = (), content: bytes = b"", limits: HttpLimits = DEFAULT_LIMITS
    ) -> HttpResponse:
        """See `tropeiro.ports.network.HttpClient`."""
        client = self._client or await self._made()
        return await client.request(method, url, headers=headers, content=content, limits=limits)

    def allows_private(self, host: str, port: int) -> bool:
        """See `tropeiro.ports.network.HttpClient`."""
        return self._allowed.names(canonical_host(host), port)

    async def close(self) -> None:
        """Close every connection."""
        async with self._making:
            if self._client is not None:
                await self._client.close()
                self._client = None

    async def _made(self) -> SafeHttpClient:
        async with self._making:
            if self._client is None:
                self._client = await asyncio.to_thread(_make, self._allowed)
            return self._client


def _make(allowed: AllowedHosts) -> SafeHttpClient:
    made: SafeHttpClient = import_module("tropeiro.executors.network").SafeHttpClient(allowed)
    return made
