"""Idempotency keys."""

from __future__ import annotations

from uuid import UUID, uuid5


def idempotency_key(job: UUID, path: str) -> str:
    """The key of one step of one job: the same for every attempt, and another for every other step or job.

    A name-based UUID (RFC 9562, version 5) of the path under the job's id.
    """
    return str(uuid5(job, path))
