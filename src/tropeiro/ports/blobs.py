"""The promise of a blob store: large values by reference (the *claim check* pattern)."""

from __future__ import annotations

from typing import Protocol


class Blobs(Protocol):
    """Immutable bytes by name. Writing the same name again is harmless: names are made from the content."""

    async def put(self, name: str, data: bytes) -> None:
        """Store ``data`` durably under ``name`` (segments of ``[A-Za-z0-9._-]`` joined by ``/``)."""

    async def get(self, name: str) -> bytes:
        """The bytes stored under ``name``. Raises `NotFound`."""

    async def delete_prefix(self, prefix: str) -> None:
        """Forget everything whose name starts with ``prefix`` and a slash; nothing there is fine."""
