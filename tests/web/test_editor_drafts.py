"""Drafts of workflows: begun, kept while two write, published, given up. What was typed is never lost."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import create_project
from tropeiro.web.workflows.actions import remove_workflow, save_version, save_workflow
from tropeiro.web.workflows.details import versions_of, workflow_page
from tropeiro.web.workflows.drafts import (
    DraftChanged,
    NameTaken,
    begin_draft,
    discard_draft,
    read_draft,
    rename_draft,
    save_draft,
    unpublished_drafts,
)
from tropeiro.web.workflows.publishing import NewerVersion, publish_draft

pytestmark = pytest.mark.django_db


def steps(x: int = 1) -> str:
    return json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": x}}], indent=2)


def _send(client: Client, method: str, path: str, body: Any) -> Any:
    return client.generic(method, path, json.dumps(body), content_type="application/json")


@pytest.fixture
def workflow(cast: Cast) -> UUID:
    return save_workflow(cast.alice, "w", steps()).workflow


@pytest.fixture
def editor(cast: Cast) -> Any:
    """Bob as an editor: a second writer."""
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    return member_by_email("bob@example.org", "acme")


def test_a_workflow_without_a_draft_is_edited_from_its_newest_version(cast: Cast, workflow: UUID) -> None:
    draft = read_draft(cast.alice, workflow)
    assert (draft.state.text, draft.state.base, draft.state.newest) == (steps(), 1, 1)
    assert draft.state.kept is None
    assert draft.problems == ()


def test_whatever_is_typed_is_kept_also_what_is_no_json(cast: Cast, workflow: UUID) -> None:
    first = read_draft(cast.alice, workflow).state.revision
    kept = save_draft(cast.alice, workflow, '[{"id": ', first)
    assert [problem.code for problem in kept.problems] == ["json_syntax"]
    again = read_draft(cast.alice, workflow).state
    assert (again.text, again.revision, again.changed_by) == ('[{"id": ', kept.state.revision, "alice@example.org")
    assert workflow_page(cast.alice, workflow).newest.version == 1


def test_of_two_who_write_at_once_the_second_is_told_and_nothing_is_lost(
    cast: Cast, workflow: UUID, editor: Any
) -> None:
    first = read_draft(cast.alice, workflow).state.revision
    kept = save_draft(cast.alice, workflow, steps(2), first).state
    with pytest.raises(DraftChanged) as refused:
        save_draft(editor, workflow, steps(3), first)
    assert (refused.value.state.text, refused.value.state.revision) == (steps(2), kept.revision)
    over = save_draft(editor, workflow, steps(3), refused.value.state.revision).state
    assert (over.text, over.changed_by) == (steps(3), "bob@example.org")


def test_the_same_text_sent_twice_is_no_conflict(cast: Cast, workflow: UUID) -> None:
    first = read_draft(cast.alice, workflow).state.revision
    kept = save_draft(cast.alice, workflow, steps(2), first).state
    assert save_draft(cast.alice, workflow, steps(2), first).state.revision == kept.revision


def test_no_revision_ever_stands_for_two_texts(cast: Cast, workflow: UUID) -> None:
    seen: dict[int, str] = {}

    def look() -> int:
        state = read_draft(cast.alice, workflow).state
        assert seen.setdefault(state.revision, state.text) == state.text
        return state.revision

    for n in range(2, 5):
        save_draft(cast.alice, workflow, steps(n), look())
        save_draft(cast.alice, workflow, steps(10 * n), look())
        publish_draft(cast.alice, workflow, steps(10 * n), look())
        look()
        save_draft(cast.alice, workflow, steps(n), look())
        discard_draft(cast.alice, workflow, look())
        look()
        save_version(cast.alice, workflow, steps(100 * n))
        save_draft(cast.alice, workflow, steps(n), look())
        look()
        save_draft(cast.alice, workflow, steps(100 * n), look())
        look()
    assert len(seen) > 15


def test_who_began_from_a_version_that_is_not_the_newest_any_more_is_told_when_saving_and_when_publishing(
    cast: Cast, workflow: UUID
) -> None:
    seen = read_draft(cast.alice, workflow).state.revision
    save_version(cast.alice, workflow, steps(2))
    with pytest.raises(DraftChanged):
        save_draft(cast.alice, workflow, steps(3), seen)
    kept = save_draft(cast.alice, workflow, steps(3), read_draft(cast.alice, workflow).state.revision).state
    save_version(cast.alice, workflow, steps(4))
    with pytest.raises(NewerVersion) as refused:
        publish_draft(cast.alice, workflow, steps(5), kept.revision)
    assert refused.value.newest == 3
    state = read_draft(cast.alice, workflow).state
    assert (state.text, state.base, state.newest) == (steps(5), 2, 3)
    done = publish_draft(cast.alice, workflow, steps(5), state.revision, "Over", over=3)
    assert (done.version, done.changed) == (4, True)
    assert versions_of(cast.alice, workflow)[0].message == "Over"


def test_publishing_makes_a_version_and_leaves_no_draft(cast: Cast, workflow: UUID) -> None:
    seen = read_draft(cast.alice, workflow).state.revision
    done = publish_draft(cast.alice, workflow, steps(2), seen, "Second")
    assert (done.version, done.changed) == (2, True)
    assert workflow_page(cast.alice, workflow).draft is None
    state = read_draft(cast.alice, workflow).state
    assert (state.kept, state.base, state.revision) == (None, 2, done.revision)
    unchanged = publish_draft(cast.alice, workflow, steps(2), done.revision)
    assert (unchanged.version, unchanged.changed) == (2, False)


def test_what_has_problems_is_not_published_but_kept(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    at = f"/workflows/{workflow}/draft"
    seen = client.get(at).json()["revision"]
    refused = _send(client, "POST", f"{at}/publish", {"text": "[]", "revision": seen})
    assert refused.status_code == 422
    assert refused.headers["Content-Type"] == "application/problem+json"
    problem = refused.json()["problems"][0]
    assert set(problem) == {"code", "pointer", "message", "hint", "line", "column"}
    assert client.get(at).json()["text"] == "[]"
    assert client.get(at).json()["revision"] == refused.json()["revision"]


def test_a_new_workflow_is_a_draft_until_it_is_published_under_its_id(cast: Cast) -> None:
    client = cast.client(cast.alice)
    made = client.post("/workflows/new", {"name": "fresh", "start": "example", "example": "each"})
    (draft,) = unpublished_drafts(cast.alice)
    assert made.headers["Location"] == f"/workflows/{draft.id}/edit"
    assert client.get(f"/workflows/{draft.id}").headers["Location"] == f"/workflows/{draft.id}/edit"
    listed = client.get("/workflows").content.decode()
    assert "Drafts that were never published" in listed
    assert f"/workflows/{draft.id}/edit" in listed
    page = client.get(f"/workflows/{draft.id}/edit").content.decode()
    assert '"editor-start"' in page
    assert '"published": false' in page
    at = f"/workflows/{draft.id}/draft"
    shown = client.get(at).json()
    assert (shown["base"], shown["newest"], shown["same"], shown["problems"]) == (0, 0, False, [])
    done = _send(client, "POST", f"{at}/publish", {"text": steps(), "revision": shown["revision"], "message": "First"})
    assert done.json() == {
        "version": 1, "changed": True, "url": f"/workflows/{draft.id}", "revision": done.json()["revision"],
    }  # fmt: skip
    assert workflow_page(cast.alice, draft.id).name == "fresh"
    assert unpublished_drafts(cast.alice) == ()
    assert client.get(at).json()["same"] is True


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ({"name": "Not A Name"}, "cannot be a workflow"),
        ({"name": "w"}, "There is a workflow `w` already."),
        ({"name": "begun"}, "There is a draft of a workflow `begun` already."),
        ({"project": "nowhere"}, "There is no project"),
        ({"start": "paste"}, "Paste the workflow"),
        ({"start": "file"}, "Choose a file first."),
    ],
)
def test_what_cannot_begin_is_shown_again_with_the_reason(
    cast: Cast, workflow: UUID, sent: dict[str, str], said: str
) -> None:
    begin_draft(cast.alice, "begun", None, "")
    response = cast.client(cast.alice).post("/workflows/new", {"name": "keep-me", "start": "empty", **sent})
    assert response.status_code == 400
    assert said in response.content.decode()
    assert len(unpublished_drafts(cast.alice)) == 1


def test_a_workflow_begins_from_a_file_or_from_what_was_pasted(cast: Cast) -> None:
    client = cast.client(cast.alice)
    file = SimpleUploadedFile("x.json", b"\xef\xbb\xbf" + steps(7).encode())
    client.post("/workflows/new", {"name": "one", "start": "file", "file": file})
    client.post("/workflows/new", {"name": "two", "start": "paste", "document": "{ not yet\r\n"})
    kept = {one.name: read_draft(cast.alice, one.id).state.text for one in unpublished_drafts(cast.alice)}
    assert kept == {"one": steps(7), "two": "{ not yet\n"}
    bad = client.post("/workflows/new", {"name": "x", "start": "file", "file": SimpleUploadedFile("x", b"\xff\xfe")})
    assert "no text in UTF-8" in bad.content.decode()


def test_a_name_that_was_taken_meanwhile_is_changed_and_nothing_is_lost(cast: Cast) -> None:
    create_project(cast.alice, "p")
    draft = begin_draft(cast.alice, "taken", None, steps())
    save_workflow(cast.alice, "taken", steps(2))
    client = cast.client(cast.alice)
    at = f"/workflows/{draft}/draft"
    refused = _send(client, "POST", f"{at}/publish", {"text": steps(3), "revision": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")
    with pytest.raises(NameTaken):
        rename_draft(cast.alice, draft, "taken", None)
    renamed = _send(client, "POST", f"{at}/rename", {"name": "free", "project": "p"})
    assert renamed.json() == {"name": "free", "project": "p", "reference": "p/free"}
    shown = client.get(at).json()
    assert shown["text"] == steps(3)
    done = publish_draft(cast.alice, draft, steps(3), shown["revision"])
    assert (done.version, workflow_page(cast.alice, draft).reference) == (1, "p/free")


def test_of_two_who_take_a_name_in_the_same_moment_one_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    # Neither saw the other when it looked whether the name is free.
    monkeypatch.setattr("tropeiro.web.workflows.drafts._refuse_taken", lambda *_, **__: None)
    begin_draft(cast.alice, "wanted", None, "")
    other = begin_draft(cast.alice, "other", None, "kept")
    with pytest.raises(NameTaken):
        begin_draft(cast.alice, "wanted", None, "")
    with pytest.raises(NameTaken):
        rename_draft(cast.alice, other, "wanted", None)
    assert {(one.name, read_draft(cast.alice, one.id).state.text) for one in unpublished_drafts(cast.alice)} == {
        ("wanted", ""), ("other", "kept"),
    }  # fmt: skip


def test_a_draft_is_given_up_for_the_newest_version_and_that_is_audited(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    at = f"/workflows/{workflow}/draft"
    kept = _send(client, "PUT", at, {"text": "x", "revision": client.get(at).json()["revision"]}).json()
    assert "There is a draft that differs" in client.get(f"/workflows/{workflow}").content.decode()
    stale = _send(client, "DELETE", at, {"revision": kept["revision"] - 1})
    assert (stale.status_code, stale.json()["draft"]["text"]) == (409, "x")
    left = _send(client, "DELETE", at, {"revision": kept["revision"]}).json()
    assert (left["text"], left["same"]) == (steps(), True)
    assert "There is a draft" not in client.get(f"/workflows/{workflow}").content.decode()
    begun = begin_draft(cast.alice, "begun", None, "y")
    assert _send(client, "DELETE", f"/workflows/{begun}/draft", {"revision": 1}).json() == {"gone": True}
    assert client.get(f"/workflows/{begun}/draft").status_code == 404
    acts = execute("SELECT verb, object_name FROM tropeiro_audit WHERE verb = 'workflow.discard' ORDER BY id")
    assert acts == [("workflow.discard", "w"), ("workflow.discard", "begun")]


def test_a_conflict_brings_the_draft_that_is_there(cast: Cast, workflow: UUID, editor: Any) -> None:
    client = cast.client(editor)
    at = f"/workflows/{workflow}/draft"
    seen = client.get(at).json()["revision"]
    save_draft(cast.alice, workflow, steps(2), seen)
    for method, path, body in (
        ("PUT", at, {"text": steps(3), "revision": seen}),
        ("POST", f"{at}/publish", {"text": steps(3), "revision": seen}),
    ):
        refused = _send(client, method, path, body)
        problem = refused.json()
        assert (refused.status_code, problem["code"], problem["title"]) == (409, "conflict", "Conflict")
        assert "alice@example.org" in problem["detail"]
        assert problem["draft"]["text"] == steps(2)
    save_version(cast.alice, workflow, steps(9))
    newest = client.get(at).json()
    refused = _send(client, "POST", f"{at}/publish", {"text": steps(2), "revision": newest["revision"]})
    assert (refused.status_code, refused.json()["code"], refused.json()["newest"]) == (409, "newer_version", 2)


def test_what_is_not_changed_here_is_refused_with_the_reason(cast: Cast, workflow: UUID) -> None:
    remove_workflow(cast.alice, workflow)
    client = cast.client(cast.alice)
    refused = _send(client, "PUT", f"/workflows/{workflow}/draft", {"text": "x", "revision": 1})
    assert refused.status_code == 409
    assert "Restore it" in refused.json()["detail"]
    page = client.get(f"/workflows/{workflow}/edit", follow=True)
    assert "Restore it to change it." in page.content.decode()
    with pytest.raises(Conflict):
        discard_draft(cast.alice, workflow)


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 1_000_001])
def test_what_cannot_be_kept_is_refused(cast: Cast, workflow: UUID, text: str) -> None:
    with pytest.raises(InvalidInput):
        save_draft(cast.alice, workflow, text, 1)


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"text": 1, "revision": 1}', b'{"text": "\\ud800", "revision": 1}'])
def test_a_body_of_another_shape_is_answered_with_a_problem(cast: Cast, workflow: UUID, body: bytes) -> None:
    client = cast.client(cast.alice)
    response = client.generic("PUT", f"/workflows/{workflow}/draft", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (400, "invalid_input")


def test_too_large_a_body_is_answered_with_a_problem(cast: Cast, workflow: UUID) -> None:
    response = _send(cast.client(cast.alice), "PUT", f"/workflows/{workflow}/draft", {"text": "x" * 2_200_000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


def test_only_members_read_and_only_editors_write(cast: Cast, workflow: UUID) -> None:
    at = f"/workflows/{workflow}/draft"
    bob, charlie = cast.client(cast.bob), cast.client(cast.charlie)
    assert bob.get(at).status_code == 200
    for method in ("PUT", "DELETE"):
        assert _send(bob, method, at, {"text": "x", "revision": 1}).status_code == 403
        assert _send(charlie, method, at, {"text": "x", "revision": 1}).status_code == 404
        assert _send(Client(), method, at, {"text": "x", "revision": 1}).status_code == 401
    for act in (
        lambda who: save_draft(who, workflow, "x", 1),
        lambda who: publish_draft(who, workflow, steps(2), 1),
        lambda who: discard_draft(who, workflow),
    ):
        with pytest.raises(Forbidden):
            act(cast.bob)
        with pytest.raises(NotFound):
            act(cast.charlie)
    assert execute("SELECT count(*) FROM tropeiro_workflow_draft") == [(0,)]


def test_a_draft_of_a_hostile_text_stays_text(cast: Cast) -> None:
    draft = begin_draft(cast.alice, "hostile", None, "</script><script>alert(1)</script>")
    page = cast.client(cast.alice).get(f"/workflows/{draft}/edit").content.decode()
    assert "<script>alert" not in page
