"""Idempotency keys."""

from __future__ import annotations

from hashlib import sha1
from uuid import UUID


def idempotency_key(job: UUID, path: str) -> str:
    """The key of one step of one job: the same for every attempt, and another for every other step or job.

    A name-based UUID (RFC 9562, version 5) of the path under the job's id.
    """
    digest = bytearray(sha1(job.int.to_bytes(16) + path.encode(), usedforsecurity=False).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x50
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
