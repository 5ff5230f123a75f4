"""The pages of projects: the list, the tabs, and the ways to change, archive and delete one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from project_folder import call, write_project
from web_cast import Cast

from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.jobs.actions import call_service
from tropeiro.web.projects.actions import apply, archive_project, create_project
from tropeiro.web.projects.queries import list_projects, search_projects
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script>"
TABS = ("", "/automations", "/services", "/workflows", "/jobs", "/credentials", "/triggers", "/members", "/settings")


def _text(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def greetings(cast: Cast, tmp_path: Path) -> str:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("greet", name="x")}))
    return "greetings"


def test_an_organization_without_projects_is_told_what_one_is(cast: Cast) -> None:
    page = _text(cast.client(cast.alice).get("/projects"))
    assert "No project yet" in page
    assert "/projects/-/new" in page
    assert "/projects/-/new" not in _text(cast.client(cast.bob).get("/projects"))


def test_the_list_is_searched_and_shows_archived_ones_behind_their_filter(cast: Cast) -> None:
    for slug, name in (("billing", "Billing 100%"), ("crm", HOSTILE), ("old", "Old tools")):
        create_project(cast.alice, slug, name)
    archive_project(cast.alice, "old")
    client = cast.client(cast.bob)
    page = _text(client.get("/projects"))
    assert ("Billing 100%" in page, "Old tools" in page, HOSTILE in page) == (True, False, False)
    assert "Old tools" in _text(client.get("/projects?state=archived"))
    found = _text(client.get("/projects?q=100%25"))
    assert ("Billing" in found, "/projects/crm" in found) == (True, False)
    assert "No project matches" in _text(client.get("/projects?q=nothing-like-it"))


def test_pages_of_the_list_follow_one_another_in_any_order(cast: Cast) -> None:
    for number in range(5):
        create_project(cast.alice, f"p{number}", f"Project {4 - number}")
    first = search_projects(cast.alice, limit=2)
    second = search_projects(cast.alice, limit=2, after=first.next)
    assert [row.slug for row in (*first.rows, *second.rows)] == ["p4", "p3", "p2", "p1"]
    back = search_projects(cast.alice, limit=2, before=second.previous)
    assert [row.slug for row in back.rows] == ["p4", "p3"]


def test_the_list_asks_as_much_for_many_projects_as_for_one(cast: Cast) -> None:
    client = cast.client(cast.alice)
    create_project(cast.alice, "p0")
    client.get("/projects")
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get("/projects")
    for number in range(1, 8):
        create_project(cast.alice, f"p{number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/projects")
    assert len(many) == len(one)


def test_the_list_is_a_file_too_in_which_nothing_is_a_formula(cast: Cast) -> None:
    create_project(cast.alice, "billing", "=cmd()")
    file = cast.client(cast.alice).get("/projects?format=csv")
    assert file.headers["Content-Type"].startswith("text/csv")
    assert "'=cmd(),billing,owner,0,0,0" in _text(file)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_shows_the_project_and_escapes_its_name(cast: Cast, greetings: str, tab: str) -> None:
    set_credential(cast.alice, "api", "http", {"token": "s3cret-of-ours"}, project=greetings)
    save_workflow(cast.alice, "inside", json.dumps(call("greet", name="x")), project=greetings)
    call_service(cast.alice, "greetings/greet", {"name": "x"})
    shown = {
        "/automations": "hello", "/services": "secret", "/workflows": "inside", "/jobs": "greetings/greet@1",
        "/credentials": "api", "/members": "bob@example.org",
    }  # fmt: skip
    page = _text(cast.client(cast.bob).get(f"/projects/{greetings}{tab}"))
    assert "Greetings</h1>" in page
    assert shown.get(tab, "") in page
    assert "s3cret-of-ours" not in page


def test_a_project_is_made_with_the_form_which_keeps_what_was_typed_wrongly(cast: Cast) -> None:
    client = cast.client(cast.alice)
    refused = client.post("/projects/-/new", {"slug": "Bad Slug", "name": "Tools", "description": HOSTILE})
    assert refused.status_code == 400
    page = _text(refused)
    assert ('value="Bad Slug"' in page, 'id="slug-problem"' in page, HOSTILE in page) == (True, True, False)
    made = client.post("/projects/-/new", {"slug": "tools", "name": "Tools", "description": "Ours."})
    assert made.headers["Location"] == "/projects/tools"
    assert client.post("/projects/-/new", {"slug": "tools", "name": "Again"}).status_code == 400
    assert [row.name for row in list_projects(cast.alice)] == ["Tools"]


def test_the_settings_change_it_and_say_what_holds_its_short_name(cast: Cast, greetings: str) -> None:
    save_workflow(cast.alice, "mine", json.dumps(call("greetings/greet@1", name="you")))
    client = cast.client(cast.alice)
    page = _text(client.get("/projects/greetings/settings"))
    assert "readonly" in page
    assert "mine" in page
    refused = client.post("/projects/greetings/settings", {"slug": "hi", "name": "Hi", "description": ""})
    assert refused.status_code == 400
    client.post("/projects/greetings/settings", {"slug": "greetings", "name": "Hi", "description": ""})
    assert [row.name for row in list_projects(cast.alice)] == ["Hi"]
    refused = cast.client(cast.bob).post("/projects/greetings/settings", {"slug": "greetings", "name": "No"})
    assert refused.status_code == 403
    assert "Archive or delete" not in _text(cast.client(cast.bob).get("/projects/greetings/settings"))


def test_it_is_archived_and_restored_from_its_settings(cast: Cast, greetings: str) -> None:
    client = cast.client(cast.alice)
    client.post("/projects/greetings/archive")
    page = _text(client.get("/projects/greetings/settings"))
    assert "Nothing of it starts" in page
    assert "/projects/greetings/restore" in page
    assert "already" in _text(client.post("/projects/greetings/archive", follow=True))
    client.post("/projects/greetings/restore")
    assert [row.slug for row in list_projects(cast.alice)] == ["greetings"]


def test_deleting_shows_what_holds_it_with_links_and_afterwards_what_goes_along(cast: Cast, greetings: str) -> None:
    client = cast.client(cast.alice)
    job = call_service(cast.alice, "greetings/greet", {"name": "x"})
    page = _text(client.get("/projects/greetings/delete"))
    assert f"/jobs/{job}" in page
    assert "confirmed" not in page
    assert client.post("/projects/greetings/delete", {"confirmed": "greetings"}).status_code == 400
    assert list_projects(cast.alice)


def test_deleting_asks_for_the_short_name(cast: Cast, greetings: str) -> None:
    client = cast.client(cast.alice)
    page = _text(client.get("/projects/greetings/delete"))
    assert "greet, secret" in page
    wrong = client.post("/projects/greetings/delete", {"confirmed": "greeting"})
    assert wrong.status_code == 400
    assert "not the short name" in _text(wrong)
    assert list_projects(cast.alice)
    done = client.post("/projects/greetings/delete", {"confirmed": "greetings"}, follow=True)
    assert "was deleted" in _text(done)
    assert list_projects(cast.alice) == ()
    assert client.get("/projects/greetings").status_code == 404
