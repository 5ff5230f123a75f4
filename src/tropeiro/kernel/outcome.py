"""What came of a step: the answer that a worker, a timer, a join or a child job brings back."""

from __future__ import annotations

from typing import Any

import msgspec


class ErrorInfo(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as data: what is stored, shown, and seen by expressions as ``steps.<id>.error``."""

    code: str
    message: str
    retryable: bool = False
    path: str = ""
    """Path of the step where it arose, e.g. ``records[3].fetch``."""
    details: Any = None


def storable(error: ErrorInfo) -> ErrorInfo:
    """The error without what no text in PostgreSQL may have (U+0000, lone surrogates): an error must never be lost."""
    try:
        text = msgspec.json.encode(error)
    except UnicodeEncodeError:
        message = error.message.encode("utf-8", "replace").decode()
        return storable(ErrorInfo(error.code, message, error.retryable, error.path))
    if b"\\u0000" not in text:
        return error
    return msgspec.json.decode(text.replace(b"\\u0000", b"\\ufffd"), type=ErrorInfo)


class Done(msgspec.Struct, frozen=True, tag="done"):
    """It succeeded, with this output (plain JSON)."""

    output: Any = None


class Fail(msgspec.Struct, frozen=True, tag="fail"):
    """It failed; whether it is tried again is for the step's ``retry`` and the error's ``retryable`` to say."""

    error: ErrorInfo


class Retry(msgspec.Struct, frozen=True, tag="retry"):
    """It failed, and the service knows when trying again makes sense (``Retry-After``)."""

    error: ErrorInfo
    after_ms: int
    """At least this long; the step's own backoff applies when it is longer. Milliseconds."""


class Wait(msgspec.Struct, frozen=True, tag="wait"):
    """It will be answered later, from outside (an asynchronous callback)."""

    timeout_ms: int


class BranchResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one branch or item brought to its join."""

    index: int
    output: Any = None
    error: ErrorInfo | None = None


class Joined(msgspec.Struct, frozen=True, tag="joined"):
    """Enough branches arrived: all, or the one that decided. Ordered by index."""

    results: tuple[BranchResult, ...]


Outcome = Done | Fail | Retry | Wait | Joined
