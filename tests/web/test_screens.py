"""The pages: what they show, what they cost, and what they carry along."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError
from django.test import Client, override_settings
from job_rows import add_line, add_step, end_job, set_packet
from web_cast import PASSWORD, Cast, execute

from tropeiro.config import Config
from tropeiro.web.django_settings import settings_for
from tropeiro.web.jobs.actions import start_job

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "name": "Step A", "uses": "core/set@1", "with": {"x": 1}}])
HOSTILE = "<script>alert(1)</script>"


def _text(response: Any) -> str:
    return str(response.content.decode())


def test_logging_in_and_out(cast: Cast) -> None:
    client = Client()
    response = client.post("/login", {"login": "alice@example.org", "password": PASSWORD, "next": "/jobs?state=failed"})
    assert response.headers["Location"] == "/jobs?state=failed"
    assert client.get("/jobs").status_code == 200
    client.post("/logout")
    assert client.get("/jobs").status_code == 302


def test_a_wrong_password_says_the_same_for_a_user_and_for_nobody(cast: Cast) -> None:
    pages = [
        _text(Client().post("/login", {"login": email, "password": "wrong"}))
        for email in ("alice@example.org", "nobody@example.org")
    ]
    assert all("do not match" in page for page in pages)


def test_after_five_wrong_passwords_the_right_one_does_not_help_either(cast: Cast) -> None:
    client = Client()
    for _ in range(5):
        assert client.post("/login", {"login": "alice@example.org", "password": "wrong"}).status_code == 400
    assert client.post("/login", {"login": "alice@example.org", "password": PASSWORD}).status_code == 429


def test_the_login_leads_to_no_other_site(cast: Cast) -> None:
    for target in ("https://evil.example/", "//evil.example/", "javascript:alert(1)"):
        response = Client().post("/login", {"login": "alice@example.org", "password": PASSWORD, "next": target})
        assert response.headers["Location"] == "/"


def test_a_new_session_key_is_given_at_login(cast: Cast) -> None:
    client = Client()
    client.get("/login")
    before = client.session.session_key
    client.post("/login", {"login": "alice@example.org", "password": PASSWORD})
    assert client.session.session_key != before


@pytest.mark.parametrize("path", ["/login", "/jobs", "/nowhere", "/health/live"])
def test_every_answer_carries_the_headers_that_keep_it_safe(cast: Cast, path: str) -> None:
    headers = cast.client(cast.alice).get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy.replace("style-src-attr 'unsafe-inline'", "")
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "no-store" in headers["Cache-Control"]


def test_no_page_needs_an_inline_script_or_style(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "a", "failed", error={"code": "x", "message": "x"})
    client = cast.client(cast.alice)
    for path in ("/login", "/jobs", f"/jobs/{job}", f"/jobs/{job}/step?path=a", f"/jobs/{job}/log", "/nowhere"):
        page = _text(client.get(path))
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon\w+=", page), path


def test_with_https_cookies_and_transport_are_strict() -> None:
    made = settings_for(Config(data=django_settings.TROPEIRO.data, public_url="https://tropeiro.example"))
    assert made["SESSION_COOKIE_SECURE"]
    assert made["CSRF_COOKIE_SECURE"]
    assert made["SECURE_HSTS_SECONDS"] > 0
    assert made["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert made["ALLOWED_HOSTS"] == ["127.0.0.1", "[::1]", "localhost", "tropeiro.example"]


def test_texts_of_users_are_shown_as_text(cast: Cast) -> None:
    document = {"schema": "tropeiro/v1", "name": HOSTILE, "steps": [{**json.loads(STEPS)[0], "name": HOSTILE}]}
    job = start_job(cast.alice, json.dumps(document), {"a": HOSTILE})
    add_step(job, "a", "failed", error={"code": HOSTILE, "message": HOSTILE, "details": HOSTILE}, input=HOSTILE)
    add_line(job, HOSTILE)
    end_job(job, "failed", error={"code": HOSTILE, "message": HOSTILE}, output={"a": HOSTILE})
    client = cast.client(cast.alice)
    for path in ("/jobs", f"/jobs/{job}", f"/jobs/{job}/step?path=a", f"/jobs/{job}/step?path={HOSTILE}"):
        page = _text(client.get(path))
        assert "alert(1)" in page
        assert HOSTILE not in page


def test_the_list_has_tabs_and_pages_and_says_when_it_is_empty(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = cast.client(cast.alice)
    assert "No job has run yet" in _text(client.get("/jobs"))
    jobs = [start_job(cast.alice, STEPS) for _ in range(3)]
    end_job(jobs[0], "failed", error={"code": "x", "message": "The cause"})
    monkeypatch.setattr("tropeiro.web.screens.jobs.listing.PAGE", 2)
    first = _text(client.get("/jobs"))
    assert f"before={jobs[1]}" in first
    second = _text(client.get(f"/jobs?before={jobs[1]}"))
    assert "The cause" in second
    assert str(jobs[2]) not in second
    assert str(jobs[1]) not in _text(client.get("/jobs?state=failed"))
    assert "No job fits" in _text(client.get("/jobs?state=paused"))


def test_the_cause_of_a_failure_stands_above_the_steps(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    add_step(job, "a", "failed", error={"code": "boom", "message": "Boom"})
    end_job(job, "failed", error={"code": "boom", "message": "The disk is full", "path": "a"})
    page = _text(cast.client(cast.alice).get(f"/jobs/{job}"))
    assert page.index("The disk is full") < page.index("Step A")
    assert f"/jobs/{job}/step?path=a" in page


def test_a_viewer_is_offered_no_act(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    assert f"/jobs/{job}/cancel" in _text(cast.client(cast.alice).get(f"/jobs/{job}"))
    assert f"/jobs/{job}/cancel" not in _text(cast.client(cast.bob).get(f"/jobs/{job}"))


def test_a_refused_act_tells_why_on_the_page(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    end_job(job, "succeeded")
    client = cast.client(cast.alice)
    assert "cannot be cancelled" in _text(client.post(f"/jobs/{job}/cancel", follow=True))


def test_an_approval_is_asked_and_answered_on_the_page(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    form = {
        "type": "object",
        "required": ["ok"],
        "properties": {"ok": {"type": "boolean"}, "n": {"type": "integer"}, "who": {"enum": ["a", "b"]}},
    }
    question = {"title": "Shall we?", "form": form, "assignees": []}
    set_packet(job, state="waiting", wait_kind="approval", path="ask", question=question)
    client = cast.client(cast.alice)
    assert "Shall we?" in _text(client.get(f"/jobs/{job}"))
    assert "Shall we?" not in _text(cast.client(cast.bob).get(f"/jobs/{job}"))
    wrong = client.post(f"/jobs/{job}/approve", {"path": "ask", "in/n": "many", "in/who": "b"})
    assert wrong.status_code == 400
    assert "Write a whole number." in _text(wrong)
    assert 'value="many"' in _text(wrong)
    client.post(f"/jobs/{job}/approve", {"path": "ask", "in/ok": "true", "in/n": "3", "in/who": "b"})
    answer = execute("SELECT answer::text FROM tropeiro_packet WHERE job_id = %s", [job])[0][0]
    assert json.loads(answer)["output"] == {"ok": True, "n": 3, "who": "b"}


def test_an_approval_is_rejected_on_the_page_and_in_the_drawer(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    question = {"title": "Shall we?", "form": None, "assignees": []}
    set_packet(job, state="waiting", wait_kind="approval", path="ask", question=question)
    client = cast.client(cast.alice)
    assert f'action="/jobs/{job}/reject"' in _text(client.get(f"/jobs/{job}"))
    drawer = _text(client.get(f"/jobs/{job}/step?path=ask", headers={"HX-Request": "true"}))
    assert f'action="/jobs/{job}/reject"' in drawer
    assert f'action="/jobs/{job}/approve"' in drawer
    said = _text(client.post(f"/jobs/{job}/reject", {"path": "ask", "reason": "Too dear"}, follow=True))
    assert "The question was answered with no." in said
    answer = execute("SELECT answer::text FROM tropeiro_packet WHERE job_id = %s", [job])[0][0]
    assert json.loads(answer)["error"]["message"] == "Rejected by alice@example.org: Too dear"
    assert "Nothing waits for an answer" in _text(client.post(f"/jobs/{job}/reject", {"path": "ask"}, follow=True))


def test_language_and_theme_are_remembered(cast: Cast) -> None:
    client = cast.client(cast.alice)
    client.post("/language", {"language": "pt-br", "next": "/jobs"})
    client.post("/theme", {"theme": "dark", "next": "/jobs"})
    page = _text(client.get("/jobs"))
    assert 'lang="pt-br" data-theme="dark"' in page
    assert "Nenhum job foi executado ainda." in page
    assert client.post("/theme", {"theme": "pink"}).status_code == 400


def test_an_organization_that_is_not_yours_cannot_be_chosen(cast: Cast) -> None:
    client = cast.client(cast.alice)
    assert client.post("/organization", {"organization": "rivals"}).status_code == 404
    assert start_job(cast.charlie, STEPS)
    assert "No job has run yet" in _text(client.get("/jobs"))


@override_settings(DEBUG=False)
def test_an_error_page_has_our_face_and_tells_nothing_of_the_inside(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("internal detail")

    monkeypatch.setattr("tropeiro.web.screens.jobs.listing.queries.job_page", fails)
    client = cast.client(cast.alice)
    client.raise_request_exception = False
    response = client.get("/jobs")
    assert response.status_code == 500
    assert "Something went wrong on our side" in _text(response)
    assert "internal detail" not in _text(response)
    assert "There is nothing here that you can see" in _text(client.get("/nowhere"))


@override_settings(DEBUG=False)
def test_while_the_database_is_away_a_page_says_so_and_asks_it_nothing(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = cast.client(cast.alice)
    client.raise_request_exception = False

    def away(*args: Any, **kwargs: Any) -> Any:
        raise OperationalError("connection refused")

    monkeypatch.setattr("tropeiro.web.screens.jobs.listing.queries.job_page", away)
    response = client.get("/jobs")
    assert response.status_code == 503
    assert "The database does not answer" in _text(response)
    assert "connection refused" not in _text(response)


def _page_of_list(cast: Cast, count: int) -> str:
    for _ in range(count):
        start_job(cast.alice, STEPS)
    return "/jobs"


def _page_of_job(cast: Cast, count: int) -> str:
    job = start_job(cast.alice, STEPS)
    for index in range(count):
        add_step(job, f"a[{index}].b", n=0)
        add_line(job, f"line {index}")
    return f"/jobs/{job}"


@pytest.mark.parametrize("make", [_page_of_list, _page_of_job])
def test_a_page_costs_as_many_queries_however_much_there_is_to_show(
    cast: Cast, make: Callable[[Cast, int], str], django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = cast.client(cast.alice)
    client.get("/jobs")
    path = make(cast, 1)
    with django_assert_max_num_queries(45) as few:
        client.get(path)
    path = make(cast, 25)
    with django_assert_num_queries(len(few)):
        client.get(path)


@pytest.mark.parametrize("path", ["/logs?q=%00", "/jobs?error=a%00", "/search?q=%00", "/settings/audit?actor=%00"])
def test_the_character_that_no_text_may_have_is_refused_and_not_a_failure(cast: Cast, path: str) -> None:
    answer = cast.client(cast.alice).get(path)
    assert (answer.status_code, "NUL" in answer.content.decode()) == (400, True)
    answer = cast.client(cast.alice).post("/projects/-/new", {"title": "a\0b", "slug": "ab"})
    assert answer.status_code == 400
