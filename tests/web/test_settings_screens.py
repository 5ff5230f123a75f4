"""Pages of tokens and of the audit log."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from api_client import Program
from web_cast import Cast, execute

from tropeiro.kernel.ids import uuid7
from tropeiro.web.audit import queries
from tropeiro.web.audit.queries import Wanted, find_acts
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import OperatorVerb, Role, Verb
from tropeiro.web.screens.audit.words import VERBS
from tropeiro.web.tokens.actions import create_token, revoke_token
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_a_token_is_made_shown_once_used_and_revoked_in_the_console(cast: Cast) -> None:
    browser = cast.client(cast.alice)
    assert "No token yet" in _text(browser.get("/settings/tokens"))
    made = _text(browser.post("/settings/tokens/new", {"name": "ci", "role": "editor", "days": "30"}))
    token = re.search(r"trp_[\w-]{43}", made)
    assert token is not None
    assert Program(token[0]).get("/me").json()["role"] == "editor"
    listed = _text(browser.get("/settings/tokens"))
    assert token[0] not in listed
    assert token[0][:12] in listed
    address = re.search(r"/settings/tokens/[0-9a-f-]{36}/revoke", listed)
    assert address is not None
    assert browser.post(address[0]).status_code == 302
    assert Program(token[0]).get("/me").status_code == 401
    assert "revoked" in _text(browser.get("/settings/tokens"))


@pytest.mark.parametrize(
    "sent",
    [
        {"name": "", "role": "editor", "days": "30"},
        {"name": "my program", "role": "king", "days": "30"},
        {"name": "my program", "role": "editor", "days": "31"},
    ],
)
def test_a_form_that_cannot_be_used_comes_back_as_it_was_sent(cast: Cast, sent: dict[str, str]) -> None:
    answer = cast.client(cast.alice).post("/settings/tokens/new", sent)
    assert answer.status_code == 400
    assert f'value="{sent["name"]}"' in answer.content.decode()
    assert execute("SELECT count(*) FROM tropeiro_token") == [(0,)]


def test_the_page_of_a_new_token_is_kept_by_no_cache(cast: Cast) -> None:
    answer = cast.client(cast.alice).post("/settings/tokens/new", {"name": "n", "role": "viewer", "days": ""})
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_audit_log_says_who_did_what_to_which_object(cast: Cast) -> None:
    job = start_job(cast.alice, STEPS)
    page = _text(cast.client(cast.alice).get("/settings/audit"))
    assert "started a job" in page
    assert f'href="/jobs/{job}"' in page
    assert "alice@example.org" in page


def test_every_act_has_its_words() -> None:
    assert set(VERBS) == (set(Verb) | set(OperatorVerb)) - {Verb.VIEW, Verb.READ_AUDIT}


def test_the_audit_log_is_filtered(cast: Cast) -> None:
    save_workflow(cast.alice, "weekly-report", STEPS)
    revoke_token(cast.alice, create_token(cast.alice, "ci", Role.VIEWER).id)
    browser = cast.client(cast.alice)

    def verbs(**query: str) -> set[str]:
        page = _text(browser.get("/settings/audit", query))
        return {str(words) for words in VERBS.values() if f"<td>{words}</td>" in page}

    assert verbs(verb="token.revoke") == {"revoked an API token"}
    assert verbs(object="token") == {"made an API token", "revoked an API token"}
    assert verbs(q="WEEKLY") == {"saved a workflow"}
    assert verbs(actor="bob@example.org") == set()
    assert verbs(since="2999-01-01") == set()
    assert verbs(until="2001-01-01") == set()
    assert verbs(since="nonsense", until="0001-01-01") >= {"saved a workflow"}


def test_the_audit_log_has_pages_and_a_csv(cast: Cast) -> None:
    for number in range(5):
        create_token(cast.alice, f"t{number}", Role.VIEWER)
    seen, before = [], None
    while True:
        acts = find_acts(cast.alice, Wanted(object_type="token"), before=before, limit=2)
        seen += [entry.object_name for entry in acts.entries]
        if acts.next is None:
            break
        before = acts.next
    assert seen == ["t4", "t3", "t2", "t1", "t0"]
    answer = cast.client(cast.alice).get("/settings/audit?format=csv&object=token")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("When,Who,Did")
    assert len(lines) == 6


def test_a_rare_act_is_looked_for_a_bounded_way_at_a_time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_LOOKED_AT", 3)
    save_workflow(cast.alice, "w", STEPS)
    for number in range(4):
        create_token(cast.alice, f"t{number}", Role.VIEWER)
    wanted = Wanted(verbs=("workflow.save",))
    first = find_acts(cast.alice, wanted)
    assert (first.entries, first.partial) == ((), True)
    second = find_acts(cast.alice, wanted, before=first.next)
    assert [entry.object_name for entry in second.entries] == ["w"]


def test_an_object_name_cannot_become_markup(cast: Cast) -> None:
    execute(
        "INSERT INTO tropeiro_audit (id, organization_id, actor, verb, object_type, object_id, object_name, details,"
        " at) VALUES (%s, %s, '<b>x', 'old.verb', 'job', 'not-an-id', '<script>', '{\"<i>\": \"<u>\"}', now())",
        [uuid7(), cast.alice.organization],
    )
    page = _text(cast.client(cast.alice).get("/settings/audit"))
    assert all(mark not in page for mark in ("<b>x", "<script>,", "<i>", "<u>"))
    assert "old.verb" in page
