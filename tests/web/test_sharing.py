"""Copying a workflow by a link: who may, what is seen, what travels, and how it ends."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone
from project_folder import call, write_project
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.paging import Sort
from tropeiro.web.permissions import Role
from tropeiro.web.projects.actions import apply, create_project
from tropeiro.web.screens.sharing.guesses import MOST
from tropeiro.web.sharing.actions import make_link, revoke_link
from tropeiro.web.sharing.models import Purpose
from tropeiro.web.sharing.queries import list_links
from tropeiro.web.tenancy import tenant
from tropeiro.web.workflows.actions import remove_workflow, restore_workflow, save_version, save_workflow
from tropeiro.web.workflows.details import workflow_page
from tropeiro.web.workflows.queries import list_workflows
from tropeiro.web.workflows.search import Wanted, search_workflows

pytestmark = pytest.mark.django_db

DOCUMENT = {
    "description": "Greets <everybody>",
    "steps": [
        {"id": "one", "uses": "greet@1", "with": {"name": "x"}, "credential": "mail"},
        {"id": "two", "name": "Second", "uses": "core/set@1", "with": {}},
        {"id": "ask", "approval": {"title": "Go on?", "assignees": ["alice@example.org", "owner"]}},
        {"id": "three", "uses": "secret@1", "with": {"x": 1}},
    ],
}


def _text(response: Any) -> str:
    return str(response.content.decode())


def _follow(client: Client, token: str) -> Any:
    return client.get(f"/shared/{token}", follow=True)


@pytest.fixture
def workflow(cast: Cast, tmp_path: Path) -> UUID:
    """One in Acme's project, which calls a public service, a private one and the house's, and names a credential."""
    apply(cast.alice, write_project(tmp_path / "p"))
    set_credential(cast.alice, "mail", "token", {"secret": "hunter22"}, project="greetings")
    return save_workflow(cast.alice, "w", json.dumps(DOCUMENT), "greetings").workflow


@pytest.fixture
def plain(cast: Cast) -> UUID:
    """One that everybody can run."""
    return save_workflow(
        cast.alice, "plain", json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
    ).workflow


def test_a_link_is_shown_once_and_kept_as_a_digest(cast: Cast, plain: UUID) -> None:
    client = cast.client(cast.alice)
    made = client.post(f"/workflows/{plain}/links", {"purpose": "copy", "days": "7", "note": "  For   Rui "})
    (token,) = set(re.findall(r"/shared/([A-Za-z0-9_-]{43})", _text(made)))
    rows = execute("SELECT l::text FROM tropeiro_workflow_link l") + execute("SELECT a::text FROM tropeiro_audit a")
    assert all(token not in row for (row,) in rows)
    page = _text(client.get(f"/workflows/{plain}/links"))
    assert token not in page
    assert "For Rui" in page
    assert recent_acts(cast.alice)[0].verb == "workflow.share"


def test_a_tenant_cannot_read_the_digests_of_links(cast: Cast, plain: UUID) -> None:
    make_link(cast.alice, plain, Purpose.COPY)
    with pytest.raises(Exception, match="permission denied"), tenant(cast.alice.organization):
        execute("SELECT digest FROM tropeiro_workflow_link")


def test_who_has_the_link_sees_what_the_copy_would_need_and_copies(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    client = cast.client(cast.charlie)
    page = _follow(client, link.token)
    assert page.redirect_chain == [(f"/shared/workflow/{link.id}", 302)]
    assert "Everything that it calls can be reached there." in _text(page)
    assert link.token not in _text(page)
    sent = {"organization": "rivals", "project": "", "name": "mine"}
    copied = client.post(f"/shared/workflow/{link.id}", sent)
    (row,) = list_workflows(cast.charlie)
    assert copied.headers["Location"] == f"/workflows/{row.id}"
    assert row.name == "mine"
    (listed,) = list_links(cast.alice, plain)
    assert (listed.uses, listed.last_used_at is not None) == (1, True)
    # Neither side is told who the other is.
    assert "charlie" not in str(execute("SELECT a::text FROM tropeiro_audit a WHERE object_id = %s", [str(plain)]))
    told = execute("SELECT details::text FROM tropeiro_audit WHERE verb = 'workflow.copy'")
    assert "acme" not in str(told)
    assert workflow_page(cast.charlie, row.id).newest.message == "Copied by a link"


def test_no_credential_no_person_and_nothing_private_travels(cast: Cast, workflow: UUID) -> None:
    link = make_link(cast.alice, workflow, Purpose.COPY)
    client = cast.client(cast.charlie)
    page = _text(_follow(client, link.token))
    assert "acme/greetings/greet@1" in page
    assert "house/private/secret@1" in page
    assert "greetings/secret" not in page
    assert "hunter22" not in page
    assert "alice" not in page
    assert "Acme" not in page
    assert str(workflow) not in page
    assert "Greets &lt;everybody&gt;" in page
    assert "this credential is not there: make one of this name" in page
    assert "Private to the organization that it comes from" in page
    assert "The people who are asked stay behind" in page
    ids = execute("SELECT id::text FROM tropeiro_credential UNION ALL SELECT id::text FROM tropeiro_workflow_version")
    assert not [one for (one,) in ids if one in page]
    # What cannot be reached is mended in the text, or it is not saved.
    sent = {"organization": "rivals", "project": "", "name": "w"}
    refused = client.post(f"/shared/workflow/{link.id}", sent)
    assert refused.status_code == 400
    assert "/steps/3/uses" in _text(refused)
    assert list_workflows(cast.charlie) == ()
    assert list_links(cast.alice, workflow)[0].uses == 0
    draft = client.post(f"/shared/workflow/{link.id}", {**sent, "do": "draft"})
    ((workflow_id, text),) = execute("SELECT id, text FROM tropeiro_workflow_draft")
    assert draft.headers["Location"] == f"/workflows/{workflow_id}/edit"
    assert json.loads(text)["steps"][3]["uses"] == "house/private/secret@1"
    assert list_links(cast.alice, workflow)[0].uses == 1
    execute("DELETE FROM tropeiro_workflow_draft")
    found = re.search(r'<textarea[^>]*name="document"[^>]*>\n(.*?)</textarea>', page, re.S)
    assert found is not None
    text = json.loads(found[1].replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">"))
    assert "assignees" not in text["steps"][2]["approval"]
    mended = json.dumps({**text, "steps": text["steps"][:3]})
    assert client.post(f"/shared/workflow/{link.id}", {**sent, "document": mended, "made": "x"}).status_code == 302
    (row,) = list_workflows(cast.charlie)
    assert json.loads(workflow_page(cast.charlie, row.id).document)["steps"][0]["credential"] == "mail"


def test_a_link_leads_to_its_version_or_always_to_the_newest(cast: Cast, plain: UUID) -> None:
    first = make_link(cast.alice, plain, Purpose.COPY, version=1)
    newest = make_link(cast.alice, plain, Purpose.COPY)
    save_version(cast.alice, plain, json.dumps([{"id": "later", "uses": "core/set@1", "with": {}}]))
    client = cast.client(cast.charlie)
    assert "later" not in _text(_follow(client, first.token))
    assert "later" in _text(_follow(client, newest.token))
    with pytest.raises(NotFound):
        make_link(cast.alice, plain, Purpose.COPY, version=9)


def test_whatever_opens_nothing_looks_the_same(cast: Cast, plain: UUID) -> None:
    revoked, expired, removed = (make_link(cast.alice, plain, Purpose.COPY) for _ in range(3))
    embed = make_link(cast.alice, plain, Purpose.EMBED)
    revoke_link(cast.alice, plain, revoked.id)
    execute("UPDATE tropeiro_workflow_link SET expires_at = now() WHERE id = %s", [expired.id])
    client = cast.client(cast.charlie)
    answers = [client.get(f"/shared/{token}") for token in (revoked.token, expired.token, "x", "A" * 43, embed.token)]
    remove_workflow(cast.alice, plain)
    answers.append(client.get(f"/shared/{removed.token}"))
    assert {one.status_code for one in answers} == {404}
    pages = {
        re.sub(r'value="/shared/[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"', "", _text(one)) for one in answers
    }
    assert len(pages) == 1
    assert "There is no such link." in pages.pop()
    restore_workflow(cast.alice, plain)
    assert client.get(f"/shared/{removed.token}").status_code == 302


def test_who_followed_a_link_before_it_was_revoked_copies_nothing_any_more(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    client = cast.client(cast.charlie)
    _follow(client, link.token)
    assert revoke_link(cast.alice, plain, link.id) is Purpose.COPY
    sent = {"organization": "rivals", "project": "", "name": "mine"}
    assert client.get(f"/shared/workflow/{link.id}").status_code == 404
    assert client.post(f"/shared/workflow/{link.id}", sent).status_code == 404
    assert list_workflows(cast.charlie) == ()
    with pytest.raises(Conflict):
        revoke_link(cast.alice, plain, link.id)


def test_the_page_is_for_who_followed_the_link_and_not_for_who_guesses_its_id(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    assert cast.client(cast.charlie).get(f"/shared/workflow/{link.id}").status_code == 404
    assert cast.client(cast.alice).get(f"/shared/workflow/{link.id}").status_code == 404


def test_somebody_who_is_not_logged_in_logs_in_first_and_comes_back(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    client = Client()
    page = _follow(client, link.token)
    assert page.redirect_chain[-1][0] == f"/login?next=/shared/workflow/{link.id}"
    logged_in = client.post(
        f"/login?next=/shared/workflow/{link.id}",
        {"login": "charlie@example.org", "password": "correct horse battery"},
        follow=True,
    )
    assert logged_in.redirect_chain[-1][0] == f"/shared/workflow/{link.id}"
    assert "Copy plain" in _text(logged_in)


def test_a_copy_goes_only_to_where_its_maker_may_save_workflows(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    bob = cast.client(cast.bob)
    assert "you belong to no organization in which you may save workflows" in _text(_follow(bob, link.token))
    add_member(cast.charlie, "bob@example.org", Role.EDITOR)
    sent = {"organization": "acme", "project": "", "name": "stolen"}
    # Acme is not offered to Bob, who may only look there: the copy goes to the one place where he may save.
    assert bob.post(f"/shared/workflow/{link.id}", sent).status_code == 302
    assert [row.name for row in list_workflows(cast.alice)] == ["plain"]
    assert [row.name for row in list_workflows(cast.charlie)] == ["stolen"]


def test_the_copy_goes_into_the_chosen_project_and_a_taken_name_is_refused(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    create_project(cast.charlie, "own")
    client = cast.client(cast.charlie)
    _follow(client, link.token)
    sent = {"organization": "rivals", "project": "own", "name": "mine"}
    assert client.post(f"/shared/workflow/{link.id}", sent).status_code == 302
    again = client.post(f"/shared/workflow/{link.id}", sent)
    assert again.status_code == 400
    assert "There is a workflow `mine` already." in _text(again)
    assert [(row.project, row.name) for row in list_workflows(cast.charlie)] == [("own", "mine")]
    assert list_links(cast.alice, plain)[0].uses == 1


def test_the_inside_of_an_automation_is_shared_by_no_link(cast: Cast, tmp_path: Path) -> None:
    apply(cast.alice, write_project(tmp_path / "p", automations={"hello": call("secret", x=1)}))
    (row,) = search_workflows(cast.alice, Wanted(automation=True), sort=Sort("name")).rows
    for purpose in Purpose:
        with pytest.raises(Conflict, match="inside of an automation"):
            make_link(cast.alice, row.id, purpose)
    client = cast.client(cast.alice)
    assert client.get(f"/workflows/{row.id}/links").status_code == 404
    assert f"/workflows/{row.id}/links" not in _text(client.get(f"/workflows/{row.id}"))


def test_who_may_not_share_makes_and_revokes_nothing(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    other = save_workflow(cast.alice, "other", json.dumps([{"id": "a", "uses": "core/set@1", "with": {}}])).workflow
    for who, kind in ((cast.bob, Forbidden), (cast.charlie, NotFound)):
        with pytest.raises(kind):
            make_link(who, plain, Purpose.COPY)
        with pytest.raises(kind):
            revoke_link(who, plain, link.id)
        with pytest.raises(kind):
            list_links(who, plain)
    with pytest.raises(NotFound):
        revoke_link(cast.alice, other, link.id)
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    editor = member_by_email("bob@example.org", "acme")
    assert make_link(editor, plain, Purpose.COPY)
    with pytest.raises(Forbidden):
        make_link(editor, plain, Purpose.EMBED)
    assert [one.works for one in list_links(cast.alice, plain)] == [True, True]


def test_what_a_link_cannot_be_is_said(cast: Cast, plain: UUID) -> None:
    with pytest.raises(InvalidInput, match="expired already"):
        make_link(cast.alice, plain, Purpose.COPY, expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(InvalidInput):
        make_link(cast.alice, plain, Purpose.COPY, note="x" * 101)
    client = cast.client(cast.alice)
    for sent in ({"purpose": "x"}, {"purpose": "copy", "days": "5"}, {"purpose": "copy", "version": "x", "days": ""}):
        refused = client.post(f"/workflows/{plain}/links", {"note": "kept <note>", **sent})
        assert refused.status_code == 400
    assert "kept &lt;note&gt;" in _text(refused)
    assert list_links(cast.alice, plain) == ()


def test_tokens_that_open_nothing_are_counted(cast: Cast, plain: UUID) -> None:
    link = make_link(cast.alice, plain, Purpose.COPY)
    client = cast.client(cast.charlie)
    for _ in range(MOST):
        assert client.get("/shared/" + "A" * 43).status_code == 404
    assert client.get("/shared/" + "A" * 43).status_code == 429
    assert client.get(f"/shared/{link.token}").status_code == 429
    assert client.get(f"/embed/{link.token}").status_code == 429
    # From elsewhere it goes on.
    assert client.get(f"/shared/{link.token}", REMOTE_ADDR="192.0.2.7").status_code == 302
