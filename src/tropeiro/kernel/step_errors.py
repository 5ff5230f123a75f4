"""Errors that the platform itself gives to a step."""

from __future__ import annotations

from tropeiro.kernel.errors import ExpressionError, SchemaMismatch
from tropeiro.kernel.outcome import ErrorInfo
from tropeiro.kernel.workflow import Step


def timed_out(step: Step, timeout_ms: int | None) -> ErrorInfo:
    """The error of a step that took too long; retryable, as the next try may be quicker."""
    limit = f" after {timeout_ms / 1000:g} s" if timeout_ms is not None else ": the time of what encloses it is up"
    return ErrorInfo(code="timeout", message=f"Step {step.id} timed out{limit}.", retryable=True)


def job_timed_out(error: ErrorInfo) -> ErrorInfo:
    """The error of a job whose time is up; ``error`` is that of the step which was under way."""
    message = f"The time of the job is up. {error.message}"
    return ErrorInfo(code="timeout", message=message, retryable=True, path=error.path)


def rejected(by: str, reason: str = "") -> ErrorInfo:
    """The error of an approval that somebody said no to; asking again would not be another question."""
    message = f"Rejected by {by}: {reason}" if reason else f"Rejected by {by}."
    return ErrorInfo(code="rejected", message=message, details={"by": by, "reason": reason})


def expression_failed(error: ExpressionError) -> ErrorInfo:
    """An expression that cannot be evaluated fails its step at once: the same data would fail again."""
    details = {"key": error.key, "column": error.column}
    message = f"{error.message} {error.hint}".strip()
    return ErrorInfo(code=error.code, message=message, details=details)


def replace_key(error: ExpressionError, prefix: str) -> ExpressionError:
    """The same error, its key told from the document's root."""
    key = error.key if error.key.startswith(prefix) else prefix + error.key
    return ExpressionError(error.message, key=key, column=error.column, hint=error.hint)


def mismatch(error: SchemaMismatch) -> ErrorInfo:
    """A value that does not match its schema fails its step at once: the same value would fail again."""
    return ErrorInfo(code=error.code, message=error.message, details=error.details)
