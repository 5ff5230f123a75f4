"""The promise of an executor: it runs one call of one service, and says what came of it."""

from __future__ import annotations

from typing import Any, Protocol
from uuid import UUID

import msgspec

from tropeiro.kernel.outcome import Outcome
from tropeiro.kernel.retry import RetryPolicy


class Builtin(msgspec.Struct, frozen=True, tag="builtin"):
    """A service of the project ``core``, part of Tropeiro itself."""

    name: str


class PythonCode(msgspec.Struct, frozen=True, tag="python"):
    """A function in a bundle that a project applied."""

    bundle: str
    """SHA-256 (hex) of the bundle in the blob store."""
    entry: str
    """``module:function`` inside the bundle."""
    blocking: bool
    """True for a plain function: it runs in a process of its own that can be killed."""


class HttpEndpoint(msgspec.Struct, frozen=True, tag="http"):
    """An endpoint elsewhere, declared without code."""

    url: str
    method: str = "POST"
    headers: dict[str, str] = {}
    signing_credential: str | None = None
    """Credential whose field ``secret`` signs requests (Standard Webhooks)."""
    callback: bool = False
    """True when the endpoint answers 202 and delivers its result to ``callback_url`` later."""


class Automation(msgspec.Struct, frozen=True, tag="automation"):
    """A published workflow; calling it starts a child job."""

    workflow_version: UUID


Implementation = Builtin | PythonCode | HttpEndpoint | Automation


class ServiceVersion(msgspec.Struct, frozen=True, kw_only=True):
    """One immutable version of a service, as a worker needs it."""

    id: UUID
    organization: UUID
    project: UUID
    name: str
    """``project/service``, for people."""
    version: int
    implementation: Implementation
    input_schema: Any = None
    output_schema: Any = None
    timeout_ms: int = 300_000
    retry: RetryPolicy = RetryPolicy()
    idempotent: bool = True
    pure: bool = False


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One call, ready to be made. Inputs were rendered and checked against the schema."""

    service: ServiceVersion
    inputs: Any
    job: UUID
    organization: UUID
    """The organization whose job this is (the same as the service's for a private service)."""
    project: UUID | None
    path: str
    attempt: int
    key: str
    """Idempotency key: the same for every attempt of this step of this job."""
    timeout_ms: int
    credential: dict[str, Any] | None = None
    """The named credential, decrypted for this call; never logged, never stored."""
    credential_name: str | None = None
    signing_secret: str | None = None
    """Field ``secret`` of ``HttpEndpoint.signing_credential``; set only for HTTP services that name one."""
    callback_url: str | None = None
    """Where an asynchronous HTTP service delivers its result; set only for those."""
    trace: str = ""


class Reporter(Protocol):
    """Where a running call says what it is doing. Both return at once; lines are bounded and flushed by the worker."""

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        """Add one line to the job's log. Levels: debug, info, warning, error."""

    def progress(self, fraction: float, message: str) -> None:
        """Say how far the step is, 0.0 to 1.0."""


class Executor(Protocol):
    """Runs calls of some kinds of implementation. Cancelling the task that awaits ``execute`` cancels the call."""

    async def start(self) -> None:
        """Prepare; called once, before the first call."""

    async def execute(self, call: Call, report: Reporter) -> Outcome:
        """Make the call. Never raises for what the service did: that is a ``Fail`` or a ``Retry``.

        The call ends with ``Fail`` and the code ``timeout`` when it has run for ``call.timeout_ms``; waiting for a
        place to run does not count.
        """

    async def stop(self) -> None:
        """End whatever is still running, and free everything."""
