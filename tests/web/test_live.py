"""Following a job: everything that happens is told, once, also to those who come back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import connections
from django.test import AsyncClient
from job_rows import add_line, add_step, end_job
from web_cast import Cast, execute

from tropeiro.web.accounts.models import Membership, User
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.member import Member
from tropeiro.web.screens.jobs import live
from tropeiro.web.screens.jobs.following import Viewer
from tropeiro.web.streams import end_streams

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

STEPS = json.dumps([{"id": "a", "name": "Step A", "uses": "core/set@1", "with": {"x": 1}}])
SOON = 10.0


async def _do(function: Any, *args: Any, **kwargs: Any) -> Any:
    return await sync_to_async(function)(*args, **kwargs)


def _tell(job: UUID) -> None:
    execute("SELECT pg_notify('tropeiro_job', %s)", [f"00000000-0000-7000-8000-000000000000,{job}"])


def _viewer(member: Member, job: UUID, **options: Any) -> Viewer:
    return Viewer(member.user or 0, member.organization_slug, job, options.get("level", ""), "en")


async def _until(stream: AsyncIterator[str], name: str) -> tuple[str, list[str]]:
    """The next event of this name, and the names of those before it."""
    before: list[str] = []
    async with asyncio.timeout(SOON):
        async for event in stream:
            kind = re.search(r"^event: (\w+)", event)
            if kind and kind[1] == name:
                return event, before
            before.append(kind[1] if kind else event)
    raise AssertionError(f"no {name}; only {before}")


async def _body(response: Any) -> str:
    return b"".join([part async for part in response.streaming_content]).decode()


def _lines(event: str) -> list[str]:
    return re.findall(r'class="text">(line \d+)', event)


@pytest.fixture
async def client(cast: Cast) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(await User.objects.aget(id=cast.alice.user))
    return client


async def test_a_viewer_gets_all_parts_at_first_and_later_only_what_changed(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = live.events(_viewer(cast.alice, job), 0)
    _, before = await _until(stream, "children")
    assert before[1:] == ["head", "questions", "result", "steps"]
    await asyncio.wait_for(live.listener.listening.wait(), SOON)
    await _do(add_step, job, "b", n=0)
    await _do(_tell, job)
    event, before = await _until(stream, "steps")
    assert before == []
    assert "data: " in event
    await stream.aclose()


async def test_the_stream_ends_when_the_job_is_over_and_everything_was_told(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    await _do(add_line, job, "line 1")
    await _do(end_job, job, "succeeded", output={"x": 1})
    told = [event async for event in live.events(_viewer(cast.alice, job), 0)]
    assert _lines("".join(told)) == ["line 1"]
    assert told[-1].startswith("event: end")


async def test_whoever_comes_back_gets_the_lines_since_and_none_twice(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    for number in (1, 2):
        await _do(add_line, job, f"line {number}")
    stream = live.events(_viewer(cast.alice, job), 0)
    event, _ = await _until(stream, "log")
    await stream.aclose()
    last = int((re.search(r"^id: (\d+)$", event, re.MULTILINE) or [""])[1])
    for number in (3, 4):
        await _do(add_line, job, f"line {number}")
    again = live.events(_viewer(cast.alice, job), last)
    second, _ = await _until(again, "log")
    await again.aclose()
    assert (_lines(event), _lines(second)) == (["line 1", "line 2"], ["line 3", "line 4"])


async def test_only_lines_of_the_wanted_level_are_sent(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    await _do(add_line, job, "line 1", level=20)
    await _do(add_line, job, "line 2", level=40)
    stream = live.events(_viewer(cast.alice, job, level="error"), 0)
    event, _ = await _until(stream, "log")
    await stream.aclose()
    assert _lines(event) == ["line 2"]


async def test_viewers_share_one_connection_that_listens_and_hold_none_of_their_own(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    streams = [live.events(_viewer(cast.alice, job), 0) for _ in range(5)]
    for stream in streams:
        await _until(stream, "children")
    await asyncio.wait_for(live.listener.listening.wait(), SOON)
    count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    listeners = await _do(execute, count, ["tropeiro web listener"])
    others = await _do(execute, count, ["tropeiro web"])
    for stream in streams:
        await stream.aclose()
    assert listeners[0][0] == 1
    # The test's own thread and the one that runs its synchronous parts.
    assert others[0][0] <= 2


async def test_a_lost_connection_wakes_everybody_and_comes_back(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = live.events(_viewer(cast.alice, job), 0)
    await _until(stream, "children")
    await asyncio.wait_for(live.listener.listening.wait(), SOON)
    await _do(
        execute,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'tropeiro web listener'",
    )
    await _do(add_line, job, "line 1")
    event, _ = await _until(stream, "log")
    await stream.aclose()
    assert _lines(event) == ["line 1"]


async def test_somebody_who_is_removed_sees_nothing_more(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = live.events(_viewer(cast.bob, job), 0)
    await _until(stream, "children")
    await asyncio.wait_for(live.listener.listening.wait(), SOON)
    await Membership.objects.filter(user_id=cast.bob.user).adelete()
    await _do(add_line, job, "line 1")
    await _do(_tell, job)
    _, before = await _until(stream, "end")
    assert "log" not in before


async def test_streams_end_when_the_process_stops(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = live.events(_viewer(cast.alice, job), 0)
    await _until(stream, "children")
    end_streams()
    async with asyncio.timeout(SOON):
        assert [event async for event in stream if event.startswith("event")] == []


async def test_the_address_of_the_stream_answers_as_the_page_does(
    cast: Cast, client: AsyncClient, nobody: UUID
) -> None:
    own = await _do(start_job, cast.alice, STEPS)
    foreign = await _do(start_job, cast.charlie, STEPS)
    await _do(end_job, own, "succeeded")
    response = await client.get(f"/jobs/{own}/events")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    body = await _body(response)
    assert "event: head" in body
    for wanted in (foreign, nobody):
        assert (await client.get(f"/jobs/{wanted}/events")).status_code == 404
    assert (await AsyncClient().get(f"/jobs/{own}/events")).status_code == 401


async def test_a_browser_that_reconnects_names_the_last_line_in_a_header(cast: Cast, client: AsyncClient) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    await _do(add_line, job, "line 1")
    await _do(add_line, job, "line 2")
    await _do(end_job, job, "succeeded")
    first = (await _do(execute, "SELECT min(id) FROM tropeiro_log WHERE job_id = %s", [job]))[0][0]
    response = await client.get(f"/jobs/{job}/events?after=0", headers={"Last-Event-ID": str(first)})
    body = await _body(response)
    assert _lines(body) == ["line 2"]


async def test_no_connection_is_left_open_by_a_look(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    await _do(end_job, job, "succeeded")
    [_ async for _ in live.events(_viewer(cast.alice, job), 0)]

    def open_here() -> bool:
        return connections["default"].connection is not None

    assert not await sync_to_async(open_here, thread_sensitive=False)()
