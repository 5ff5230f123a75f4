"""What a service can do with its context."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tropeiro.kernel.errors import ServiceError
from tropeiro.kernel.ids import uuid7
from tropeiro.sdk import Context, RetryLater, service
from tropeiro.sdk.context import MAX_FIELDS, MAX_MESSAGE
from tropeiro.sdk.testing import call


class Recorder:
    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []
        self.moves: list[tuple[float, str]] = []

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.lines.append((level, message, fields))

    def progress(self, fraction: float, message: str) -> None:
        self.moves.append((fraction, message))


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def context_for(recorder: Recorder, **changes: Any) -> Context:
    values: dict[str, Any] = {
        "job": uuid7(),
        "path": "step",
        "attempt": 1,
        "organization": uuid7(),
        "project": None,
        "idempotency_key": "k",
        "timeout_ms": 10_000,
    }
    return Context(reporter=recorder, **(values | changes))


def test_lines_have_a_level_and_plain_fields(recorder: Recorder) -> None:
    log = context_for(recorder).log
    log.debug("a")
    log.info("b", n=1, when=datetime(2024, 1, 1, tzinfo=UTC), kinds={int}, level="x", message="y")
    log.warning("c")
    log.error("d")
    assert recorder.lines == [
        ("debug", "a", {}),
        (
            "info",
            "b",
            {"n": 1, "when": "2024-01-01T00:00:00Z", "kinds": ["<class 'int'>"], "level": "x", "message": "y"},
        ),
        ("warning", "c", {}),
        ("error", "d", {}),
    ]


def test_long_lines_are_cut_and_say_so(recorder: Recorder) -> None:
    log = context_for(recorder).log
    log.info("x" * (MAX_MESSAGE + 5), data="y" * MAX_FIELDS)
    ((_, message, fields),) = recorder.lines
    assert message.endswith("… (5 characters cut)")
    assert "bytes of fields" in fields["left_out"]


def test_progress_stays_between_zero_and_one(recorder: Recorder) -> None:
    context = context_for(recorder)
    for fraction in (-1, 0.5, 7):
        context.progress(fraction, "going")
    assert recorder.moves == [(0.0, "going"), (0.5, "going"), (1.0, "going")]
    with pytest.raises(ValueError, match="NaN"):
        context.progress(math.nan)


def test_the_deadline_is_the_timeout_from_now(recorder: Recorder) -> None:
    context = context_for(recorder, timeout_ms=10_000)
    assert timedelta(seconds=9) < context.deadline - datetime.now(UTC) <= timedelta(seconds=10)
    assert 9 < context.remaining() <= 10
    assert context_for(recorder, timeout_ms=0).remaining() == 0.0


def test_cancellation_is_an_event(recorder: Recorder) -> None:
    context = context_for(recorder)
    assert not context.watches_cancellation
    assert not context.cancelled.is_set()
    assert context.watches_cancellation
    context.cancel()
    assert context.cancelled.wait(0)


def test_a_missing_credential_is_an_error_that_is_not_retried(recorder: Recorder) -> None:
    with pytest.raises(ServiceError) as caught:
        context_for(recorder).credential_required()
    assert (caught.value.code, caught.value.retryable) == ("credential_missing", False)
    assert context_for(recorder, credential={"token": "t"}).credential_required() == {"token": "t"}


def test_the_credential_is_masked_in_lines_and_progress(recorder: Recorder) -> None:
    context = context_for(recorder, credential={"token": "s3cret-value", "nested": {"pin": 12345678}})
    context.log.info("using s3cret-value", url="https://x/?t=s3cret-value", deep=[{"s3cret-value": 12345678}])
    context.progress(0.1, "s3cret-value")
    assert recorder.lines == [("info", "using ***", {"url": "https://x/?t=***", "deep": [{"***": "***"}]})]
    assert recorder.moves == [(0.1, "***")]


def test_retry_later_takes_seconds_or_a_timedelta() -> None:
    error = RetryLater(1.5, "quota", "Wait")
    assert (error.after_ms, error.code, error.message, error.retryable) == (1_500, "quota", "Wait", True)
    assert RetryLater(timedelta(minutes=1)).after_ms == 60_000
    assert "60 s" in RetryLater(60).message
    with pytest.raises(ValueError, match="365 days"):
        RetryLater(-1)


def test_a_test_sees_logs_progress_and_output() -> None:
    @service
    async def greet(context: Context, name: str) -> str:
        context.log.info("greeting", name=name, attempt=context.attempt, key=context.idempotency_key)
        context.progress(1, "done")
        return f"Hello, {name}"

    result = call(greet, {"name": "Ana"}, attempt=2, idempotency_key="k")
    assert result.output == "Hello, Ana"
    assert result.logs[0].fields == {"name": "Ana", "attempt": 2, "key": "k"}
    assert result.progress == ((1.0, "done"),)
