"""From what a service did, returned or raised, to an `Outcome`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from pydantic_core import to_jsonable_python

from tropeiro.executors.traceback_frames import frames_inside
from tropeiro.kernel.durations import format_duration
from tropeiro.kernel.errors import ServiceError, TropeiroError
from tropeiro.kernel.outcome import ErrorInfo, Fail, Retry
from tropeiro.sdk.definition import ServiceDefinition
from tropeiro.sdk.errors import OutputInvalid, RetryLater
from tropeiro.sdk.redaction import Redactor

MAX_OUTPUT = 16 * 1024 * 1024
"""Bytes of an output as JSON."""
MAX_MESSAGE = 4_000
"""Characters of an error's message."""
MAX_DETAILS = 64_000
"""Bytes of an error's details as JSON."""


def encode_output(definition: ServiceDefinition, value: Any) -> bytes | Fail:
    """What the function returned as JSON text, or why it cannot be one."""
    try:
        data = definition.output(value)
    except OutputInvalid as error:
        return Fail(ErrorInfo(code="output_not_json", message=_bounded(error.message)))
    if len(data) > MAX_OUTPUT:
        return Fail(
            ErrorInfo(
                code="output_too_large",
                message=f"`{definition.name}` returned {len(data):,} bytes of JSON; an output has at most "
                f"{MAX_OUTPUT:,}. Return the data in pages, or store it elsewhere and return where it is.",
                details={"bytes": len(data), "limit": MAX_OUTPUT},
            )
        )
    return data


def refused(error: TropeiroError, redactor: Redactor, *, retryable: bool = False) -> Fail:
    """The call could not be made at all: inputs that the function refuses, or code that cannot be imported."""
    return Fail(
        ErrorInfo(
            code=error.code,
            message=_bounded(redactor.text(error.message)),
            retryable=retryable,
            details=_plain(error.details, redactor),
        )
    )


def failure(error: BaseException, redactor: Redactor, folder: Path | None = None) -> Fail | Retry:
    """What the service raised. ``folder`` is its bundle's: frames of the traceback below it go into the details."""
    if isinstance(error, ServiceError):
        info = ErrorInfo(
            code=str(error.code),
            message=_bounded(redactor.text(error.message)),
            retryable=bool(error.retryable),
            details=_plain(error.details, redactor),
        )
        return Retry(error=info, after_ms=error.after_ms) if isinstance(error, RetryLater) else Fail(info)
    frames = frames_inside(error, folder) if folder is not None else []
    details: dict[str, Any] = {"exception": type(error).__name__}
    if frames:
        details["traceback"] = frames
    text = _text_of(error)
    message = f"{type(error).__name__}: {text}" if text else type(error).__name__
    return Fail(
        ErrorInfo(
            code="unexpected_error",
            message=_bounded(redactor.text(message)),
            retryable=True,
            details=_plain(details, redactor),
        )
    )


def timed_out(name: str, timeout_ms: int) -> Fail:
    """The call took longer than it may."""
    return Fail(
        ErrorInfo(
            code="timeout",
            message=f"`{name}` did not answer within {format_duration(timeout_ms)}",
            retryable=True,
            details={"timeout_ms": timeout_ms},
        )
    )


def unloadable(name: str, error: Exception, redactor: Redactor) -> Fail:
    """The service's bundle could not be fetched, unpacked or imported. A store out of reach may be back later."""
    if isinstance(error, TropeiroError):
        reason, retryable = error.message, False
    elif isinstance(error, TimeoutError):
        reason, retryable = "it took too long", True
    else:
        reason, retryable = f"{type(error).__name__}: {_text_of(error)}", True
    text = _bounded(redactor.text(f"The code of `{name}` cannot be loaded: {reason}"))
    return Fail(ErrorInfo(code="service_unloadable", message=text, retryable=retryable))


def stopped(name: str) -> Fail:
    """The executor itself was stopped below the call."""
    return Fail(
        ErrorInfo(code="executor_stopped", message=f"The worker stopped while `{name}` was running", retryable=True)
    )


def _text_of(error: BaseException) -> str:
    try:
        return str(error)
    except Exception as broken:  # noqa: BLE001 -- an exception of a service may be unable to tell about itself
        return f"(its text cannot be made: {type(broken).__name__})"


def _bounded(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[:MAX_MESSAGE]}… ({len(text) - MAX_MESSAGE} characters cut)"


def _plain(details: Any, redactor: Redactor) -> Any:
    if details is None:
        return None
    plain = redactor.json(to_jsonable_python(details, fallback=str))
    size = len(msgspec.json.encode(plain))
    return plain if size <= MAX_DETAILS else {"left_out": f"{size} bytes of details; at most {MAX_DETAILS} are kept"}
