"""What becomes of calls."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from workshop import HOUSE, Workshop, routed, step

from tropeiro.kernel.commands import Split
from tropeiro.kernel.errors import NotCarriable
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome, Retry
from tropeiro.kernel.retry import RetryPolicy
from tropeiro.kernel.states import JobState
from tropeiro.ports.executor import Automation, Call, HttpEndpoint, Reporter
from tropeiro.ports.queue import Ready, Settlement
from tropeiro.ports.store import Runnable


async def code_of(shop: Workshop, job: UUID) -> tuple[JobState, str | None]:
    ended = await shop.end_of(job)
    return ended.state, ended.error.code if ended.error else None


async def test_pure_steps_share_one_settlement() -> None:
    shop = Workshop()
    pure = shop.service("pure", pure=True)
    job = shop.start(*(step(f"s{n}", pure) for n in range(10)))
    async with shop.working():
        await shop.end_of(job)
    assert sum(len(batch) for batch in shop.queue.batches) == 1
    assert [path for path, *_ in shop.history(job)] == [f"s{n}" for n in range(10)]


async def test_each_step_that_is_not_pure_is_settled_before_the_next() -> None:
    shop = Workshop()
    plain = shop.service("plain")
    job = shop.start(*(step(f"s{n}", plain) for n in range(5)))
    async with shop.working():
        await shop.end_of(job)
    assert sum(len(batch) for batch in shop.queue.batches) == 5


async def test_a_call_that_is_answered_by_callback_is_never_part_of_a_run_of_pure_steps() -> None:
    shop = Workshop()
    endpoint = HttpEndpoint("https://example.org", callback=True)
    later = shop.service("later", pure=True, implementation=endpoint)
    job = shop.start(step("a", shop.service("pure", pure=True)), step("b", later), step("c", later))
    async with shop.working():
        await shop.end_of(job)
    urls = [call.callback_url for call in shop.executor.calls if call.callback_url]
    assert len(set(urls)) == 2


async def test_a_service_that_takes_too_long_fails_with_a_timeout() -> None:
    async def hang(call: Call, report: Reporter) -> Outcome:
        await asyncio.Event().wait()
        return Done()

    shop = Workshop()
    job = shop.start(step("a", shop.service("hang", hang), timeout="50ms"))
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "timeout")
    assert shop.history(job) == [("a", 1, "timed_out")]


async def test_an_output_that_does_not_match_its_schema_fails_at_once() -> None:
    shop = Workshop()
    odd = shop.service("odd", output_schema={"type": "string"}, retry=RetryPolicy(attempts=3))
    job = shop.start(step("a", odd))
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "schema_mismatch")
    assert len(shop.executor.calls) == 1


async def test_an_input_that_does_not_match_its_schema_is_not_sent() -> None:
    shop = Workshop()
    odd = shop.service("odd", input_schema={"type": "object", "required": ["n"]})
    job = shop.start(step("a", odd))
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "schema_mismatch")
    assert shop.executor.calls == []


async def test_a_credential_that_is_missing_fails_the_step_without_a_call() -> None:
    shop = Workshop()
    job = shop.start(step("a", shop.service("echo"), credential="nowhere"))
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "not_found")
    assert shop.executor.calls == []


async def test_a_credential_is_there_for_the_call_that_names_it() -> None:
    shop = Workshop()
    shop.store.credentials["key"] = {"token": "t"}
    echo = shop.service("echo")
    job = shop.start(step("a", echo, credential="key"), step("b", echo))
    async with shop.working():
        await shop.end_of(job)
    assert [call.credential for call in shop.executor.calls] == [{"token": "t"}, None]


async def test_a_service_that_does_not_exist_fails_the_step() -> None:
    shop = Workshop()
    job = shop.start(step("a", uuid7()))
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "not_found")


async def test_a_failure_that_may_pass_is_tried_again_with_the_same_key() -> None:
    async def flaky(call: Call, report: Reporter) -> Outcome:
        if call.attempt == 1:
            return Retry(ErrorInfo("busy", "busy", retryable=True), after_ms=0)
        return Done("at last")

    shop = Workshop()
    patient = shop.service("flaky", flaky, retry=RetryPolicy(attempts=3, delay_ms=0))
    job = shop.start(step("a", patient))
    async with shop.working():
        ended = await shop.end_of(job)
    assert ended.output == "at last"
    assert len({call.key for call in shop.executor.calls}) == 1
    assert shop.history(job) == [("a", 1, "failed"), ("a", 2, "succeeded")]


async def test_lines_are_written_before_their_job_ends() -> None:
    async def chatty(call: Call, report: Reporter) -> Outcome:
        report.log("info", "the last words", {})
        return Done()

    shop = Workshop()
    job = shop.start(step("a", shop.service("chatty", chatty)))
    async with shop.working():
        await shop.end_of(job)
        assert shop.store.lines == [("the last words", JobState.RUNNING)]


async def test_a_failed_try_is_a_line_of_the_log() -> None:
    async def bad(call: Call, report: Reporter) -> Outcome:
        return Fail(ErrorInfo("bad", "no luck\0"))

    shop = Workshop()
    job = shop.start(step("a", shop.service("bad", bad)))
    async with shop.working():
        await shop.end_of(job)
    assert [message for message, _ in shop.store.lines] == ["Attempt 1 failed: no luck\N{REPLACEMENT CHARACTER}"]


async def test_progress_is_told_under_the_token_of_the_call() -> None:
    async def slow(call: Call, report: Reporter) -> Outcome:
        report.progress(0.1, "begun")
        report.progress(7.0, "half way")
        await asyncio.sleep(0.15)
        return Done()

    shop = Workshop()
    job = shop.start(step("a", shop.service("slow", slow)))
    async with shop.working():
        await shop.end_of(job)
    ((_, token, fraction, note),) = shop.queue.progressed
    assert (token, fraction, note) == (1, 1.0, "half way")


async def test_an_automation_runs_as_a_job_of_its_own() -> None:
    shop = Workshop()
    echo = shop.service("echo")
    version = uuid7()
    inner = routed(step("x", echo, **{"with": {"got": "{{ inputs.n }}"}}))
    shop.store.runnables[version] = Runnable(
        id=version, organization=HOUSE, project=HOUSE, name="inner", version=1, route=inner
    )
    auto = shop.service("auto", implementation=Automation(version))
    job = shop.start(step("a", auto, **{"with": {"n": 5}}))
    async with shop.working():
        ended = await shop.end_of(job)
    assert ended.output == {"got": 5}
    assert shop.history(job) == [("a", 1, "succeeded")]
    assert len(shop.queue.jobs) == 2


async def test_what_cannot_be_carried_on_after_its_step_failed_ends_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """The failed step goes on by ``on_error``, and what comes next is again too much."""
    shop = Workshop()
    make_ready = shop.queue.make_ready
    asked = 0

    async def small(settlement: Settlement) -> Ready:
        nonlocal asked
        asked += 1
        if isinstance(settlement.advance.command, Split):
            raise NotCarriable("The split is too large.")
        return await make_ready(settlement)

    monkeypatch.setattr(shop.queue, "make_ready", small)
    echo = shop.service("echo")
    each = {"id": "each", "foreach": "{{ [1, 2] }}", "steps": [step("do", echo)]}
    job = shop.start(step("a", echo, on_error="continue"), each)
    async with shop.working():
        assert await code_of(shop, job) == (JobState.FAILED, "not_carriable")
    assert asked == 3
