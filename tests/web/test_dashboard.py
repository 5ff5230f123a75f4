"""The dashboard and the page of what goes on, as people and spreadsheets get them."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from analytics_rows import count, past_job
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from web_cast import Cast

from tropeiro.web.analytics.metrics import Metric, Total
from tropeiro.web.analytics.scope import Scope
from tropeiro.web.projects.actions import create_project
from tropeiro.web.screens.analytics.realtime import _watch
from tropeiro.web.screens.templatetags import numbers

pytestmark = pytest.mark.django_db

HOSTILE = "<img src=x onerror=alert(1)>"


def text(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return str(response.content.decode())


def chart(html: str) -> dict[str, Any]:
    """The numbers that the script draws."""
    found = re.search(r"<metric-chart[^>]*><script type=\"application/json\">(.*?)</script>", html, re.DOTALL)
    assert found is not None
    return dict(json.loads(found[1]))


@pytest.fixture
def browser(cast: Cast) -> Client:
    return cast.client(cast.alice)


@pytest.fixture
def history(cast: Cast) -> None:
    project = create_project(cast.alice, "shop", name=f"Shop {HOSTILE}")
    now = timezone.now()
    for hours in (1, 2, 30):
        past_job(cast.alice, now - timedelta(hours=hours), project=project, name="shop/orders@1", seconds=3,
                 uses="acme/shop/find@1")  # fmt: skip
    past_job(cast.alice, now - timedelta(hours=1), "failed", name="report@1",
             error={"code": "boom", "message": f"It broke {HOSTILE}"})  # fmt: skip
    count()


def test_where_nothing_ran_there_is_one_sentence_and_one_action(browser: Client) -> None:
    html = text(browser.get("/"))
    assert "Nothing has run yet." in html
    assert "metric-chart" not in html


@pytest.mark.usefixtures("history")
def test_the_numbers_stand_on_the_page_without_a_script(browser: Client) -> None:
    html = text(browser.get("/?range=24h"))
    assert all(title in html for title in ("Top automations", "Latest failures", "Jobs by project", "Running now"))
    tabs = re.findall(r'class="metric-value">([^<]+)<', html)
    assert tabs[:2] == ["3", "66.7%"]
    assert "shop/orders" in html
    assert "boom" in html
    assert html.count("<tr>") > 24


@pytest.mark.usefixtures("history")
def test_what_people_wrote_is_shown_as_text(browser: Client) -> None:
    for address in ("/", "/realtime"):
        html = text(browser.get(address))
        assert HOSTILE not in html
    assert "&lt;img" in text(browser.get("/"))


@pytest.mark.usefixtures("history")
def test_the_chart_has_every_bucket_and_each_leads_to_its_jobs(browser: Client) -> None:
    data = chart(text(browser.get("/?range=24h&trigger=manual")))
    assert len(data["at"]) == len(data["values"]) == len(data["before"]) == len(data["links"]) == 24
    assert sum(data["values"]) == 3
    assert sum(data["failures"]) == 1
    place = max(range(24), key=lambda n: data["values"][n])
    asked = parse_qs(urlsplit(data["links"][place]).query)
    assert (asked["range"], asked["trigger"]) == (["custom"], ["manual"])
    assert browser.get(data["links"][place]).status_code == 200


@pytest.mark.usefixtures("history")
@pytest.mark.parametrize("metric", list(Metric))
def test_each_metric_has_its_chart(browser: Client, metric: Metric) -> None:
    data = chart(text(browser.get(f"/?range=24h&metric={metric}")))
    assert any(value is not None for value in data["values"])
    assert (data["failures"] is not None) == (metric is Metric.JOBS)


@pytest.mark.usefixtures("history")
def test_a_tab_is_answered_with_the_numbers_alone(browser: Client) -> None:
    html = text(browser.get("/?metric=p95", headers={"HX-Request": "true", "HX-Target": "section#numbers"}))
    assert "metric-chart" in html
    assert "<html" not in html


@pytest.mark.usefixtures("history")
def test_a_filter_leaves_what_it_names(browser: Client) -> None:
    html = text(browser.get("/?range=24h&state=failed"))
    assert re.findall(r'class="metric-value">([^<]+)<', html)[0] == "1"
    assert "Top services" not in html


@pytest.mark.usefixtures("history")
def test_what_is_shown_comes_as_csv(browser: Client) -> None:
    response = browser.get("/?range=24h&format=csv")
    lines = response.content.decode("utf-8-sig").splitlines()
    assert response.headers["Content-Type"].startswith("text/csv")
    assert lines[0].startswith("From,Jobs,succeeded,failed,timed out,cancelled,Success")
    assert len(lines) == 25
    assert sum(int(line.split(",")[1]) for line in lines[1:]) == 3


@pytest.mark.usefixtures("history")
def test_the_dashboard_asks_a_bounded_number_of_questions_and_never_the_jobs_for_counts(browser: Client) -> None:
    with CaptureQueriesContext(connection) as asked:
        text(browser.get("/?range=90d"))
    statements = [one["sql"] for one in asked if "tropeiro_rollup" in one["sql"] or "tropeiro_job" in one["sql"]]
    assert len(statements) <= 24
    of_jobs = [one for one in statements if "FROM tropeiro_job j" in one]
    assert all("LIMIT" in one or "SELECT EXISTS" in one for one in of_jobs)


def test_what_goes_on_is_told_live_and_again_only_when_it_is_different(cast: Cast) -> None:
    watch = _watch(cast.alice, Scope(), whole=False)
    first, again = watch.read(cast.alice, ""), watch.read(cast.alice, "")
    assert repr(first.parts["now"].key) == repr(again.parts["now"].key)
    past_job(cast.alice, timezone.now() - timedelta(seconds=5), "running")
    after = watch.read(cast.alice, "")
    assert repr(after.parts["now"].key) != repr(first.parts["now"].key)
    assert '<p class="now-number">1</p>' in after.parts["now"].render()


def test_the_page_of_what_goes_on_shows_what_is_under_way(cast: Cast, browser: Client) -> None:
    past_job(cast.alice, timezone.now() - timedelta(seconds=5), "running", name="shop/orders@1")
    count(1)
    html = text(browser.get("/realtime"))
    assert "shop/orders@1" in html
    assert html.count("<li style=") == 30
    assert "Nothing is under way" in text(cast.client(cast.charlie).get("/realtime"))


def test_a_change_is_told_in_colour_and_in_words() -> None:
    better, worse = numbers.change(Total(Metric.P95, 1, 2)), numbers.change(Total(Metric.SUCCESS, 0.9, 0.95))
    assert 'class="change good"' in better
    assert "50.0%" in better
    assert "better" in better
    assert 'class="change bad"' in worse
    assert "5.0 points" in worse
    assert "unchanged" in numbers.change(Total(Metric.JOBS, 5, 5))
    assert "new" in numbers.change(Total(Metric.JOBS, 5, 0))
    with translation.override("pt-br"):
        assert "5,0 pontos" in numbers.change(Total(Metric.SUCCESS, 0.9, 0.95))


@pytest.mark.parametrize(
    ("part", "shown"), [(1, "100%"), (0, "0%"), (0.99999, "99.9%"), (0.00001, "0.1%"), (None, "–")]
)
def test_nearly_all_is_not_told_as_all(part: float | None, shown: str) -> None:
    assert numbers.share(part) == shown


def test_a_small_line_says_its_numbers() -> None:
    line = numbers.spark((0, 5, 2), "Jobs")
    assert 'aria-label="Jobs: 0, 5, 2"' in line
    assert line.count(",") >= 3
