"""Answers of asynchronous HTTP services, delivered to the packet that waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail
from tropeiro.kernel.route import read_route
from tropeiro.kernel.sealing import open_fields
from tropeiro.kernel.wire import pack_answer
from tropeiro.ports.executor import HttpEndpoint, Implementation
from tropeiro.sql import statement
from tropeiro.web.jobs.starting import store_blobs

_WAITING = """
SELECT p.job_id, p.organization_id, (p.body ->> 'step')::int, r.text::text
FROM tropeiro_packet p
JOIN tropeiro_route r ON r.organization_id = p.organization_id AND r.digest = p.route_digest
WHERE p.id = %s AND p.token = %s
"""
_SERVICE = """
SELECT v.implementation::text, v.organization_id, s.project_id
FROM tropeiro_service_version v JOIN tropeiro_service s ON s.id = v.service_id WHERE v.id = %s
"""


class CallbackError(msgspec.Struct, frozen=True):
    """How a service says that it failed."""

    code: str
    message: str = ""
    retryable: bool = False


class Callback(msgspec.Struct, frozen=True):
    """What a service delivers: ``{"output": …}`` or ``{"error": {"code", "message", "retryable"}}``."""

    output: Any = msgspec.UNSET
    error: CallbackError | msgspec.UnsetType = msgspec.UNSET


def deliver(packet: UUID, token: int, body: bytes, headers: Mapping[str, str]) -> None:
    """Hand an answer to the packet that was leased under ``token``. Whoever calls has read both from a valid address.

    Outside of any tenant's transaction: the address is the permission. Raises `InvalidInput` (the body), `Forbidden`
    (the signature), `NotFound` and `Conflict` when nothing waits for it any more.
    """
    answer = _read(body)
    with connection.cursor() as cursor:
        cursor.execute(_WAITING, [packet, token])
        row = cursor.fetchone()
    if row is None:
        raise NotFound("Nothing waits for this answer any more.")
    job, organization, step, route = row
    service = read_route(route.encode()).workflow.steps[step].service
    secret = _signing_secret(service) if service else None
    if secret is not None:
        _verify(secret, body, headers)
    packed = pack_answer(answer, organization, job)
    store_blobs(packed.blobs)
    with connection.cursor() as cursor:
        params: dict[str, Any] = {"packet": packet, "token": token, "answer": packed.text.decode()}
        cursor.execute(statement("store", "callback"), params)
        if not cursor.fetchone()[0]:
            raise Conflict("This was answered already.")


def _read(body: bytes) -> Done | Fail:
    try:
        read = msgspec.json.decode(body, type=Callback)
    except msgspec.DecodeError as error:
        raise InvalidInput(f"The body cannot be read: {error}.", hint='Send {"output": …} or {"error": {…}}.') from None
    if (read.output is msgspec.UNSET) == (read.error is msgspec.UNSET):
        raise InvalidInput("The body needs either `output` or `error`.", hint='Send {"output": …} or {"error": {…}}.')
    if isinstance(read.error, CallbackError):
        said = read.error
        return Fail(ErrorInfo(code=said.code[:100], message=said.message[:10_000], retryable=said.retryable))
    return Done(read.output)


def _signing_secret(version: UUID) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(_SERVICE, [version])
        row = cursor.fetchone()
        if row is None:
            return None
        implementation = msgspec.json.decode(row[0], type=cast("Any", Implementation))
        if not isinstance(implementation, HttpEndpoint) or implementation.signing_credential is None:
            return None
        wanted: dict[str, Any] = {"organization": row[1], "project": row[2], "name": implementation.signing_credential}
        cursor.execute(statement("store", "credential"), wanted)
        found = cursor.fetchone()
    if found is None:
        raise Forbidden("The credential that answers are checked with is gone.")
    id_, organization, sealed, data_key = found
    fields = open_fields(settings.TROPEIRO.master_keys, bytes(data_key), bytes(sealed), organization, id_)
    return str(fields.get("secret", ""))


def _verify(secret: str, body: bytes, headers: Mapping[str, str]) -> None:
    try:
        Webhook(secret).verify(body, {name.lower(): value for name, value in headers.items()})
    except (WebhookVerificationError, ValueError, RuntimeError):
        raise Forbidden("The signature does not fit.", hint="Sign as Standard Webhooks says.") from None
