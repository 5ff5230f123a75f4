"""Running a service in a unit test, with the checks that a worker makes.

::

    from tropeiro.sdk.testing import call

    def test_it_greets_by_name():
        result = call(greet, {"name": "Ana"})
        assert result.output == "Hello, Ana"
        assert result.logs[0].message == "greeting"
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.schema import check
from tropeiro.sdk.context import Context
from tropeiro.sdk.definition import definition_of


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line that the service wrote."""

    level: str
    message: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class CallResult:
    """What came of a call."""

    output: Any
    """Plain JSON, as the next step of a workflow would see it."""
    logs: tuple[LogLine, ...]
    progress: tuple[tuple[float, str], ...]
    """Fraction and message, in the order reported."""


@dataclass(slots=True)
class _Recorder:
    logs: list[LogLine] = field(default_factory=list)
    steps: list[tuple[float, str]] = field(default_factory=list)

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.logs.append(LogLine(level, message, fields))

    def progress(self, fraction: float, message: str) -> None:
        self.steps.append((fraction, message))


def call(
    service_function: Callable[..., Any],
    inputs: dict[str, Any],
    credential: dict[str, Any] | None = None,
    *,
    attempt: int = 1,
    idempotency_key: str = "test",
) -> CallResult:
    """Call a service with JSON inputs, checking inputs and output against its schemas.

    Works in plain and in async tests. Raises `SchemaMismatch` when inputs or output do not match, and whatever the
    service raises, unchanged. Neither timeout nor retries apply.
    """
    definition = definition_of(service_function)
    plain = msgspec.json.decode(msgspec.json.encode(inputs))
    check(definition.input_schema, plain, what=f"inputs of {definition.name}")
    recorder = _Recorder()
    context = Context(
        reporter=recorder,
        job=uuid7(),
        path=definition.name,
        attempt=attempt,
        organization=uuid7(),
        project=uuid7(),
        idempotency_key=idempotency_key,
        timeout_ms=definition.timeout_ms,
        credential=credential,
    )
    positional, named = definition.arguments(plain, context)
    if definition.blocking:
        returned = definition.function(*positional, **named)
    else:
        # A thread of its own, since a test may already run in an event loop.
        with ThreadPoolExecutor(max_workers=1) as thread:
            returned = thread.submit(asyncio.run, definition.function(*positional, **named)).result()
    output = msgspec.json.decode(definition.output(returned))
    check(definition.output_schema, output, what=f"output of {definition.name}")
    return CallResult(output, tuple(recorder.logs), tuple(recorder.steps))
