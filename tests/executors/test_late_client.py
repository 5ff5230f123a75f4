"""An HTTP client that is made for its first request."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest

from loopback import Loopback, Reply, loopback
from tropeiro.executors import late_client
from tropeiro.executors.addresses import AllowedHosts
from tropeiro.executors.late_client import LateHttpClient
from tropeiro.ports.network import RequestError


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        running.answers["/hello"] = Reply(body=b"hello")
        yield running


async def test_requests_that_come_first_together_share_one_client(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[object] = []
    make = late_client._make
    monkeypatch.setattr(late_client, "_make", lambda allowed: made.append(allowed) or make(allowed))
    client = LateHttpClient(AllowedHosts.parse([server.place]))
    answers = await asyncio.gather(*(client.request("GET", server.url("/hello")) for _ in range(3)))
    await client.close()
    assert [answer.body for answer in answers] == [b"hello"] * 3
    assert len(made) == 1


async def test_it_refuses_what_the_checked_client_refuses(server: Loopback) -> None:
    client = LateHttpClient()
    with pytest.raises(RequestError) as refused:
        await client.request("GET", server.url("/hello"))
    await client.close()
    assert refused.value.code == "address_refused"


async def test_it_can_be_closed_without_a_request() -> None:
    await LateHttpClient().close()


def test_before_a_request_nothing_that_speaks_http_is_loaded() -> None:
    script = "import sys; import tropeiro.executors.late_client; print({'httpx', 'httpcore', 'h11'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
