"""Async functions in the worker's own event loop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from service_calls import Recorder, call_of

from tropeiro.executors import printed
from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.python import PythonExecutor
from tropeiro.kernel.outcome import Done, Fail, Outcome, Retry

SERVICES = """
    from __future__ import annotations

    import asyncio, sys
    from typing import Any
    from tropeiro.sdk import Context, RetryLater, ServiceError, service

    @service
    async def double(n: int) -> int:
        return n * 2

    @service
    async def hang(context: Context) -> None:
        context.log.info("hanging")
        try:
            await asyncio.Event().wait()
        finally:
            context.log.info("ended", told=context.cancelled.is_set())

    @service
    async def deaf(context: Context) -> None:
        context.log.info("hanging")
        for _ in range(2):
            try:
                await asyncio.sleep(0.3)
            except asyncio.CancelledError:
                pass

    @service
    async def own_timeout() -> None:
        async with asyncio.timeout(0.01):
            await asyncio.Event().wait()

    @service
    async def cancels_itself() -> None:
        raise asyncio.CancelledError

    @service
    async def leaves() -> None:
        sys.exit(3)

    @service
    async def talk(context: Context, word: str) -> str:
        print("printed", word)
        await asyncio.sleep(0)
        print("moaned", word, file=sys.stderr)
        context.progress(2, "over")
        await asyncio.to_thread(print, "threaded", word, end="")
        return word

    @service
    async def later() -> None:
        raise RetryLater(1, "quota", "Wait")

    @service
    async def business() -> None:
        raise ServiceError("gone", "It is gone", retryable=True, details={"when": object})

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no text")

    @service
    async def mute() -> None:
        raise Mute

    @service
    async def secret(context: Context) -> None:
        token = context.credential_required()["token"]
        print(token)
        raise RuntimeError(f"cannot use {token}")

    @service
    async def opaque() -> Any:
        return {"a": object()}
"""


@pytest.fixture
async def executor(bundles: BundleCache) -> AsyncIterator[PythonExecutor]:
    executor = PythonExecutor(bundles, grace=0.1)
    await executor.start()
    yield executor
    await executor.stop()


@pytest.fixture
def run(executor: PythonExecutor, project: Callable[..., str]) -> Callable[..., Any]:
    sha = project(services=SERVICES)

    async def call(entry: str, report: Recorder | None = None, /, **inputs: Any) -> Outcome:
        changes = {"blocking": False} | inputs.pop("call", {})
        return await executor.execute(call_of(sha, f"services:{entry}", inputs, **changes), report or Recorder())

    return call


def error_of(outcome: Outcome) -> Any:
    assert isinstance(outcome, Fail)
    return outcome.error


async def test_many_calls_run_at_once(run: Any) -> None:
    assert await asyncio.gather(*(run("double", n=n) for n in range(50))) == [Done(2 * n) for n in range(50)]


async def test_a_call_that_takes_too_long_is_cancelled_and_tidies_up(run: Any) -> None:
    report = Recorder()
    error = error_of(await run("hang", report, call={"timeout_ms": 50}))
    assert (error.code, error.retryable) == ("timeout", True)
    assert report.lines[-1] == ("info", "ended", {"told": True})


async def test_a_cancelled_call_has_ended_when_the_cancellation_arrives(run: Any) -> None:
    started = asyncio.Event()
    report = Recorder(heard=lambda _: started.set())
    call = asyncio.create_task(run("hang", report))
    await started.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert report.messages == ["hanging", "ended"]


async def test_a_function_that_ignores_its_cancellation_is_left_behind_and_told_of(run: Any) -> None:
    report = Recorder()
    error = error_of(await run("deaf", report, call={"timeout_ms": 50}))
    assert error.code == "timeout"
    assert report.lines[-1][0] == "warning"
    assert "its answer will be ignored" in report.messages[-1]


async def test_a_timeout_inside_the_service_is_an_error_of_the_service(run: Any) -> None:
    error = error_of(await run("own_timeout"))
    assert (error.code, error.message) == ("unexpected_error", "TimeoutError")


async def test_a_service_that_cancels_itself_has_failed(run: Any) -> None:
    error = error_of(await run("cancels_itself"))
    assert (error.code, error.retryable) == ("unexpected_error", True)


async def test_sys_exit_does_not_end_the_worker(run: Any) -> None:
    assert error_of(await run("leaves")).message == "SystemExit: 3"


async def test_what_is_printed_goes_to_the_log_of_the_call_that_printed_it(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    printed.install()  # pytest has put streams of its own in place since the fixture did
    first, second = Recorder(), Recorder()
    await asyncio.gather(run("talk", first, word="a"), run("talk", second, word="b"))
    for report, word in ((first, "a"), (second, "b")):
        assert report.lines == [
            ("debug", f"printed {word}", {"stream": "stdout"}),
            ("warning", f"moaned {word}", {"stream": "stderr"}),
            ("debug", f"threaded {word}", {"stream": "stdout"}),
        ]
        assert report.moves == [(1.0, "over")]
    sys.stdout.write("of the worker\n")
    assert capsys.readouterr().out == "of the worker\n"


async def test_the_standard_streams_are_given_back(bundles: BundleCache) -> None:
    before = sys.stdout
    executor = PythonExecutor(bundles)
    await executor.start()
    assert sys.stdout is not before
    await executor.stop()
    assert sys.stdout is before


async def test_errors_become_outcomes(run: Any) -> None:
    later = await run("later")
    assert isinstance(later, Retry)
    assert later.after_ms == 1_000
    error = error_of(await run("business"))
    assert (error.code, error.message, error.retryable) == ("gone", "It is gone", True)
    assert "object" in error.details["when"]
    assert error_of(await run("mute")).message.startswith("Mute: (its text cannot be made")
    assert error_of(await run("opaque")).code == "output_not_json"


async def test_secrets_are_masked(run: Any) -> None:
    printed.install()
    report = Recorder()
    error = error_of(await run("secret", report, call={"credential": {"token": "s3cret-value"}}))
    assert error.message == "RuntimeError: cannot use ***"
    assert report.messages == ["***"]


async def test_a_bundle_that_nobody_stored_fails_for_good(executor: PythonExecutor) -> None:
    error = error_of(await executor.execute(call_of("0" * 64, "services:f", blocking=False), Recorder()))
    assert (error.code, error.retryable) == ("service_unloadable", False)


async def test_stopping_answers_the_calls_that_still_run(bundles: BundleCache, project: Callable[..., str]) -> None:
    executor = PythonExecutor(bundles)
    await executor.start()
    started = asyncio.Event()
    sha = project(services=SERVICES)
    report = Recorder(heard=lambda _: started.set())
    call = asyncio.create_task(executor.execute(call_of(sha, "services:hang", blocking=False), report))
    await started.wait()
    await executor.stop()
    assert error_of(await call).code == "executor_stopped"
