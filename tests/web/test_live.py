"""Following a job: everything that happens is told, once, also to those who come back."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import replace
from itertools import count
from threading import Event as ThreadEvent
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError, connections
from django.test import AsyncClient
from job_rows import add_line, add_step, end_job, set_packet
from web_cast import Cast, execute

from tropeiro.web.accounts.actions import add_member
from tropeiro.web.accounts.models import Membership, User
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.member import Member
from tropeiro.web.permissions import Role
from tropeiro.web.screens.jobs.following import job_watch
from tropeiro.web.screens.live import stream as live
from tropeiro.web.screens.live.hub import Viewer, hub
from tropeiro.web.screens.live.topics import JobTopic, OrganizationTopic, WorkersTopic
from tropeiro.web.screens.live.watch import Part, Seen, Watch
from tropeiro.web.streams import end_streams

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

STEPS = json.dumps([{"id": "a", "name": "Step A", "uses": "core/set@1", "with": {"x": 1}}])
SOON = 10.0


async def _do(function: Any, *args: Any, **kwargs: Any) -> Any:
    return await sync_to_async(function)(*args, **kwargs)


def _tell(job: UUID) -> None:
    execute("SELECT pg_notify('tropeiro_job', %s)", [f"00000000-0000-7000-8000-000000000000,{job}"])


def _viewer(member: Member, language: str = "en") -> Viewer:
    return Viewer(member.user or 0, member.organization_slug, language, "UTC")


async def _follow(member: Member, job: UUID, after: str = "", level: str = "") -> AsyncGenerator[str, None]:
    """The stream of a job's page."""
    watch = await _do(job_watch, member, job, level)
    return live.events(_viewer(member), watch, f"/jobs/{job}?level={level}", after)


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
    stream = await _follow(cast.alice, job)
    _, before = await _until(stream, "children")
    assert before[1:] == ["questions", "head", "steps"]
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
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
    told = [event async for event in await _follow(cast.alice, job)]
    assert _lines("".join(told)) == ["line 1"]
    assert told[-1].startswith("event: end")


async def test_whoever_comes_back_gets_the_lines_since_and_none_twice(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    for number in (1, 2):
        await _do(add_line, job, f"line {number}")
    stream = await _follow(cast.alice, job)
    event, _ = await _until(stream, "log")
    await stream.aclose()
    last = int((re.search(r"^id: (\d+)$", event, re.MULTILINE) or [""])[1])
    for number in (3, 4):
        await _do(add_line, job, f"line {number}")
    again = await _follow(cast.alice, job, after=str(last))
    second, _ = await _until(again, "log")
    await again.aclose()
    assert (_lines(event), _lines(second)) == (["line 1", "line 2"], ["line 3", "line 4"])


async def test_only_lines_of_the_wanted_level_are_sent(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    await _do(add_line, job, "line 1", level=20)
    await _do(add_line, job, "line 2", level=40)
    stream = await _follow(cast.alice, job, level="error")
    event, _ = await _until(stream, "log")
    await stream.aclose()
    assert _lines(event) == ["line 2"]


async def test_viewers_share_one_connection_that_listens_and_hold_none_of_their_own(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    streams = [await _follow(cast.alice, job) for _ in range(5)]
    for stream in streams:
        await _until(stream, "children")
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
    backends = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s"
    listeners = await _do(execute, backends, ["tropeiro web listener"])
    others = await _do(execute, backends, ["tropeiro web"])
    for stream in streams:
        await stream.aclose()
    assert listeners[0][0] == 1
    # The test's own thread and the one that runs its synchronous parts.
    assert others[0][0] <= 2


async def test_a_lost_connection_wakes_everybody_and_comes_back(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = await _follow(cast.alice, job)
    await _until(stream, "children")
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
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
    stream = await _follow(cast.bob, job)
    await _until(stream, "children")
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
    await Membership.objects.filter(user_id=cast.bob.user).adelete()
    await _do(add_line, job, "line 1")
    await _do(_tell, job)
    _, before = await _until(stream, "end")
    assert "log" not in before


async def test_streams_end_when_the_process_stops(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    stream = await _follow(cast.alice, job)
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
    [_ async for _ in await _follow(cast.alice, job)]

    def open_here() -> bool:
        return connections["default"].connection is not None

    assert not await sync_to_async(open_here, thread_sensitive=False)()


async def test_viewers_with_the_same_rights_share_one_look(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    reads: list[Member] = []
    watch = await _do(job_watch, cast.alice, job, "")
    counted = replace(watch, read=lambda member, after: (reads.append(member), watch.read(member, after))[1])
    streams = [live.events(_viewer(cast.alice), counted, "/counted", "") for _ in range(20)]
    await asyncio.gather(*(_until(stream, "children") for stream in streams))
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
    before = len(reads)
    await _do(add_step, job, "b", n=0)
    await _do(_tell, job)
    told = await asyncio.gather(*(_until(stream, "steps") for stream in streams))
    for stream in streams:
        await stream.aclose()
    assert len({event for event, _ in told}) == 1
    assert before < 20
    assert len(reads) - before < 5


async def test_who_may_more_is_not_shown_what_others_see(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    streams = [await _follow(member, job) for member in (cast.alice, cast.bob)]
    owner, viewer = await asyncio.gather(*(_until(stream, "head") for stream in streams))
    for stream in streams:
        await stream.aclose()
    assert (f"/jobs/{job}/cancel" in owner[0], f"/jobs/{job}/cancel" in viewer[0]) == (True, False)


async def test_a_question_is_shown_to_those_it_is_for_although_they_share_the_look(cast: Cast) -> None:
    await _do(add_member, cast.alice, "bob@example.org", Role.OWNER)
    job = await _do(start_job, cast.alice, STEPS)
    question = {"title": "Ship it?", "form": None, "assignees": ["bob@example.org"]}
    await _do(set_packet, job, state="waiting", wait_kind="approval", path="a", question=question)
    streams = [await _follow(member, job) for member in (cast.alice, cast.bob)]
    alice, bob = await asyncio.gather(*(_until(stream, "questions") for stream in streams))
    for stream in streams:
        await stream.aclose()
    assert ("Ship it?" in alice[0], "Ship it?" in bob[0]) == (False, True)


async def test_each_viewer_is_told_in_their_language(cast: Cast) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    watch = await _do(job_watch, cast.alice, job, "")
    streams = [live.events(_viewer(cast.alice, language), watch, "/two", "") for language in ("en", "pt-br")]
    english, portuguese = await asyncio.gather(*(_until(stream, "head") for stream in streams))
    for stream in streams:
        await stream.aclose()
    assert ("Duration" in english[0], "Duração" in portuguese[0]) == (True, True)


def _counting(topic: Any, **options: Any) -> Watch:
    """Something that is different at every look."""
    looks = count(1)

    def read(_: Member, __: str) -> Seen:
        number = next(looks)
        return Seen(parts={"number": Part(number, lambda: str(number))})

    return Watch(topic=topic, read=read, shared_by=lambda member: member.role, **options)


async def test_who_follows_an_organization_is_woken_by_its_jobs_alone(cast: Cast) -> None:
    own = await _do(start_job, cast.alice, STEPS)
    foreign = await _do(start_job, cast.charlie, STEPS)
    watches = {member: _counting(OrganizationTopic(member.organization)) for member in (cast.alice, cast.charlie)}
    alice, charlie = (live.events(_viewer(member), watch, "/numbers", "") for member, watch in watches.items())
    await _until(alice, "number")
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
    # The listener began after the first look, and had everybody look once more.
    await _until(alice, "number")
    await _do(_tell, own)
    assert "data: 3" in (await _until(alice, "number"))[0]
    await _until(charlie, "number")
    await _do(_tell, foreign)
    assert "data: 2" in (await _until(charlie, "number"))[0]
    await alice.aclose()
    await charlie.aclose()


async def test_a_job_that_was_just_started_is_told_to_who_follows_its_organization(cast: Cast) -> None:
    stream = live.events(_viewer(cast.alice), _counting(OrganizationTopic(cast.alice.organization)), "/new", "")
    await _until(stream, "number")
    await asyncio.wait_for(hub().listener.listening.wait(), SOON)
    await _until(stream, "number")
    await _do(start_job, cast.alice, STEPS)
    assert "data: 3" in (await _until(stream, "number"))[0]
    await stream.aclose()


async def test_what_nobody_tells_of_is_looked_at_now_and_then(cast: Cast) -> None:
    await User.objects.filter(id=cast.alice.user).aupdate(is_operator=True)
    watch = _counting(WorkersTopic(), every=0.3, for_operators=True)
    stream = live.events(_viewer(cast.alice), watch, "/workers", "")
    for _ in range(4):
        event, _before = await _until(stream, "number")
    await stream.aclose()
    assert "data: 4" in event


async def test_only_operators_follow_what_is_the_platforms(cast: Cast) -> None:
    stream = live.events(_viewer(cast.alice), _counting(WorkersTopic(), for_operators=True), "/workers", "")
    _, before = await _until(stream, "end")
    assert "number" not in before


async def test_a_stream_outlives_trouble_with_the_database(cast: Cast) -> None:
    trouble = iter([OperationalError("gone"), OperationalError("gone")])

    def read(_: Member, __: str) -> Seen:
        for error in trouble:
            raise error
        return Seen(parts={"number": Part(1, lambda: "1")})

    watch = Watch(topic=JobTopic(UUID(int=1)), read=read, shared_by=lambda member: member.role)
    stream = live.events(_viewer(cast.alice), watch, "/trouble", "")
    await _until(stream, "number")
    await stream.aclose()


async def test_nobody_is_given_what_was_read_before_they_asked() -> None:
    looks = hub().looks
    reading, go_on = ThreadEvent(), ThreadEvent()

    def slow() -> str:
        reading.set()
        go_on.wait(SOON)
        return "old"

    first = asyncio.create_task(looks.share("x", lambda: slow))
    await asyncio.to_thread(reading.wait, SOON)
    second = asyncio.create_task(looks.share("x", lambda: lambda: "new"))
    third = asyncio.create_task(looks.share("x", lambda: lambda: "newer"))
    assert await asyncio.gather(second, third) == ["new", "new"]
    go_on.set()
    assert await first == "old"


async def test_too_many_streams_are_asked_to_come_back_later(
    cast: Cast, client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await _do(start_job, cast.alice, STEPS)
    monkeypatch.setattr(live, "MOST_STREAMS", 0)
    response = await client.get(f"/jobs/{job}/events")
    assert (response.status_code, response.headers["Retry-After"]) == (503, "10")
