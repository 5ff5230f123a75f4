"""Executes services that are an HTTP endpoint elsewhere: one signed request, answered at once or by a callback."""

from __future__ import annotations

import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

from tropeiro.executors.addresses import PUBLIC_ONLY, AllowedHosts
from tropeiro.executors.calls import Calls
from tropeiro.executors.http_answers import outcome_of
from tropeiro.executors.late_client import LateHttpClient
from tropeiro.executors.outcomes import MAX_OUTPUT, failure
from tropeiro.kernel.errors import ServiceError
from tropeiro.kernel.outcome import Outcome
from tropeiro.ports.executor import Call, HttpEndpoint, Reporter
from tropeiro.ports.network import HttpClient, HttpLimits, RequestError
from tropeiro.sdk.redaction import Redactor

_UNSURE = frozenset({"timeout", "connection_lost", "response_broken"})
"""The endpoint may have acted, or not: its idempotency key makes asking again safe."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is sent, as JSON."""

    inputs: Any
    job: str
    path: str
    attempt: int
    idempotency_key: str
    callback_url: str | None = None
    """Where to deliver the result after answering 202; only for services that declare it."""


def _now() -> datetime:
    return datetime.now(UTC)


class HttpExecutor:
    """Runs `HttpEndpoint` services. ``allowed`` are the private hosts that may be called nevertheless.

    ``now`` tells the time (UTC) for signatures and ``Retry-After``. One executor serves one event loop.
    """

    def __init__(self, allowed: AllowedHosts = PUBLIC_ONLY, *, now: Callable[[], datetime] = _now) -> None:
        self._allowed = allowed
        self._now = now
        self._calls = Calls()
        self._client: LateHttpClient | None = None

    async def start(self) -> None:
        """Prepare the HTTP client."""
        self._client = LateHttpClient(self._allowed)

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call. Errors: those of `RequestError` and `outcome_of`, ``signing_secret_invalid``."""
        endpoint = call.service.implementation
        if not isinstance(endpoint, HttpEndpoint):
            raise TypeError(f"HttpExecutor runs HttpEndpoint, not {type(endpoint).__name__}")
        if self._client is None:
            raise RuntimeError("HttpExecutor.execute() before start()")
        return await self._calls.run(self._execute(self._client, endpoint, call), call.service.name)

    async def stop(self) -> None:
        """Cancel the calls that still run; they answer ``executor_stopped``. Close every connection."""
        await self._calls.stop()
        if self._client is not None:
            await self._client.close()
            self._client = None

    async def _execute(self, client: HttpClient, endpoint: HttpEndpoint, call: Call) -> Outcome:
        redactor = Redactor({"credential": call.credential, "secret": call.signing_secret})
        seconds = call.timeout_ms / 1_000
        # Redirects are not followed: they would carry inputs and signature to a place that nobody declared.
        limits = HttpLimits(read=seconds, total=seconds, response_bytes=MAX_OUTPUT, redirects=0)
        try:
            content = _content(endpoint, call)
            headers = _headers(endpoint, call, content, self._now())
            response = await client.request(
                endpoint.method, endpoint.url, headers=headers, content=content, limits=limits
            )
            return outcome_of(response, call, endpoint, self._now(), redactor)
        except RequestError as error:
            error.retryable = error.retryable or (error.code in _UNSURE and call.service.idempotent)
            return failure(error, redactor)
        except ServiceError as error:
            return failure(error, redactor)


def _content(endpoint: HttpEndpoint, call: Call) -> bytes:
    return msgspec.json.encode(
        Message(
            inputs=call.inputs,
            job=str(call.job),
            path=call.path,
            attempt=call.attempt,
            idempotency_key=call.key,
            callback_url=call.callback_url if endpoint.callback else None,
        )
    )


def _headers(endpoint: HttpEndpoint, call: Call, content: bytes, now: datetime) -> list[tuple[str, str]]:
    """The declared headers, then ours; the signature is that of the Standard Webhooks specification."""
    own = {"content-type": "application/json", "accept": "application/json", "idempotency-key": call.key}
    if call.trace:
        own["traceparent"] = call.trace
    if call.signing_secret is not None:
        own["webhook-id"] = call.key
        own["webhook-timestamp"] = str(int(now.timestamp()))
        own["webhook-signature"] = _signature(call.signing_secret, call.key, now, content)
    elif endpoint.signing_credential is not None:
        raise ServiceError(
            "signing_secret_missing",
            f"The credential {endpoint.signing_credential!r} that signs the requests has no field `secret`. Add it.",
        )
    declared = [pair for pair in endpoint.headers.items() if pair[0].lower() not in own]
    return [*declared, *own.items()]


def _signature(secret: str, key: str, now: datetime, content: bytes) -> str:
    try:
        return Webhook(secret).sign(key, now, content.decode())
    except (binascii.Error, ValueError, EmptyWebhookSecretError):
        raise ServiceError(
            "signing_secret_invalid",
            "The signing secret is not base64 (with or without `whsec_` in front). Make a new one.",
        ) from None
