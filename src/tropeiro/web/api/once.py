"""Starting a job for a program: once for each idempotency key, however often the request comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection
from django.utils import timezone

from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.ids import uuid7
from tropeiro.web.api.problems import KeyReused
from tropeiro.web.api.shapes import StartJob
from tropeiro.web.jobs.actions import start_named
from tropeiro.web.member import Member
from tropeiro.web.permissions import Verb
from tropeiro.web.tenancy import tenant

KEPT = timedelta(days=7)
"""For so long a key is remembered."""
LONGEST_KEY = 255
_FORGOTTEN_AT_ONCE = 1_000
_FORGETS_ONE_IN = 64


@dataclass(frozen=True, slots=True)
class Once:
    """The job of a request."""

    job: UUID
    name: str
    replayed: bool
    """Whether an earlier request with the same key started it."""


def start_once(member: Member, wanted: StartJob, key: str | None) -> Once:
    """Start a job, unless a request with this key has started one already: then that one it is.

    Two requests with one key at the same time take turns. Raises as `jobs.actions.start_named` does, `InvalidInput`
    for what is no key, and `KeyReused` when the key came with another request.
    """
    member.require(Verb.START_JOB)
    if key is not None and not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        raise InvalidInput(f"An idempotency key has 1 to {LONGEST_KEY} printable characters.")
    job = uuid7()
    with tenant(member.organization):
        if key is not None and (known := _claim(member, key, _digest(wanted), job)) is not None:
            return known
        name = start_named(
            member,
            wanted.run,
            wanted.inputs,
            job=job,
            project=wanted.project,
            priority=wanted.priority,
            timeout_ms=wanted.timeout_ms,
            mock=wanted.mock,
            trigger="api",
        )
    return Once(job, name, False)


def _claim(member: Member, key: str, digest: bytes, job: UUID) -> Once | None:
    """Take the key for ``job``; ``None`` when it was free. Waits for another request that is just using it."""
    if job.int % _FORGETS_ONE_IN == 0:
        _forget(member)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tropeiro_idempotency_key (organization_id, key, digest, job_id, at)"
            " VALUES (%s, %s, %s, %s, now()) ON CONFLICT (organization_id, key) DO NOTHING RETURNING job_id",
            [member.organization, key, digest, job],
        )
        if cursor.fetchone() is not None:
            return None
        cursor.execute(
            "SELECT k.digest, k.job_id, coalesce(j.name, '') FROM tropeiro_idempotency_key k"
            " LEFT JOIN tropeiro_job j ON j.id = k.job_id WHERE k.organization_id = %s AND k.key = %s",
            [member.organization, key],
        )
        before, first, name = cursor.fetchone()
    if bytes(before) != digest:
        raise KeyReused(hint="Use a new key for every new request.")
    return Once(first, name, True)


def _forget(member: Member) -> None:
    """Drop some keys whose time is over; never one that another request is just dropping."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM tropeiro_idempotency_key k USING (SELECT o.key FROM tropeiro_idempotency_key o"
            " WHERE o.organization_id = %(organization)s AND o.at < %(before)s ORDER BY o.at LIMIT %(most)s"
            " FOR UPDATE SKIP LOCKED) old WHERE k.organization_id = %(organization)s AND k.key = old.key",
            {"organization": member.organization, "before": timezone.now() - KEPT, "most": _FORGOTTEN_AT_ONCE},
        )


def _digest(wanted: StartJob) -> bytes:
    value: dict[str, Any] = wanted.model_dump()
    return sha256(msgspec.json.encode(value, order="sorted")).digest()
