"""The API as the server runs it: past Django's handler, on a few threads, with callers who wait for a job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import httpx
import pytest
from asgiref.sync import sync_to_async
from job_rows import end_job
from web_cast import Cast, execute

from tropeiro.web.api import lean
from tropeiro.web.api.lean import ApiFirst
from tropeiro.web.permissions import Role
from tropeiro.web.screens.live.hub import hub
from tropeiro.web.screens.live.listener import Listener
from tropeiro.web.streams import end_streams
from tropeiro.web.tokens.actions import create_token
from tropeiro.web.workflows.actions import save_workflow

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
SOON = 10.0


async def _do(function: Any, *args: Any, **kwargs: Any) -> Any:
    return await sync_to_async(function)(*args, **kwargs)


async def _django(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError(f"{scope['path']} went to Django")


@pytest.fixture
async def listener() -> Listener:
    """The one of this test's event loop."""
    return hub().listener


@pytest.fixture
async def client(cast: Cast, listener: Listener) -> AsyncIterator[httpx.AsyncClient]:
    token = await _do(create_token, cast.alice, "t", Role.EDITOR)
    await _do(save_workflow, cast.alice, "w", STEPS)
    transport = httpx.ASGITransport(app=ApiFirst(_django))  # type: ignore[arg-type]
    headers = {"Authorization": f"Bearer {token.text}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver/api/v1", headers=headers) as client:
        yield client


async def _start(client: httpx.AsyncClient, **headers: str) -> httpx.Response:
    return await client.post("/jobs", json={"run": "w", "inputs": {}}, headers=headers)


async def test_the_server_answers_as_django_would(client: httpx.AsyncClient) -> None:
    answer = await _start(client)
    assert answer.status_code == 201
    assert answer.headers["location"] == answer.json()["url"]
    assert answer.headers["cache-control"] == "no-store"
    assert (await client.get("/jobs")).json()["items"][0]["id"] == answer.json()["id"]
    assert (await client.get("/nothing")).json()["code"] == "not_found"
    assert (await client.get("/jobs", headers={"Authorization": ""})).status_code == 401


async def test_two_requests_with_one_key_at_the_same_time_start_one_job(cast: Cast, client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(_start(client, **{"Idempotency-Key": "k"}) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    own = "SELECT count(*) FROM tropeiro_job WHERE organization_id = %s"
    assert await _do(execute, own, [cast.alice.organization]) == [(1,)]


async def test_a_caller_who_waits_is_answered_when_the_job_is_over(
    client: httpx.AsyncClient, listener: Listener
) -> None:
    job = UUID((await _start(client)).json()["id"])
    waiting = asyncio.create_task(client.get(f"/jobs/{job}?wait=60"))
    await asyncio.wait_for(listener.listening.wait(), SOON)
    await asyncio.sleep(0)
    assert not waiting.done()
    await _do(end_job, job, "succeeded", output=1)
    await _do(execute, "SELECT pg_notify('tropeiro_job', %s)", [str(job)])
    answer = await asyncio.wait_for(waiting, SOON)
    assert (answer.json()["state"], answer.json()["output"]) == ("succeeded", 1)


async def test_a_caller_whose_patience_ends_gets_the_job_as_it_is(client: httpx.AsyncClient) -> None:
    job = (await _start(client)).json()["id"]
    answer = await asyncio.wait_for(client.get(f"/jobs/{job}?wait=0.2"), SOON)
    assert answer.json()["state"] == "queued"


async def test_callers_who_wait_are_answered_when_the_server_stops(
    client: httpx.AsyncClient, listener: Listener
) -> None:
    job = (await _start(client)).json()["id"]
    waiting = asyncio.create_task(client.get(f"/jobs/{job}?wait=60"))
    await asyncio.wait_for(listener.listening.wait(), SOON)
    while not waiting.done():
        end_streams()
        await asyncio.sleep(0.01)
    assert (await waiting).json()["state"] == "queued"


async def test_a_body_that_is_too_large_is_refused_before_it_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.post("/jobs", content=b"x" * 3_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_too_many_requests_at_once_are_asked_to_come_back(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lean, "MOST_AT_ONCE", 0)
    answer = await client.get("/me")
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, "busy", "1")


async def test_everything_else_goes_to_django(client: httpx.AsyncClient) -> None:
    with pytest.raises(AssertionError, match="/jobs went to Django"):
        await client.get("http://testserver/jobs")


async def test_a_request_whose_client_has_gone_waits_no_longer(client: httpx.AsyncClient, listener: Listener) -> None:
    job = (await _start(client)).json()["id"]
    token = client.headers["Authorization"]
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b""}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        if len(messages) == 1:
            await asyncio.wait_for(listener.listening.wait(), SOON)
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": f"/api/v1/jobs/{job}", "query_string": b"wait=60",
        "headers": [(b"authorization", token.encode()), (b"host", b"testserver")],
    }  # fmt: skip
    await asyncio.wait_for(ApiFirst(_django)(scope, receive, send), SOON)
    assert sent == []
