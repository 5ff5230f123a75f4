"""The list of jobs and the page of one: what they show, what they cost, and what is done from them."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from job_rows import add_line, add_step, end_job
from web_cast import Cast, execute

from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.bulk import work
from tropeiro.web.jobs.redaction import HIDDEN, redacted

pytestmark = pytest.mark.django_db

STEPS = json.dumps(
    [
        {"id": "first", "name": "The first", "uses": "core/set@1"},
        {"id": "each", "foreach": "{{ inputs.list }}", "steps": [{"id": "inner", "uses": "core/set@1"}]},
    ]
)


def _text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def _many_items(job: UUID, count: int) -> None:
    execute(
        "INSERT INTO tropeiro_step (job_id, organization_id, path, round, attempt, n, state, uses, started_at,"
        " finished_at, error) SELECT j.id, j.organization_id, 'each[' || i || '].inner', 0, 1, 2,"
        " CASE WHEN i = 7 THEN 'failed' ELSE 'succeeded' END, 'house/core/set@1', now(), now(),"
        ' CASE WHEN i = 7 THEN \'{"code": "x", "message": "Boom"}\'::json END'
        " FROM tropeiro_job j, generate_series(0, %s) i WHERE j.id = %s",
        [count - 1, job],
    )


def _many_lines(job: UUID, count: int) -> None:
    execute(
        "INSERT INTO tropeiro_log (job_id, organization_id, at, level, message)"
        " SELECT id, organization_id, now() - interval '1 hour', CASE WHEN i %% 1000 = 0 THEN 40 ELSE 20 END,"
        " 'line ' || i FROM tropeiro_job, generate_series(1, %s) i WHERE id = %s",
        [count, job],
    )


def test_a_job_of_ten_thousand_items_and_a_hundred_thousand_lines_is_a_small_page(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "first")
    _many_items(job, 10_000)
    _many_lines(job, 100_000)
    end_job(job, "failed", error={"code": "x", "message": "Boom"})
    client = cast.client(cast.alice)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = _text(client.get(f"/jobs/{job}"))
    assert len(queries) < 60
    assert len(page.encode()) < 300_000
    assert "9,999/10,000" in page
    assert page.count('<li class="line') == 500
    assert "line 100000" in page
    items = _text(client.get(f"/jobs/{job}/items?n=2", headers={"HX-Request": "true"}))
    assert items.index("[7]") < items.index("[0]")
    assert len(items.encode()) < 120_000


def test_the_list_asks_as_much_for_fifty_jobs_as_for_one(cast: Cast) -> None:
    client = cast.client(cast.alice)
    start_job(cast.alice, STEPS)
    client.get("/jobs")
    counts = []
    for more in (0, 49):
        for _ in range(more):
            start_job(cast.alice, STEPS)
        with CaptureQueriesContext(connection) as queries:
            client.get("/jobs")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_what_is_filtered_by_stands_in_the_address_and_can_be_taken_out_again(cast: Cast) -> None:
    start_job(cast.alice, STEPS)
    page = _text(cast.client(cast.alice).get("/jobs?q=draft&trigger=manual&state=queued"))
    assert "/jobs?trigger=manual&amp;state=queued" in page
    assert "/jobs?q=draft&amp;state=queued" in page
    assert 'value="draft"' in page


def test_a_list_that_finds_nothing_says_so_and_shows_the_way_out(cast: Cast) -> None:
    start_job(cast.alice, STEPS)
    page = _text(cast.client(cast.alice).get("/jobs?q=nothing-like-it"))
    assert "No job fits" in page
    assert 'href="/jobs"' in page


def test_the_list_comes_as_csv_with_all_that_fits(cast: Cast) -> None:
    done = start_job(cast.alice, STEPS)
    end_job(done, "failed", error={"code": "boom", "message": "=SUM(1)"})
    start_job(cast.alice, STEPS)
    start_job(cast.charlie, STEPS)
    lines = _text(cast.client(cast.alice).get("/jobs?format=csv&state=failed")).splitlines()
    assert len(lines) == 2
    assert str(done) in lines[1]
    assert "'=SUM(1)" in lines[1]


def test_counts_of_the_tabs_come_by_themselves(cast: Cast) -> None:
    end_job(start_job(cast.alice, STEPS), "failed")
    start_job(cast.alice, STEPS)
    tabs = re.sub(r"<[^>]+>", " ", _text(cast.client(cast.alice).get("/jobs/counts"))).split()
    assert tabs == ["all", "2", "queued", "1", "failed", "1"]


def test_many_jobs_are_acted_on_after_the_count_was_seen(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tropeiro.web.screens.jobs.bulk.desk.wake", lambda: None)
    jobs = [start_job(cast.alice, STEPS) for _ in range(3)]
    end_job(jobs[0], "succeeded")
    client = cast.client(cast.alice)
    asked = _text(client.get("/jobs/bulk?act=cancel&all=1&filter="))
    assert "Cancel 3 jobs?" in asked
    assert "<strong>2</strong>" in asked
    assert "will be refused" in asked
    answer = client.post("/jobs/bulk", {"act": "cancel", "all": "1", "filter": ""})
    address = answer.headers["Location"]
    assert "so far" in _text(client.get(address))
    while work():
        pass
    page = _text(client.get(address))
    assert "2 done" in page
    assert "1 could not be done" in page
    assert "it cannot be cancelled any more" in page
    assert str(jobs[0]) in _text(client.get(f"{address}/csv"))


def test_chosen_jobs_of_another_organization_are_not_even_counted(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tropeiro.web.screens.jobs.bulk.desk.wake", lambda: None)
    foreign = start_job(cast.alice, STEPS)
    client = cast.client(cast.charlie)
    assert client.get(f"/jobs/bulk?act=cancel&job={foreign}").status_code == 302
    client.post("/jobs/bulk", {"act": "cancel", "job": str(foreign)})
    assert execute("SELECT count(*) FROM tropeiro_bulk") == [(0,)]


def test_two_attempts_stand_side_by_side_with_what_differs(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS, {"list": [1]})
    add_step(job, "first", "failed", input={"x": 1, "token": "t-1"}, error={"code": "busy", "message": "Come back"})
    add_step(job, "first", attempt=2, input={"x": 2, "token": "t-2"}, output={"rows": 3})
    end_job(job, "succeeded")
    client = cast.client(cast.alice)
    assert f"/jobs/{job}/compare?path=first&amp;before={job}.0.1" in _text(client.get(f"/jobs/{job}?tab=attempts"))
    page = _text(client.get(f"/jobs/{job}/compare?path=first&before={job}.0.1"))
    assert f'<option value="{job}.0.1" selected>' in page
    assert f'<option value="{job}.0.2" selected>' in page
    assert "Come back" in page
    assert re.search(
        r"<code>x</code></td>\s*<td><pre class=.before.>1</pre></td>\s*<td><pre class=.after.>2</pre>", page
    )
    assert "t-1" not in page
    assert client.get(f"/jobs/{job}/compare?path=first&before={job}.0.9").status_code == 404
    assert client.get(f"/jobs/{job}/compare?path=nowhere").status_code == 404


def test_an_attempt_is_compared_with_that_of_the_job_that_ran_it_again(cast: Cast) -> None:
    job, again = start_job(cast.alice, STEPS, {"list": [1]}), start_job(cast.alice, STEPS, {"list": [1]})
    execute("UPDATE tropeiro_job SET rerun_of_id = %s WHERE id = %s", [job, again])
    add_step(job, "first", "failed", error={"code": "x", "message": "Boom"})
    execute("UPDATE tropeiro_step SET started_at = started_at - interval '1 hour'")
    add_step(again, "first", output={"ok": True})
    client = cast.client(cast.alice)
    for one in (job, again):
        page = _text(client.get(f"/jobs/{one}/compare?path=first"))
        assert f'<option value="{job}.0.1" selected>' in page
        assert f'<option value="{again}.0.1" selected>' in page


def test_a_secret_that_differs_is_told_to_differ_and_not_shown(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS, {"list": [1]})
    for attempt in (1, 2):
        add_step(job, "first", attempt=attempt, input={"token": f"t-{attempt}"})
    page = _text(cast.client(cast.alice).get(f"/jobs/{job}/compare?path=first"))
    assert "a hidden value" in page
    assert "t-1" not in page


def test_the_bar_of_a_skipped_step_is_not_as_long_as_the_step_before_it(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS, {"list": [1]})
    add_step(job, "first")
    add_step(job, "each", "skipped", n=1)
    end_job(job, "succeeded")
    page = _text(cast.client(cast.alice).get(f"/jobs/{job}"))
    (width,) = re.findall(r'class="bar bar-skipped" x="\d+" y="0" height="12" width="(\d+)"', page)
    assert int(width) == 6


def test_tabs_of_a_job_show_its_flow_its_values_and_its_attempts(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS, {"list": [1], "api_key": "sk-1"})
    add_step(job, "first", "failed", error={"code": "x", "message": "Once it failed"})
    add_step(job, "first", attempt=2)
    end_job(job, "succeeded", output={"token": "t-1", "rows": 3})
    client = cast.client(cast.alice)
    flow = _text(client.get(f"/jobs/{job}?tab=flow"))
    assert '"name": "The first"' in flow
    assert re.search(r'data-pointer="/steps/\d+" data-state="succeeded"', flow)
    values = _text(client.get(f"/jobs/{job}?tab=values"))
    assert "sk-1" not in values
    assert "t-1" not in values
    assert HIDDEN in values
    assert "Once it failed" in _text(client.get(f"/jobs/{job}?tab=attempts"))
    for part in ("inputs", "output"):
        whole = _text(client.get(f"/jobs/{job}/value?part={part}&download=1"))
        assert "sk-1" not in whole
        assert "t-1" not in whole


def test_a_long_value_is_read_piece_by_piece_and_downloaded_whole(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    rows = [f"row {n}" for n in range(5_000)]
    add_step(job, "first", output=rows)
    client = cast.client(cast.alice)
    body = _text(client.get(f"/jobs/{job}/step?path=first", headers={"HX-Request": "true"}))
    assert "row 10&quot;" in body
    assert "row 4999" not in body
    address, seen = re.search(r'href="([^"]+offset=20000[^"]*)"', body), ""
    while address:
        piece = _text(client.get(address[1].replace("&amp;", "&"), headers={"HX-Request": "true"}))
        seen, address = seen + piece, re.search(r'href="([^"]+offset=\d+[^"]*)"', piece)
    assert "row 4999" in seen
    query = "part=output&path=first&round=0&attempt=1&download=1"
    assert json.loads(_text(client.get(f"/jobs/{job}/value?{query}"))) == rows


def test_the_log_is_searched_shown_around_a_line_and_downloaded(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    _many_lines(job, 3_000)
    client = cast.client(cast.alice)
    found = _text(client.get(f"/jobs/{job}?q=line+29"))
    assert set(re.findall(r'class="text">(line \d+)', found)) <= {f"line {n}" for n in range(3_001) if "29" in str(n)}
    wanted = execute("SELECT id FROM tropeiro_log WHERE job_id = %s AND message = 'line 1500'", [job])[0][0]
    around = re.findall(r'class="text">line (\d+)', _text(client.get(f"/jobs/{job}?line={wanted}")))
    assert around[0] == "1251"
    assert around[-1] == "1750"
    older = client.get(f"/jobs/{job}/log?before={wanted}", headers={"X-Part": "lines"})
    assert re.findall(r'class="text">line (\d+)', _text(older))[-1] == "1499"
    assert older.headers["X-Older"]
    whole = _text(client.get(f"/jobs/{job}/log.txt"))
    assert whole.count("\n") == 3_000
    assert _text(client.get(f"/jobs/{job}/log.txt?level=error")).count("\n") == 3


def test_the_log_of_a_step_has_only_its_lines(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_line(job, "of the first", path="first")
    add_line(job, "of another", path="each[0].inner")
    page = _text(cast.client(cast.alice).get(f"/jobs/{job}/step/log?path=first"))
    assert "of the first" in page
    assert "of another" not in page


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"password": "x"}, {"password": HIDDEN}),
        ({"a": [{"apiKey": "1", "Authorization": "Bearer x"}]}, {"a": [{"apiKey": HIDDEN, "Authorization": HIDDEN}]}),
        ({"senha": "x", "access_token": ["x"]}, {"senha": HIDDEN, "access_token": HIDDEN}),
        ({"tokens_used": 3, "passage": "x", "has_password": True},) * 2,
        ({"next_page_token": "x", "secretary": "Ana"}, {"next_page_token": "x", "secretary": "Ana"}),
        ("password", "password"),
    ],
)
def test_what_stands_under_the_name_of_a_secret_is_hidden(value: Any, shown: Any) -> None:
    assert redacted(value) == shown
