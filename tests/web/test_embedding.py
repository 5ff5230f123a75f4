"""The diagram of a workflow in a frame of whatever page: how the last run went, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from job_rows import add_line, add_step, end_job
from project_folder import write_project
from web_cast import Cast, execute

from tropeiro.web.jobs.actions import start_job
from tropeiro.web.projects.actions import apply
from tropeiro.web.sharing import embedding
from tropeiro.web.sharing.actions import make_link, revoke_link
from tropeiro.web.sharing.embedding import public_outline
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.sharing.queries import list_links
from tropeiro.web.workflows.actions import resolve_runnable, save_version, save_workflow

pytestmark = pytest.mark.django_db

SECRET = "do-not-tell"
STEPS = [
    {"id": "one", "name": "Greet <them>", "uses": "greet@1", "with": {"name": SECRET}, "credential": SECRET},
    {"id": "two", "uses": "secret@1", "with": {"x": 1}, "if": f"{{{{ inputs.x != '{SECRET}' }}}}"},
    {"id": "three", "wait": "7m", "labels": {"l": SECRET}},
    {"id": "ask", "approval": {"title": SECRET, "assignees": ["alice@example.org"]}},
    {
        "id": "which",
        "cases": [{"if": f"{{{{ inputs.x == '{SECRET}' }}}}", "steps": [{"id": "inner", "uses": "core/set@1"}]}],
        "else": [{"id": "each", "foreach": "{{ inputs.l }}", "uses": "core/set@1", "with": {"a": SECRET}}],
    },
]
DOCUMENT = {"description": SECRET, "steps": STEPS, "output": SECRET}


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "SECONDS", 0.0)


@pytest.fixture
def workflow(cast: Cast, tmp_path: Path) -> UUID:
    apply(cast.alice, write_project(tmp_path / "p"))
    return save_workflow(cast.alice, "w", json.dumps(DOCUMENT), "greetings", f"message {SECRET}").workflow


@pytest.fixture
def token(cast: Cast, workflow: UUID) -> str:
    return make_link(cast.alice, workflow, Purpose.EMBED).token


def _text(response: Any) -> str:
    return str(response.content.decode())


def _run(cast: Cast, state: str = "failed", *, mock: bool = False) -> UUID:
    job = start_job(cast.alice, resolve_runnable(cast.alice, "greetings/w"), {"x": SECRET, "l": [SECRET]}, mock=mock)
    add_step(job, "one", n=0, input={"name": SECRET}, output=SECRET)
    add_step(job, "two", "failed", n=1, error={"code": "x", "message": SECRET})
    add_line(job, SECRET)
    end_job(job, state, error={"code": "x", "message": SECRET}, output=SECRET)
    return job


def test_before_the_first_run_the_diagram_has_no_colours(token: str) -> None:
    page = _text(Client().get(f"/embed/{token}"))
    assert "It has not run yet." in page
    assert "data-state" not in page


def test_the_last_run_is_told_by_state_and_time_and_colours_the_steps(cast: Cast, token: str) -> None:
    _run(cast, "succeeded")
    _run(cast)
    page = _text(Client().get(f"/embed/{token}"))
    assert re.search(r'state-badge state-failed">.*failed</span> <span class="quiet"><time', page)
    assert 'data-pointer="/steps/0" data-state="succeeded"' in page
    assert 'data-pointer="/steps/1" data-state="failed"' in page
    assert '<li class="depth-1" data-pointer="/steps/4/else/0">' in page
    assert "Greet &lt;them&gt;" in page


def test_a_try_with_mocked_calls_is_not_the_last_run(cast: Cast, token: str) -> None:
    _run(cast, "succeeded")
    _run(cast, mock=True)
    assert "state-badge state-succeeded" in _text(Client().get(f"/embed/{token}"))


def test_the_diagram_is_of_the_version_that_ran(cast: Cast, workflow: UUID, token: str) -> None:
    _run(cast)
    save_version(cast.alice, workflow, json.dumps([{"id": "later", "uses": "core/set@1", "with": {}}]))
    page = _text(Client().get(f"/embed/{token}"))
    assert "later" not in page
    assert "version 1" in page


def test_no_value_no_condition_no_log_and_no_private_service_is_told(cast: Cast, workflow: UUID, token: str) -> None:
    job = _run(cast)
    page = _text(Client().get(f"/embed/{token}"))
    assert SECRET not in page
    for told in ("secret@1", "alice", "Acme", "7m", "inputs.", str(job), str(workflow), "csrf"):
        assert told not in page
    for public in ("acme/greetings/greet@1", "house/core/set@1"):
        assert public in page
    pinned = json.loads(execute("SELECT pinned::text FROM tropeiro_workflow_version")[0][0])
    keys = set(re.findall(r'"(\w+)":', json.dumps(public_outline(pinned["steps"], ()))))
    assert keys == {"name", "uses", "if", "wait", "approval", "cases", "steps", "else", "foreach"}


def test_the_page_may_be_framed_and_no_other_may(cast: Cast, workflow: UUID, token: str) -> None:
    bare = Client().get(f"/embed/{token}")
    assert "frame-ancestors *" in bare.headers["Content-Security-Policy"]
    assert "form-action 'none'" in bare.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in bare.headers
    assert bare.headers["Referrer-Policy"] == "no-referrer"
    assert not bare.cookies
    page = _text(bare)
    assert "<form" not in page
    assert "<nav" not in page
    assert " href=" not in re.sub(r"<(link|use) [^>]*>", "", page)
    link = make_link(cast.alice, workflow, Purpose.COPY)
    for address in (f"/shared/{link.token}", f"/workflows/{workflow}/links", "/login", f"/workflows/{workflow}"):
        closed = cast.client(cast.alice).get(address)
        assert "frame-ancestors 'none'" in closed.headers["Content-Security-Policy"], address
        assert closed.headers["X-Frame-Options"] == "DENY", address


def test_who_is_logged_in_sees_the_same(cast: Cast, token: str) -> None:
    _run(cast)
    assert _text(cast.client(cast.alice).get(f"/embed/{token}")) == _text(Client().get(f"/embed/{token}"))


def test_colours_and_language_are_chosen_by_whoever_embeds(token: str) -> None:
    page = _text(Client().get(f"/embed/{token}?theme=dark&lang=pt-BR"))
    assert 'lang="pt-br" data-theme="dark" data-bs-theme="dark"' in page
    assert 'data-theme="system"' in _text(Client().get(f'/embed/{token}?theme="><script>'))


def test_whatever_opens_nothing_looks_the_same_here_too(cast: Cast, workflow: UUID, token: str) -> None:
    copying = make_link(cast.alice, workflow, Purpose.COPY)
    revoked, expired = (make_link(cast.alice, workflow, Purpose.EMBED) for _ in range(2))
    assert Client().get(f"/embed/{revoked.token}").status_code == 200
    revoke_link(cast.alice, workflow, revoked.id)
    execute("UPDATE tropeiro_workflow_link SET expires_at = now() WHERE id = %s", [expired.id])
    answers = [Client().get(f"/embed/{one}") for one in (revoked.token, expired.token, copying.token, "A" * 43, "x")]
    assert {one.status_code for one in answers} == {404}
    assert len({_text(one) for one in answers}) == 1
    assert Client().get(f"/embed/{token}").status_code == 200


def test_that_it_is_looked_at_is_noted(cast: Cast, workflow: UUID, token: str) -> None:
    assert list_links(cast.alice, workflow)[0].last_used_at is None
    Client().get(f"/embed/{token}")
    assert list_links(cast.alice, workflow)[0].last_used_at is not None


def test_many_readers_ask_the_database_as_much_as_one(cast: Cast, token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "SECONDS", 60.0)
    _run(cast)
    client = Client()
    client.get(f"/embed/{token}")
    with CaptureQueriesContext(connection) as captured:
        client.get(f"/embed/{token}")
    # The wrong tokens of this address, and whether the link still holds.
    assert len(captured) == 2
