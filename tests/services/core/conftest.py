from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from loopback import Loopback, loopback
from tropeiro.executors.addresses import AllowedHosts
from tropeiro.executors.builtin import BuiltinExecutor
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome, Retry
from tropeiro.kernel.schema import check
from tropeiro.ports.executor import Builtin, Call, ServiceVersion
from tropeiro.services.core import CORE_SERVICES

DEFINITIONS = {definition.name: definition for definition in CORE_SERVICES}


class Lines:
    """A reporter that remembers."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, dict[str, Any]]] = []

    def log(self, level: str, message: str, fields: dict[str, Any]) -> None:
        self.lines.append((level, message, fields))

    def progress(self, fraction: float, message: str) -> None:
        pass


class Core:
    """Calls built-in services as a worker does: inputs and output are checked against the schemas."""

    def __init__(self, executor: BuiltinExecutor) -> None:
        self._executor = executor
        self.report = Lines()

    async def outcome(
        self, name: str, inputs: Any, credential: dict[str, Any] | None = None, timeout_ms: int = 10_000
    ) -> Outcome:
        definition = DEFINITIONS[name]
        check(definition.input_schema, inputs, what="inputs")
        version = ServiceVersion(
            id=uuid7(),
            organization=uuid7(),
            project=uuid7(),
            name=f"core/{name}",
            version=definition.version,
            implementation=Builtin(name),
        )
        call = Call(
            service=version,
            inputs=inputs,
            job=uuid7(),
            organization=version.organization,
            project=None,
            path="step",
            attempt=1,
            key="key-of-this-step",
            timeout_ms=timeout_ms,
            credential=credential,
        )
        outcome = await self._executor.execute(call, self.report)
        if isinstance(outcome, Done):
            check(definition.output_schema, outcome.output, what="output")
        return outcome

    async def __call__(self, name: str, inputs: Any, credential: dict[str, Any] | None = None) -> Any:
        """The output of a call that succeeds."""
        outcome = await self.outcome(name, inputs, credential)
        assert isinstance(outcome, Done), outcome
        return outcome.output

    async def fails(self, name: str, inputs: Any, credential: dict[str, Any] | None = None) -> ErrorInfo:
        """The error of a call that fails."""
        outcome = await self.outcome(name, inputs, credential)
        assert isinstance(outcome, Fail | Retry), outcome
        return outcome.error


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def core(server: Loopback) -> AsyncIterator[Core]:
    executor = BuiltinExecutor(CORE_SERVICES, AllowedHosts.parse([server.place]))
    await executor.start()
    yield Core(executor)
    await executor.stop()
