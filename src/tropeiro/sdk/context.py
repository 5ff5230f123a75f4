"""What a running service knows about its call, and how it speaks to the job."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import msgspec
from pydantic_core import to_jsonable_python

from tropeiro.kernel.errors import ServiceError
from tropeiro.ports.executor import Reporter
from tropeiro.sdk.redaction import Redactor

MAX_MESSAGE = 16_000
"""Characters of one log message; the rest is cut."""
MAX_FIELDS = 64_000
"""Bytes of one line's fields as JSON; more are left out, and the line says so."""


class Log:
    """Writes structured lines into the job's log: ``context.log.info("page fetched", rows=1000)``.

    Fields become plain JSON (what has no JSON form becomes its text). Values of the call's credential are masked.
    """

    def __init__(self, reporter: Reporter, redactor: Redactor) -> None:
        self._reporter = reporter
        self._redactor = redactor

    def debug(self, message: str, /, **fields: Any) -> None:
        """Something only its developer wants to read."""
        self._write("debug", message, fields)

    def info(self, message: str, /, **fields: Any) -> None:
        """Something that happened as it should."""
        self._write("info", message, fields)

    def warning(self, message: str, /, **fields: Any) -> None:
        """Something that a person should look at some time."""
        self._write("warning", message, fields)

    def error(self, message: str, /, **fields: Any) -> None:
        """Something that went wrong. The step goes on; raise `ServiceError` to fail it."""
        self._write("error", message, fields)

    def _write(self, level: str, message: str, fields: dict[str, Any]) -> None:
        text = self._redactor.text(str(message))
        if len(text) > MAX_MESSAGE:
            text = f"{text[:MAX_MESSAGE]}… ({len(text) - MAX_MESSAGE} characters cut)"
        plain: dict[str, Any] = self._redactor.json(to_jsonable_python(fields, fallback=str)) if fields else {}
        if plain:
            size = len(msgspec.json.encode(plain))
            if size > MAX_FIELDS:
                plain = {"left_out": f"{size} bytes of fields; a line carries at most {MAX_FIELDS}"}
        self._reporter.log(level, text, plain)


class Context:
    """One call, as the service sees it. The same in a worker's event loop and in a process of its own."""

    def __init__(
        self,
        *,
        reporter: Reporter,
        job: UUID,
        path: str,
        attempt: int,
        organization: UUID,
        project: UUID | None,
        idempotency_key: str,
        timeout_ms: int,
        credential: dict[str, Any] | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self.job = job
        """Id of the job that makes this call."""
        self.path = path
        """Where in the job, e.g. ``records[3].fetch``."""
        self.attempt = attempt
        """Which try this is, from 1. Lost workers count too."""
        self.organization = organization
        """Id of the organization whose job this is."""
        self.project = project
        """Id of the project whose workflow this is, when it belongs to one."""
        self.idempotency_key = idempotency_key
        """The same for every attempt of this step of this job: hand it to systems that refuse duplicates."""
        self.credential = credential
        """Fields of the credential that the step names, or ``None``."""
        self.redactor = redactor or Redactor(credential)
        self.watches_cancellation = False
        """Whether the service has looked at `cancelled`, and so stops by itself."""
        self._ends = time.monotonic() + timeout_ms / 1_000
        self._reporter = reporter
        self._over = False
        self._cancelled: threading.Event | None = None

    @cached_property
    def log(self) -> Log:
        """The job's log."""
        return Log(self._reporter, self.redactor)

    @cached_property
    def deadline(self) -> datetime:
        """When the call is ended, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.remaining())

    @property
    def cancelled(self) -> threading.Event:
        """Set when the call was cancelled or ran out of time; ``is_set()`` asks, ``wait(seconds)`` pauses until then.

        For plain functions. A function that has looked at it is left a moment to stop by itself; one that never
        does is interrupted. Async functions get `asyncio.CancelledError` at their next ``await``.
        """
        self.watches_cancellation = True
        if self._cancelled is None:
            self._cancelled = threading.Event()
            if self._over:
                self._cancelled.set()
        return self._cancelled

    def cancel(self) -> None:
        """Tell the service that its call is over. For whoever runs the service."""
        self._over = True
        if self._cancelled is not None:
            self._cancelled.set()

    def credential_required(self) -> dict[str, Any]:
        """Fields of the credential. Raises `ServiceError` ``credential_missing``, not retryable, when there is none."""
        if self.credential is None:
            raise ServiceError(
                "credential_missing",
                f'The step `{self.path}` needs a credential. Name one in the step: "credential": "<its name>".',
            )
        return self.credential

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far the call is, 0.0 to 1.0 (values outside are moved to the nearest end)."""
        share = float(fraction)
        if share != share:
            raise ValueError("progress takes a number from 0.0 to 1.0, not NaN")
        self._reporter.progress(min(1.0, max(0.0, share)), self.redactor.text(str(message))[:MAX_MESSAGE])

    def remaining(self) -> float:
        """Seconds until the deadline; 0.0 when it has passed."""
        return max(0.0, self._ends - time.monotonic())
