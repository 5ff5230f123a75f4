"""Plain functions in processes of their own: real processes, really killed."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from service_calls import JOB, ORGANIZATION, PROJECT, Recorder, call_of

from tropeiro.executors.bundles import BundleCache
from tropeiro.executors.outcomes import MAX_OUTPUT
from tropeiro.executors.processes import ProcessExecutor
from tropeiro.kernel.outcome import Done, Fail, Outcome, Retry

SERVICES = """
    from __future__ import annotations

    import os, signal, subprocess, sys, time, threading
    from datetime import UTC, datetime
    from typing import Any

    from pydantic import BaseModel, field_validator
    from tropeiro.sdk import Context, RetryLater, ServiceError, service


    class Point(BaseModel):
        x: int
        seen: datetime


    @service
    def point(x: int) -> Point:
        return Point(x=x, seen=datetime(2024, 2, 3, tzinfo=UTC))

    @service
    def who() -> int:
        return os.getpid()

    @service
    def facts(context: Context) -> dict[str, Any]:
        return {
            "job": context.job, "path": context.path, "attempt": context.attempt, "organization": context.organization,
            "project": context.project, "key": context.idempotency_key, "credential": context.credential,
            "remaining": context.remaining(),
        }

    @service
    def sleep(seconds: float = 60) -> None:
        time.sleep(seconds)

    @service
    def stubborn(context: Context) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        context.log.info("asleep")
        while True:
            time.sleep(60)

    @service
    def polite(context: Context, file: str) -> None:
        context.log.info("waiting")
        context.cancelled.wait(30)
        with open(file, "w") as out:
            out.write(f"stopped {context.cancelled.is_set()}")

    @service
    def tidy(context: Context, file: str) -> None:
        try:
            context.log.info("waiting")
            time.sleep(60)
        finally:
            with open(file, "w") as out:
                out.write("tidied")

    @service
    def parent(context: Context) -> None:
        process = subprocess.Popen(["sleep", "300"])
        context.log.info("started", pid=process.pid)
        process.wait()

    @service
    def exits() -> None:
        os._exit(7)

    @service
    def killed() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    @service
    def leaves() -> None:
        sys.exit("enough")

    @service
    def large(size: int) -> str:
        return "x" * size

    @service
    def opaque() -> Any:
        return object()

    @service
    def talk(context: Context) -> str:
        context.log.info("first", n=1, at=datetime(2024, 1, 1))
        context.progress(0.5, "half")
        print("printed")
        print("moaned", file=sys.stderr)
        os.write(1, b"raw, without an end")
        context.cancelled.wait(0.0)
        return "done"

    @service
    def chatter(lines: int) -> None:
        for number in range(lines):
            print("line", number)

    @service
    def business() -> None:
        raise ServiceError("no_such_property", "There is none", retryable=False, details={"property": 3})

    @service
    def later() -> None:
        raise RetryLater(2.5, "quota", "Wait a little")

    @service
    def broken(context: Context) -> None:
        token = context.credential_required()["token"]
        print("token", token)
        context.log.warning("using " + token, header={"Authorization": "Bearer " + token})
        context.progress(0.1, token)
        helper(token)

    def helper(token: str) -> None:
        raise ValueError("bad token " + token)

    class Even(BaseModel):
        n: int

        @field_validator("n")
        @classmethod
        def even(cls, n: int) -> int:
            if n % 2:
                raise ValueError("must be even")
            return n

    @service
    def halve(even: Even) -> int:
        return even.n // 2

    @service
    def memory(megabytes: int) -> int:
        return len(bytearray(megabytes * 1024 * 1024))

    @service
    def environment() -> list[str]:
        return sorted(os.environ)

    @service
    def fork_and_exit() -> None:
        if os.fork() == 0:
            time.sleep(60)
        os._exit(9)

    @service
    def hang_up() -> None:
        os.closerange(3, 100)
        time.sleep(60)

    @service
    def garble() -> None:
        for descriptor in range(3, 100):
            try:
                os.write(descriptor, b"?" * 100)
            except OSError:
                pass
        time.sleep(60)

    @service
    def leave_thread(context: Context) -> None:
        def speak() -> None:
            time.sleep(0.2)
            context.log.info("from the grave")
        threading.Thread(target=speak, daemon=True).start()
"""


@pytest.fixture
def sha(project: Callable[..., str]) -> str:
    return project(services=SERVICES)


@pytest.fixture
async def pool(bundles: BundleCache) -> AsyncIterator[ProcessExecutor]:
    executor = ProcessExecutor(bundles, size=2, grace=1.0)
    await executor.start()
    yield executor
    await executor.stop()


@pytest.fixture
def run(pool: ProcessExecutor, sha: str) -> Callable[..., Any]:
    async def call(entry: str, report: Recorder | None = None, /, **inputs: Any) -> Outcome:
        changes = inputs.pop("call", {})
        return await pool.execute(call_of(sha, f"services:{entry}", inputs, **changes), report or Recorder())

    return call


def output_of(outcome: Outcome) -> Any:
    assert isinstance(outcome, Done)
    return outcome.output


def error_of(outcome: Outcome) -> Any:
    assert isinstance(outcome, Fail)
    return outcome.error


async def test_a_function_returns_plain_json(run: Any) -> None:
    assert await run("point", x=3) == Done({"x": 3, "seen": "2024-02-03T00:00:00Z"})


async def test_the_context_tells_whose_call_it_is(run: Any) -> None:
    outcome = await run("facts", call={"attempt": 4, "path": "records[3].fetch", "credential": {"token": "t"}})
    facts = outcome.output
    assert 29 < facts.pop("remaining") <= 30
    assert facts == {
        "job": str(JOB),
        "path": "records[3].fetch",
        "attempt": 4,
        "organization": str(ORGANIZATION),
        "project": str(PROJECT),
        "key": "key-1",
        "credential": {"token": "t"},
    }


async def test_a_process_is_used_again_for_the_same_bundle(run: Any) -> None:
    first = await run("who")
    assert first.output != os.getpid()
    assert await run("who") == first


async def test_two_bundles_have_two_processes(run: Any, pool: ProcessExecutor, project: Callable[..., str]) -> None:
    other = project(services=SERVICES, version="NUMBER = 2\n")
    first = await run("who")
    second = await pool.execute(call_of(other, "services:who"), Recorder())
    assert isinstance(second, Done)
    assert first != second
    assert await run("who") == first


def children(but: set[int]) -> set[int]:
    """Process ids of this process's children; ``but`` those that others had started before."""
    return {child.pid for child in psutil.Process().children()} - but


async def test_there_are_never_more_processes_than_allowed(pool: ProcessExecutor, project: Callable[..., str]) -> None:
    before = children(set())
    shas = [project(services=SERVICES, version=f"NUMBER = {n}\n") for n in range(4)]
    most = 0

    async def watch() -> None:
        nonlocal most
        while True:
            most = max(most, len(children(before)))
            await asyncio.sleep(0.01)

    watcher = asyncio.create_task(watch())
    outcomes = await asyncio.gather(
        *(pool.execute(call_of(sha, "services:point", {"x": 1}), Recorder()) for sha in shas)
    )
    watcher.cancel()
    assert [outcome for outcome in outcomes if not isinstance(outcome, Done)] == []
    # An ending process may still be there while its successor starts.
    assert most <= 2 * 2


async def test_idle_processes_end(bundles: BundleCache, sha: str) -> None:
    pool = ProcessExecutor(bundles, size=1, idle_after=0.05)
    await pool.start()
    pid = output_of(await pool.execute(call_of(sha, "services:who"), Recorder()))
    await until(lambda: not psutil.pid_exists(pid))
    assert isinstance(await pool.execute(call_of(sha, "services:who"), Recorder()), Done)
    await pool.stop()


async def test_lines_and_progress_arrive_while_the_function_runs(run: Any) -> None:
    arrived = asyncio.Event()
    report = Recorder(heard=lambda message: arrived.set())
    call = asyncio.create_task(run("stubborn", report))
    await asyncio.wait_for(arrived.wait(), 20)
    assert report.messages == ["asleep"]
    assert not call.done()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_what_is_printed_becomes_lines_of_the_log(run: Any, capfd: pytest.CaptureFixture[str]) -> None:
    report = Recorder()
    assert await run("talk", report) == Done("done")
    assert sorted(report.lines) == [
        ("debug", "printed", {"stream": "stdout"}),
        ("debug", "raw, without an end", {"stream": "stdout"}),
        ("info", "first", {"n": 1, "at": "2024-01-01T00:00:00"}),
        ("warning", "moaned", {"stream": "stderr"}),
    ]
    assert report.moves == [(0.5, "half")]
    assert capfd.readouterr() == ("", "")


async def test_endless_printing_is_cut_and_says_so(run: Any) -> None:
    report = Recorder()
    await run("chatter", report, lines=30_000)
    assert len(report.lines) == 1_001
    assert report.messages[:2] == ["line 0", "line 1"]
    assert "left out" in report.messages[-1]


async def test_a_call_that_takes_too_long_is_ended(run: Any) -> None:
    pid = (await run("who")).output
    began = time.monotonic()
    error = error_of(await run("sleep", call={"timeout_ms": 300}))
    assert (error.code, error.retryable) == ("timeout", True)
    assert "300ms" in error.message
    assert time.monotonic() - began < 2
    assert not psutil.pid_exists(pid)


async def test_a_function_that_ignores_sigterm_is_killed(run: Any) -> None:
    pid = (await run("who")).output
    error = error_of(await run("stubborn", call={"timeout_ms": 200}))
    assert error.code == "timeout"
    assert not psutil.pid_exists(pid)


async def test_a_cancelled_call_has_ended_when_the_cancellation_arrives(run: Any, tmp_path: Path) -> None:
    waiting = asyncio.Event()
    call = asyncio.create_task(run("tidy", Recorder(heard=lambda _: waiting.set()), file=str(tmp_path / "note")))
    await asyncio.wait_for(waiting.wait(), 20)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (tmp_path / "note").read_text() == "tidied"


async def test_a_function_that_watches_cancellation_stops_by_itself(run: Any, tmp_path: Path) -> None:
    waiting = asyncio.Event()
    call = asyncio.create_task(run("polite", Recorder(heard=lambda _: waiting.set()), file=str(tmp_path / "note")))
    await asyncio.wait_for(waiting.wait(), 20)
    await asyncio.sleep(0.05)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert (tmp_path / "note").read_text() == "stopped True"


async def test_what_a_service_started_ends_with_it(run: Any) -> None:
    started = asyncio.Event()
    report = Recorder(heard=lambda _: started.set())
    call = asyncio.create_task(run("parent", report))
    await asyncio.wait_for(started.wait(), 20)
    pid = report.lines[0][2]["pid"]
    assert psutil.pid_exists(pid)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


async def test_a_crash_fails_its_own_call_only(run: Any) -> None:
    crash, other = await asyncio.gather(run("exits"), run("point", x=1))
    error = error_of(crash)
    assert (error.code, error.retryable, error.details) == ("service_crashed", True, {"exit_code": 7})
    assert isinstance(other, Done)
    error = error_of(await run("killed"))
    assert (error.code, error.details) == ("service_crashed", {"signal": "SIGKILL"})
    assert isinstance(await run("point", x=1), Done)


async def test_a_process_that_died_while_idle_is_replaced(run: Any) -> None:
    pid = (await run("who")).output
    os.kill(pid, signal.SIGKILL)
    await until(lambda: not psutil.pid_exists(pid))
    outcome = await run("who")
    assert isinstance(outcome, Done)
    assert outcome.output != pid


async def test_a_crash_is_noticed_although_a_fork_of_the_process_lives_on(run: Any) -> None:
    began = time.monotonic()
    assert error_of(await run("fork_and_exit")).details == {"exit_code": 9}
    assert time.monotonic() - began < 20


async def test_a_process_that_does_not_keep_to_the_protocol_is_ended(run: Any) -> None:
    error = error_of(await run("hang_up"))
    assert error.code == "service_crashed"
    assert "closed its connection" in error.message
    error = error_of(await run("garble"))
    assert error.code == "service_crashed"
    assert "is no answer" in error.message
    assert isinstance(await run("who"), Done)


async def test_sys_exit_is_an_error_of_the_service_and_no_crash(run: Any) -> None:
    pid = (await run("who")).output
    error = error_of(await run("leaves"))
    assert (error.code, error.message) == ("unexpected_error", "SystemExit: enough")
    assert (await run("who")).output == pid


async def test_an_output_that_is_too_large_fails_for_good(run: Any) -> None:
    assert isinstance(await run("large", size=MAX_OUTPUT - 2), Done)
    error = error_of(await run("large", size=MAX_OUTPUT))
    assert (error.code, error.retryable) == ("output_too_large", False)
    assert "pages" in error.message


async def test_an_output_that_is_no_json_fails_for_good(run: Any) -> None:
    error = error_of(await run("opaque"))
    assert (error.code, error.retryable) == ("output_not_json", False)
    assert "object" in error.message


async def test_a_service_error_keeps_its_code_and_details(run: Any) -> None:
    error = error_of(await run("business"))
    assert (error.code, error.message, error.retryable, error.details) == (
        "no_such_property",
        "There is none",
        False,
        {"property": 3},
    )


async def test_a_service_may_ask_to_be_tried_later(run: Any) -> None:
    outcome = await run("later")
    assert isinstance(outcome, Retry)
    assert (outcome.after_ms, outcome.error.code, outcome.error.retryable) == (2_500, "quota", True)


async def test_inputs_that_a_model_refuses_fail_for_good(run: Any) -> None:
    assert await run("halve", n=4) == Done(2)
    error = error_of(await run("halve", n=3))
    assert (error.code, error.retryable, error.details) == ("invalid_input", False, {"pointer": "/n"})
    assert "must be even" in error.message


async def test_secrets_are_masked_in_lines_prints_progress_and_errors(run: Any) -> None:
    report = Recorder()
    error = error_of(await run("broken", report, call={"credential": {"token": "s3cret-value"}}))
    assert error.code == "unexpected_error"
    assert error.message == "ValueError: bad token ***"
    assert error.retryable
    assert error.details["exception"] == "ValueError"
    assert [frame.rpartition(" in ")[2] for frame in error.details["traceback"]] == ["broken", "helper"]
    assert all(frame.startswith("services.py:") for frame in error.details["traceback"])
    assert len(report.lines) == 2
    assert "s3cret" not in repr((error, report.lines, report.moves))


async def test_a_missing_credential_says_what_to_do(run: Any) -> None:
    error = error_of(await run("broken"))
    assert (error.code, error.retryable) == ("credential_missing", False)
    assert '"credential"' in error.message


async def test_memory_can_be_limited(bundles: BundleCache, sha: str) -> None:
    pool = ProcessExecutor(bundles, size=1, memory_limit=600 * 1024 * 1024)
    await pool.start()
    assert isinstance(await pool.execute(call_of(sha, "services:memory", {"megabytes": 10}), Recorder()), Done)
    error = error_of(await pool.execute(call_of(sha, "services:memory", {"megabytes": 2_000}), Recorder()))
    assert error.message == "MemoryError"
    await pool.stop()


async def test_secrets_of_the_platform_are_not_in_a_services_environment(
    bundles: BundleCache, sha: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TROPEIRO_MASTER_KEYS", "key")
    monkeypatch.setenv("DATABASE_URL", "postgresql://")
    monkeypatch.setenv("TROPEIRO_SMTP_URL", "smtp://user:password@host")
    monkeypatch.setenv("TROPEIRO_GA_ENDPOINT", "http://127.0.0.1:1")
    pool = ProcessExecutor(bundles, size=1)
    names = output_of(await pool.execute(call_of(sha, "services:environment"), Recorder()))
    await pool.stop()
    assert "TROPEIRO_GA_ENDPOINT" in names
    assert not {"TROPEIRO_MASTER_KEYS", "DATABASE_URL", "TROPEIRO_SMTP_URL"} & set(names)


async def test_a_thread_left_behind_does_not_speak_for_the_next_call(run: Any) -> None:
    assert isinstance(await run("leave_thread"), Done)
    report = Recorder()
    await run("sleep", report, seconds=0.5)
    assert report.lines == []


async def test_code_that_cannot_be_imported_fails_for_good_and_names_the_line(
    pool: ProcessExecutor, project: Callable[..., str]
) -> None:
    sha = project(services="import nothing_of_this_name\n")
    error = error_of(await pool.execute(call_of(sha, "services:f"), Recorder()))
    assert (error.code, error.retryable) == ("service_unloadable", False)
    assert "services.py:1" in error.message
    assert "nothing_of_this_name" in error.message


async def test_stopping_the_pool_ends_calls_and_processes(bundles: BundleCache, sha: str) -> None:
    before = children(set())
    pool = ProcessExecutor(bundles, size=2, grace=0.5)
    await pool.start()
    started = asyncio.Event()
    call = asyncio.create_task(pool.execute(call_of(sha, "services:stubborn"), Recorder(heard=lambda _: started.set())))
    await asyncio.wait_for(started.wait(), 20)
    await pool.stop()
    assert error_of(await call).code == "executor_stopped"
    assert children(before) == set()


async def test_ctrl_c_does_not_reach_a_service(run: Any) -> None:
    pid = (await run("who")).output
    os.kill(pid, signal.SIGINT)
    assert (await run("who")).output == pid


PARENT = """
    import asyncio, sys
    from pathlib import Path
    from uuid import UUID
    sys.path.insert(0, {helpers!r})
    from service_calls import MemoryBlobs, Recorder, call_of
    from tropeiro.executors.bundles import BundleCache
    from tropeiro.executors.processes import ProcessExecutor

    class Speaking(Recorder):
        def log(self, level, message, fields):
            print("asleep", flush=True)

    async def main():
        pool = ProcessExecutor(BundleCache(Path({cache!r}), MemoryBlobs()), size=2)
        await pool.start()
        await pool.execute(call_of({sha!r}, "services:stubborn"), Speaking())

    asyncio.run(main())
"""


async def test_processes_die_with_a_killed_worker(bundles: BundleCache, sha: str, tmp_path: Path) -> None:
    cache = await bundles.ensure(sha)
    script = tmp_path / "worker.py"
    helpers = str(Path(__file__).parent)
    script.write_text(textwrap.dedent(PARENT).format(helpers=helpers, cache=str(cache.parent), sha=sha))
    worker = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE)
    assert worker.stdout is not None
    assert await asyncio.to_thread(worker.stdout.readline) == b"asleep\n"
    children = psutil.Process(worker.pid).children()
    assert len(children) == 2
    worker.kill()
    worker.communicate()
    await until(lambda: not any(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something outside of this process, which can only be asked."""
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)
