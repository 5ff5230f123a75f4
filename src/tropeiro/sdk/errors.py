"""The errors of the SDK, besides `ServiceError`, which the kernel owns."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tropeiro.kernel.errors import InvalidInput, ServiceError


class DeclarationError(InvalidInput):
    """A function cannot be a service as it is written."""

    code = "declaration_invalid"

    def __init__(self, where: str, name: str, message: str, *, hint: str = "") -> None:
        self.where = where
        """``file:line`` of the function."""
        super().__init__(f"{where}: service function `{name}`: {message}{f' {hint}' if hint else ''}", hint=hint)


class OutputInvalid(InvalidInput):
    """What the service returned cannot be written as JSON."""

    code = "output_not_json"


class RetryLater(ServiceError):
    """The service cannot answer now, and knows when trying again makes sense (a quota, a ``Retry-After``).

    ``after`` is in seconds, or a `timedelta`. The step's own backoff applies when it is longer.
    """

    def __init__(
        self, after: float | timedelta, code: str = "retry_later", message: str = "", *, details: Any = None
    ) -> None:
        seconds = after.total_seconds() if isinstance(after, timedelta) else float(after)
        if not 0 <= seconds <= 365 * 86_400:
            raise ValueError(f"RetryLater takes 0 seconds to 365 days, not {after!r}")
        super().__init__(
            code, message or f"Cannot answer now; try again in {seconds:g} s", retryable=True, details=details
        )
        self.after_ms = round(seconds * 1_000)
        """At least this long until the next try. Milliseconds."""
