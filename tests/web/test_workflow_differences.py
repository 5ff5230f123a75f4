"""How two versions differ on their page, and what publishing a draft would change."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from web_cast import Cast, execute

from tropeiro.web.jobs.actions import start_job
from tropeiro.web.workflows.actions import resolve_runnable, save_version, save_workflow
from tropeiro.web.workflows.details import workflow_page
from tropeiro.web.workflows.drafts import begin_draft

pytestmark = pytest.mark.django_db

FIRST = [
    {"id": "a", "name": "First", "uses": "core/set@1", "with": {"x": 1}},
    {"id": "b", "uses": "core/set@1", "with": {}},
    {"id": "c", "uses": "core/set@1", "with": {}},
]
SECOND = [
    {"id": "a", "name": "First", "uses": "core/set@1", "with": {"x": 2, "long": "y" * 100}, "timeout": "3s"},
    {"id": "d", "name": '<img src=x onerror="alert(1)">', "uses": "core/set@1", "with": {}},
    {"id": "c", "uses": "core/set@1", "with": {}},
]
HTML = "</script><script>alert(1)</script>"


def _text(response: Any) -> str:
    return str(response.content.decode())


def _marks(page: str, side: str) -> Any:
    found = re.search(rf'<script id="difference-marks-{side}" type="application/json">(.*?)</script>', page, re.S)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture
def workflow(cast: Cast) -> UUID:
    made = save_workflow(cast.alice, "w", json.dumps(FIRST, indent=1), message="As it was").workflow
    save_version(cast.alice, made, json.dumps(SECOND, indent=1), message="As it is")
    return made


def test_two_versions_are_two_diagrams_with_marked_steps_and_a_list_in_words(cast: Cast, workflow: UUID) -> None:
    page = _text(cast.client(cast.alice).get(f"/workflows/{workflow}/versions?before=1&after=2"))
    assert {at: mark["change"] for at, mark in _marks(page, "before").items()} == {"/0": "changed", "/1": "removed"}
    assert {at: mark["change"] for at, mark in _marks(page, "after").items()} == {"/0": "changed", "/1": "added"}
    assert "1 step is new" in page
    assert "1 step is gone" in page
    assert "<dt>Input <code>x</code></dt>" in page
    assert "<dt>Time limit</dt>" in page
    assert "As it was" in page
    assert "alice@example.org" in page
    # Restored from beside the diagram; the newest needs no restoring.
    assert page.count('popovertarget="restore-1"') == 2 + 1
    assert 'popovertarget="restore-2"' not in page


def test_the_other_way_round_what_was_new_is_gone(cast: Cast, workflow: UUID) -> None:
    page = _text(cast.client(cast.alice).get(f"/workflows/{workflow}/versions?before=2&after=1"))
    assert _marks(page, "after")["/1"]["change"] == "added"
    assert _marks(page, "before")["/1"]["change"] == "removed"


def test_a_draft_is_compared_with_the_newest_version_as_a_part_of_a_page(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    address = f"/workflows/{workflow}/draft/differences"
    text = json.dumps([*SECOND, {"id": "e", "uses": "core/set@1", "with": {}}])
    for response in (
        client.post(address, {"text": text}),
        client.post(address, json.dumps({"text": text}), content_type="application/json"),
    ):
        page = _text(response)
        assert response.status_code == 200
        assert "<html" not in page
        assert _marks(page, "after") == {"/3": {"change": "added", "sign": "+", "word": "new"}}
        assert "What would be published" in page
    assert workflow_page(cast.alice, workflow).newest.version == 2


@pytest.mark.parametrize("text", ["{", "", "7", '[{"uses": "core/set@1"}]', '[{"id": "a"}, {"id": "a"}]'])
def test_a_draft_whose_steps_cannot_be_told_apart_is_compared_as_text(cast: Cast, workflow: UUID, text: str) -> None:
    page = _text(cast.client(cast.alice).post(f"/workflows/{workflow}/draft/differences", {"text": text}))
    assert "only the texts are compared" in page
    assert "difference-marks" not in page
    assert 'class="text-removed"' in page


def test_a_draft_with_mistakes_elsewhere_is_compared_step_by_step(cast: Cast, workflow: UUID) -> None:
    wrong = json.loads(json.dumps(SECOND))
    wrong[2]["if"] = "{{ no expression"
    wrong[2]["uses"] = "nowhere/nothing@9"
    page = _text(cast.client(cast.alice).post(f"/workflows/{workflow}/draft/differences", {"text": json.dumps(wrong)}))
    assert _marks(page, "after")["/2"]["change"] == "changed"
    assert "<dt>Condition</dt>" in page


def test_what_says_the_same_in_other_words_differs_as_text_alone(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    address = f"/workflows/{workflow}/draft/differences"
    assert "They say the same in other words" in _text(client.post(address, {"text": json.dumps({"steps": SECOND})}))
    same = workflow_page(cast.alice, workflow).document
    assert "only the services behind them may be newer" in _text(client.post(address, {"text": same}))


def test_of_a_workflow_that_was_never_published_everything_is_new(cast: Cast) -> None:
    draft = begin_draft(cast.alice, "fresh", None, json.dumps(FIRST))
    client = cast.client(cast.alice)
    page = _text(client.post(f"/workflows/{draft}/draft/differences", {"text": json.dumps(SECOND)}))
    assert "3 steps are new" in page
    assert "Nothing was published yet" in page
    assert cast.client(cast.charlie).post(f"/workflows/{draft}/draft/differences", {"text": "[]"}).status_code == 404


@pytest.mark.parametrize("body", ["[]", "{", '{"text": 7}', "{}"])
def test_what_has_no_text_is_refused(cast: Cast, workflow: UUID, body: str) -> None:
    response = cast.client(cast.alice).post(
        f"/workflows/{workflow}/draft/differences", body, content_type="application/json"
    )
    assert response.status_code == 400


def test_texts_of_people_stay_texts(cast: Cast, workflow: UUID) -> None:
    hostile = [{"id": "a", "name": HTML, "uses": "core/set@1", "with": {HTML: HTML}}]
    page = _text(
        cast.client(cast.alice).post(f"/workflows/{workflow}/draft/differences", {"text": json.dumps(hostile)})
    )
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;/script&gt;" in page


def test_versions_and_drafts_are_nobody_elses_business(cast: Cast, workflow: UUID) -> None:
    charlie, bob = cast.client(cast.charlie), cast.client(cast.bob)
    assert charlie.get(f"/workflows/{workflow}/versions?before=1&after=2").status_code == 404
    assert charlie.post(f"/workflows/{workflow}/draft/differences", {"text": "[]"}).status_code == 404
    assert bob.get(f"/workflows/{workflow}/versions?before=1&after=2").status_code == 200
    assert bob.post(f"/workflows/{workflow}/draft/differences", {"text": "[]"}).status_code == 403


def test_a_version_that_is_not_there_is_not_compared(cast: Cast, workflow: UUID) -> None:
    assert cast.client(cast.alice).get(f"/workflows/{workflow}/versions?before=1&after=9").status_code == 404


def test_comparing_asks_the_same_number_of_questions_however_many_steps_differ(cast: Cast, workflow: UUID) -> None:
    client = cast.client(cast.alice)
    counts = []
    for steps in (1, 1, 60):
        text = json.dumps([{"id": f"s{n}", "uses": "core/set@1", "with": {}} for n in range(steps)])
        with CaptureQueriesContext(connection) as captured:
            client.post(f"/workflows/{workflow}/draft/differences", {"text": text})
        counts.append(len(captured))
    # The first request notes besides that the session is in use.
    assert counts[1] == counts[2] <= counts[0]


def test_a_job_in_flight_keeps_the_version_that_it_began_with(cast: Cast) -> None:
    workflow = save_workflow(cast.alice, "w", json.dumps(FIRST)).workflow
    job = start_job(cast.alice, resolve_runnable(cast.alice, "w"))
    ((version, digest),) = execute("SELECT workflow_version_id, route_digest FROM tropeiro_job WHERE id = %s", [job])
    save_version(cast.alice, workflow, json.dumps(SECOND))
    after = execute("SELECT workflow_version_id, route_digest, name FROM tropeiro_job WHERE id = %s", [job])
    assert after == [(version, digest, "w@1")]
    ((route,),) = execute("SELECT text::text FROM tropeiro_route WHERE digest = %s", [digest])
    assert [step["id"] for step in json.loads(route)["steps"]] == ["a", "b", "c"]
    assert execute("SELECT DISTINCT route_digest FROM tropeiro_packet WHERE job_id = %s", [job]) == [(digest,)]
