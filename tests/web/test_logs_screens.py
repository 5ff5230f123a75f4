"""The explorer of logs as a browser gets it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient
from job_rows import add_line
from web_cast import Cast, execute

from tropeiro.web.accounts.models import User
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.logs.histogram import Bar, Histogram
from tropeiro.web.screens.logs.bars import drawing

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])


@pytest.fixture
def job(cast: Cast) -> UUID:
    return start_job(cast.alice, STEPS)


def _get(cast: Cast, address: str, **headers: str) -> str:
    response = cast.client(cast.alice).get(address, headers=headers)
    assert response.status_code == 200, response.content
    return str(response.content.decode())


def _shown(html: str) -> list[str]:
    return [text.strip() for text in re.findall(r'class="log-text">([^<]*)', html)]


pytestmark = pytest.mark.django_db


def test_the_page_shows_the_newest_lines_and_goes_on_without_a_script(cast: Cast, job: UUID) -> None:
    for number in range(120):
        add_line(job, f"line {number:03}", age=200 - number)
    html = _get(cast, "/logs")
    assert _shown(html) == [f"line {number:03}" for number in range(119, 19, -1)]
    more = re.search(r'<a class="btn" href="(\?before=[^"]+)"', html)
    assert more is not None
    rest = _get(cast, f"/logs{more[1].replace('&amp;', '&')}")
    assert _shown(rest) == [f"line {number:03}" for number in range(19, -1, -1)]
    part = _get(cast, f"/logs{more[1].replace('&amp;', '&')}", **{"HX-Request": "true"})
    assert "<html" not in part
    assert _shown(part) == _shown(rest)


def test_what_was_asked_for_stays_in_the_form_and_in_every_address(cast: Cast, job: UUID) -> None:
    add_line(job, "needle <b>", level=40)
    add_line(job, "hay", level=40)
    html = _get(cast, '/logs?q=needle+"<b>"&level=error&range=7d')
    assert _shown(html) == ["needle &lt;b&gt;"]
    assert 'value="needle &quot;&lt;b&gt;&quot;"' in html
    assert '<input type="hidden" name="level" value="error">' in html
    assert re.search(r'hx-get="/logs/histogram\?[^"]*level=error', html)
    assert re.search(r'href="/logs/export\?[^"]*q=needle[^"]*format=csv', html)


def test_nothing_that_matches_is_told_from_nothing_at_all(cast: Cast, job: UUID) -> None:
    assert "No lines in this time" in _get(cast, "/logs")
    add_line(job, "hay")
    assert "No line matches" in _get(cast, "/logs?q=needle")


def test_a_line_opens_to_its_values_each_with_a_search_for_it(cast: Cast, job: UUID) -> None:
    add_line(job, "call failed", level=40)
    execute("UPDATE tropeiro_log SET fields = %s", [json.dumps({"status": 500, "user": {"name": "Ana B"}})])
    ((line,),) = execute("SELECT id FROM tropeiro_log")
    part = _get(cast, f"/logs/lines/{job}/{line}?q=failed", **{"HX-Request": "true"})
    assert "<html" not in part
    assert "/logs?q=failed+status%3A500" in part
    assert "/logs?q=failed+-user.name%3A%22Ana+B%22" in part
    whole = _get(cast, f"/logs/lines/{job}/{line}")
    assert "<html" in whole
    assert "&quot;status&quot;: 500" in whole
    assert _shown(_get(cast, "/logs?q=user.name:%22Ana+B%22")) == ["call failed"]


def test_the_histogram_counts_what_is_wanted_and_each_bar_leads_to_its_time(cast: Cast, job: UUID) -> None:
    add_line(job, "one", level=40)
    add_line(job, "two")
    html = _get(cast, "/logs/histogram")
    assert "2 lines" in html
    assert html.count('class="log-piece') == 2
    address = re.search(r'<a href="(/logs\?[^"]*range=custom[^"]*)" tabindex="-1"[^>]*><title>[^<]*error 1', html)
    assert address is not None
    assert sorted(_shown(_get(cast, address[1].replace("&amp;", "&")))) == ["one", "two"]
    assert "1 line" in _get(cast, "/logs/histogram?level=error")


def test_bars_are_as_high_as_they_are_many_and_errors_stand_at_the_bottom() -> None:
    at = datetime(2026, 11, 28, tzinfo=UTC)
    counts = ({"error": 10, "info": 30}, {}, {"info": 1})
    bars = tuple(Bar(at=at, until=at, counts=one, counted=True) for one in counts)
    drawn = drawing(Histogram(bars=bars, step=timedelta(1), counted_to=at, complete=True), ["/a", "/b", "/c"])
    assert drawn.highest == 40
    assert [(piece.level, piece.y, piece.height) for piece in drawn.bars[0].pieces] == [
        ("error", 75.0, 25.0),
        ("info", 0.0, 75.0),
    ]
    assert drawn.bars[1].pieces == ()
    assert drawn.bars[2].pieces[0].height == 2.5


@pytest.mark.parametrize("address", ["/logs?before=x", "/logs?q=" + "x" * 3_000, "/logs?level=nonsense&job=x&range=x"])
def test_whatever_stands_in_the_address_is_answered(cast: Cast, address: str) -> None:
    assert cast.client(cast.alice).get(address).status_code in (200, 400)


def test_the_page_makes_few_queries_however_many_lines_it_shows(
    cast: Cast, job: UUID, django_assert_max_num_queries: Any
) -> None:
    for number in range(100):
        add_line(job, f"line {number}")
    client = cast.client(cast.alice)
    client.get("/logs")
    with django_assert_max_num_queries(40):
        assert client.get("/logs?q=line").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_files_are_sent_as_they_are_found(cast: Cast) -> None:
    job = await sync_to_async(start_job)(cast.alice, STEPS)
    for number in range(3):
        await sync_to_async(add_line)(job, f"line {number}", age=60 - number)
    client = AsyncClient()
    await client.aforce_login(await User.objects.aget(id=cast.alice.user))
    for wanted, expected in (("json", "application/x-ndjson"), ("csv", "text/csv")):
        response = await client.get(f"/logs/export?format={wanted}")
        assert response.headers["Content-Type"].startswith(expected)
        assert "attachment" in response.headers["Content-Disposition"]
        text = b"".join([part async for part in response.streaming_content]).decode()
        assert re.findall(r"line \d", text) == ["line 2", "line 1", "line 0"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.asyncio
async def test_new_lines_are_told_live_and_only_those_that_are_wanted(cast: Cast) -> None:
    job = await sync_to_async(start_job)(cast.alice, STEPS)
    client = AsyncClient()
    await client.aforce_login(await User.objects.aget(id=cast.alice.user))
    response = await client.get("/logs/events?level=error")
    assert response.headers["Content-Type"].startswith("text/event-stream")
    stream = aiter(response.streaming_content)
    assert b"retry" in await anext(stream)
    await sync_to_async(add_line)(job, "hay", age=15)
    await sync_to_async(add_line)(job, "needle", level=40, age=15)
    await sync_to_async(execute)("SELECT pg_notify('tropeiro_job', %s)", [str(job)])
    told = (await anext(stream)).decode()
    assert _shown(told) == ["needle"]
    assert re.search(r"^id: \d+-\d+$", told, re.MULTILINE)
    await stream.aclose()
