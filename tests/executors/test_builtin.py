from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tropeiro.executors.builtin import BuiltinExecutor
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, Fail, Retry
from tropeiro.ports.executor import Builtin, Call, HttpEndpoint, Implementation, ServiceVersion
from tropeiro.ports.network import HTTP_CLIENT, http_client
from tropeiro.sdk import Context, RetryLater, ServiceDefinition, definition_of, service

STARTED = asyncio.Event()


class Silent:
    def log(self, level: str, message: str, fields: dict[str, Any]) -> None: ...
    def progress(self, fraction: float, message: str) -> None: ...


@service
async def double(number: int) -> int:
    return number * 2


@service(name="double", version=2)
async def double_again(number: int) -> str:
    return f"{number * 2}"


@service
async def busy() -> None:
    raise RetryLater(2.5, "busy", "Later.")


@service
async def endless(context: Context) -> None:
    STARTED.set()
    await asyncio.Event().wait()


@service
async def network() -> str:
    return type(http_client()).__name__


SERVICES: tuple[ServiceDefinition, ...] = tuple(
    definition_of(function) for function in (double, double_again, busy, endless, network)
)


def call(name: str, inputs: Any, version: int = 1, timeout_ms: int = 5_000, **changes: Implementation) -> Call:
    implementation = changes.get("implementation", Builtin(name))
    made = ServiceVersion(
        id=uuid7(), organization=uuid7(), project=uuid7(), name=name, version=version, implementation=implementation
    )
    return Call(
        service=made,
        inputs=inputs,
        job=uuid7(),
        organization=uuid7(),
        project=None,
        path="step",
        attempt=1,
        key="k",
        timeout_ms=timeout_ms,
    )


async def test_a_service_is_found_by_name_and_version() -> None:
    executor = BuiltinExecutor(SERVICES)
    await executor.start()
    assert await executor.execute(call("double", {"number": 4}), Silent()) == Done(8)
    assert await executor.execute(call("double", {"number": 4}, version=2), Silent()) == Done("8")
    missing = await executor.execute(call("double", {"number": 4}, version=3), Silent())
    assert isinstance(missing, Fail)
    assert missing.error.code == "unknown_builtin"
    await executor.stop()


async def test_what_a_service_raises_is_its_outcome() -> None:
    executor = BuiltinExecutor(SERVICES)
    await executor.start()
    outcome = await executor.execute(call("busy", {}), Silent())
    assert isinstance(outcome, Retry)
    assert (outcome.error.code, outcome.after_ms) == ("busy", 2_500)
    refused = await executor.execute(call("double", {"number": "four"}), Silent())
    assert isinstance(refused, Fail)
    assert (refused.error.code, refused.error.retryable) == ("invalid_input", False)
    late = await executor.execute(call("endless", {}, timeout_ms=50), Silent())
    assert isinstance(late, Fail)
    assert (late.error.code, late.error.retryable) == ("timeout", True)
    await executor.stop()


async def test_a_service_gets_the_executors_client_and_nobody_else_does() -> None:
    executor = BuiltinExecutor(SERVICES)
    before = await executor.execute(call("network", {}), Silent())
    assert isinstance(before, Fail)
    assert before.error.code == "no_network"
    await executor.start()
    assert await executor.execute(call("network", {}), Silent()) == Done("LateHttpClient")
    assert HTTP_CLIENT.get(None) is None
    await executor.stop()


async def test_stopping_ends_the_calls_that_run() -> None:
    executor = BuiltinExecutor(SERVICES)
    await executor.start()
    STARTED.clear()
    running = asyncio.create_task(executor.execute(call("endless", {}), Silent()))
    await STARTED.wait()
    await executor.stop()
    outcome = await running
    assert isinstance(outcome, Fail)
    assert (outcome.error.code, outcome.error.retryable) == ("executor_stopped", True)


async def test_another_kind_of_service_is_a_mistake_of_the_programmer() -> None:
    made = call("double", {}, implementation=HttpEndpoint(url="https://example.com/"))
    with pytest.raises(TypeError, match="HttpEndpoint"):
        await BuiltinExecutor(SERVICES).execute(made, Silent())
