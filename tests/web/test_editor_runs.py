"""Past runs in the editor: real values beside the steps, and what expressions give on them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from job_rows import add_line, add_step, end_job
from web_cast import Cast, execute

from tropeiro.kernel.errors import NotFound
from tropeiro.web.analytics.queries import workflow_stats
from tropeiro.web.editing.runs import list_runs, read_run
from tropeiro.web.editing.testing import MOST_KEPT, Wanted, start_test
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.jobs.recent import latest_runs
from tropeiro.web.workflows.actions import resolve_runnable, save_version, save_workflow
from tropeiro.web.workflows.drafts import begin_draft, discard_draft

pytestmark = pytest.mark.django_db

STEPS: list[dict[str, Any]] = [
    {"id": "pages", "name": "Pages", "uses": "core/set@1", "with": {"list": [1, 2], "api_key": "k3y-of-a-user"}},
    {
        "id": "each",
        "foreach": "{{ steps.pages.output.list }}",
        "steps": [{"id": "fetch", "uses": "core/set@1", "with": {"n": "{{ item }}"}}],
    },
    {"id": "calls", "foreach": "{{ steps.pages.output.list }}", "uses": "core/set@1", "with": {"n": "{{ item }}"}},
]
TEXT = json.dumps(STEPS, indent=2)


def _post(cast: Cast, workflow: UUID, what: str, body: Any) -> Any:
    at = f"/workflows/{workflow}/draft/{what}"
    return cast.client(cast.alice).generic("POST", at, json.dumps(body), content_type="application/json")


@pytest.fixture
def workflow(cast: Cast) -> UUID:
    return save_workflow(cast.alice, "w", TEXT).workflow


@pytest.fixture
def job(cast: Cast, workflow: UUID) -> UUID:
    """A run that is over."""
    job = start_job(cast.alice, resolve_runnable(cast.alice, "w"), {"name": "Ana", "password": "s3cret"})
    add_step(job, "pages", n=0, input={"list": [1, 2]}, output={"list": [1, 2], "api_key": "k3y-of-a-user"})
    add_step(job, "each", n=1, uses="", output=[{"n": 1}, {"n": 2}])
    for i in range(2):
        add_step(job, f"each[{i}].fetch", n=2, input={"n": i + 1}, output={"n": i + 1})
        add_step(job, f"calls[{i}]", n=4, input={"n": i + 1}, output={"n": i + 1})
    add_step(job, "calls", n=3, uses="", output=[{"n": 1}, {"n": 2}])
    end_job(job, "succeeded", output=[{"n": 1}, {"n": 2}])
    return job


def test_a_run_stands_beside_the_text_that_it_ran(cast: Cast, workflow: UUID, job: UUID) -> None:
    body = cast.client(cast.alice).get(f"/workflows/{workflow}/draft/runs/{job}").json()
    assert body["document"] == TEXT
    assert (body["state"], body["words"], body["test"], body["url"]) == (
        "succeeded",
        "succeeded",
        False,
        f"/jobs/{job}",
    )
    assert [(one["pointer"], one["id"], one["name"], one["items"]) for one in body["steps"]] == [
        ("/0", "pages", "Pages", None), ("/1", "each", "each", None), ("/1/steps/0", "fetch", "fetch", 2),
        ("/2", "calls", "calls", 2),
    ]  # fmt: skip
    calls = body["steps"][3]
    assert (calls["input"], calls["output"], calls["cut"]) == ({"n": 1}, [{"n": 1}, {"n": 2}], False)


def test_of_what_ran_for_several_items_one_is_chosen(cast: Cast, workflow: UUID, job: UUID) -> None:
    steps = {one.id: one for one in read_run(cast.alice, job, index=1).steps}
    assert (steps["fetch"].output, steps["calls"].input, steps["pages"].output["list"]) == ({"n": 2}, {"n": 2}, [1, 2])


def test_what_looks_like_a_secret_is_not_shown(cast: Cast, workflow: UUID, job: UUID) -> None:
    shown = cast.client(cast.alice).get(f"/workflows/{workflow}/draft/runs/{job}").content.decode()
    body = json.loads(shown)
    assert "k3y-of-a-user" not in json.dumps([body["inputs"], body["output"], body["steps"]])
    assert "s3cret" not in shown
    for value in ("{{ inputs.password }}", "{{ steps.pages.output.api_key }}"):
        given = _post(
            cast, workflow, "preview", {"text": TEXT, "pointer": "/1", "value": value, "job": str(job)}
        ).json()
        assert "s3cret" not in str(given)
        assert "k3y" not in str(given)
        assert given["kind"] == "text"


@pytest.mark.parametrize(
    ("value", "more", "given"),
    [
        ("{{ steps.pages.output.list | sum }}", {}, {"value": 3, "kind": "integer", "cut": False}),
        ({"a": "{{ inputs.name }}!"}, {}, {"value": {"a": "Ana!"}, "kind": "object", "cut": False}),
        ("{{ inputs.name }}", {"inputs": {"name": "Rui"}}, {"value": "Rui", "kind": "text", "cut": False}),
        ("{{ item }}", {"pointer": "/1/steps/0", "index": 1}, {"value": 2, "kind": "integer", "cut": False}),
        ("{{ steps.pages.output }}", {"pins": {"pages": 7}}, {"value": 7, "kind": "integer", "cut": False}),
        ("{{ steps.each.output[1].n }}", {"pointer": "/output"}, {"value": 2, "kind": "integer", "cut": False}),
    ],
)
def test_an_expression_is_evaluated_on_a_run(
    cast: Cast, workflow: UUID, job: UUID, value: Any, more: dict[str, Any], given: Any
) -> None:
    body = {"text": TEXT, "pointer": "/1", "value": value, "job": str(job), **more}
    assert _post(cast, workflow, "preview", body).json() == given


def test_a_preview_works_while_the_document_has_problems_and_without_a_run(cast: Cast, workflow: UUID) -> None:
    text = json.dumps([STEPS[0], {"id": "b", "uses": "nowhere/nothing@1", "with": {"x": "{{ oops"}}, {"id": ""}])
    body = {"text": text, "pointer": "/1", "value": "{{ steps.pages.output + 1 }}", "job": None, "pins": {"pages": 1}}
    assert _post(cast, workflow, "preview", body).json()["value"] == 2


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"value": {"a": ["{{ 1 + }}"]}}, "expression_error", "/a/0"),
        ({"value": "{{ steps.calls.output }}"}, "out_of_sight", ""),
        ({"value": "{{ 1 }}", "pointer": "/9"}, "out_of_sight", ""),
        ({"value": "{{ 1 }}", "text": "{"}, "json_syntax", ""),
        ({"value": "{{ steps.pages.output }}", "job": None}, "no_value", ""),
    ],
)
def test_why_there_is_no_preview_is_an_answer(
    cast: Cast, workflow: UUID, job: UUID, body: dict[str, Any], code: str, pointer: str
) -> None:
    found = _post(cast, workflow, "preview", {"text": TEXT, "pointer": "/1", "job": str(job), **body})
    assert found.status_code == 200
    assert (found.json()["error"]["code"], found.json()["error"]["pointer"]) == (code, pointer)


def test_large_values_are_cut_and_said_to_be(cast: Cast, workflow: UUID, job: UUID) -> None:
    execute(
        "UPDATE tropeiro_step SET output = %s WHERE job_id = %s AND path = 'pages'",
        [json.dumps({"list": list(range(20_000))}), job],
    )
    (pages, *_rest) = read_run(cast.alice, job).steps
    assert pages.cut
    assert 0 < len(pages.output["list"]) < 20_000
    body = {"text": TEXT, "pointer": "/1", "value": "{{ steps.pages.output.list | length }}", "job": str(job)}
    assert _post(cast, workflow, "preview", body).json()["value"] == 20_000


def test_runs_and_tests_are_listed_together_newest_first_page_by_page(cast: Cast, workflow: UUID, job: UUID) -> None:
    test = start_test(cast.alice, workflow, Wanted(text=TEXT))
    save_version(cast.alice, workflow, TEXT + "\n")
    second = start_job(cast.alice, resolve_runnable(cast.alice, "w"))
    other = save_workflow(cast.alice, "other", TEXT).workflow
    start_job(cast.alice, resolve_runnable(cast.alice, "other"))
    found, following = list_runs(cast.alice, workflow, limit=2)
    assert [(one.id, one.version, one.test) for one in found] == [(second, 2, False), (test, None, True)]
    rest, end = list_runs(cast.alice, workflow, before=following, limit=2)
    assert [(one.id, one.version) for one in rest] == [(job, 1)]
    assert end is None
    assert len(list_runs(cast.alice, other)[0]) == 1
    listed = cast.client(cast.alice).get(f"/workflows/{workflow}/draft/runs").json()
    assert [one["test"] for one in listed["items"]] == [False, True, False]
    assert listed["next"] is None


def test_a_run_takes_the_same_few_queries_however_many_steps_and_items(cast: Cast, workflow: UUID, job: UUID) -> None:
    client = cast.client(cast.alice)
    at = f"/workflows/{workflow}/draft/runs/{job}"
    client.get(at)
    with CaptureQueriesContext(connection) as few:
        client.get(at)
    for i in range(2, 300):
        add_step(job, f"each[{i}].fetch", n=2, output={"n": i})
    with CaptureQueriesContext(connection) as many:
        assert client.get(at).json()["steps"][2]["items"] == 300
    assert len(few) == len(many) <= 34


def test_another_organizations_run_looks_like_none(cast: Cast, workflow: UUID, job: UUID) -> None:
    draft = begin_draft(cast.charlie, "mine", None, TEXT)
    client = cast.client(cast.charlie)
    assert client.get(f"/workflows/{draft}/draft/runs/{job}").status_code == 404
    body = json.dumps({"text": TEXT, "pointer": "/1", "value": "{{ inputs.name }}", "job": str(job)})
    stolen = client.generic("POST", f"/workflows/{draft}/draft/preview", body, content_type="application/json")
    assert stolen.status_code == 404
    with pytest.raises(NotFound):
        read_run(cast.charlie, job)


def test_a_job_of_something_else_is_shown_with_what_it_ran(cast: Cast, workflow: UUID) -> None:
    job = start_job(cast.alice, '[{"id": "a", "uses": "core/set@1"}]')
    add_step(job, "a", output=1)
    found = read_run(cast.alice, job)
    assert json.loads(found.document)["steps"] == [{"id": "a", "uses": "house/core/set@1"}]
    assert [(one.pointer, one.output) for one in found.steps] == [("/steps/0", 1)]


# Tests of drafts


def test_a_test_runs_the_drafts_text_and_saves_no_version(cast: Cast, workflow: UUID) -> None:
    text = json.dumps([{"id": "new", "uses": "core/set@1", "mock": 5}])
    started = _post(cast, workflow, "test", {"text": text, "what": {"all": True}})
    assert started.status_code == 201
    job = started.json()["job"]
    assert started.json()["url"] == f"/jobs/{job}"
    row = execute("SELECT trigger, mock, workflow_version_id, name FROM tropeiro_job WHERE id = %s", [job])
    assert row == [("test", True, None, "w")]
    assert execute("SELECT count(*) FROM tropeiro_workflow_version") == [(1,)]
    assert execute("SELECT details ->> 'trigger' FROM tropeiro_audit WHERE verb = 'job.start'") == [("test",)]
    assert "test of a draft" in cast.client(cast.alice).get("/jobs?trigger=test").content.decode()


def test_one_step_is_tested_on_the_real_values_of_a_run(cast: Cast, workflow: UUID, job: UUID) -> None:
    body = {"text": TEXT, "what": {"step": "/1/steps/0"}, "job": str(job), "index": 1}
    started = _post(cast, workflow, "test", body).json()
    ((scope, route),) = execute(
        "SELECT p.scope::text, r.text::text FROM tropeiro_packet p JOIN tropeiro_job j ON j.id = p.job_id"
        " JOIN tropeiro_route r ON r.organization_id = j.organization_id AND r.digest = j.route_digest"
        " WHERE p.job_id = %s",
        [started["job"]],
    )
    assert [step["id"] for step in json.loads(route)["steps"]] == ["item_around_test", "items_of_test"]
    assert json.loads(scope)["memo"]["item_around_test"][0] == [2]


def test_a_test_is_followed_with_its_log_at_the_steps_of_the_draft(cast: Cast, workflow: UUID, job: UUID) -> None:
    body = {"text": TEXT, "what": {"step": "/2"}, "job": str(job), "index": 0}
    started = _post(cast, workflow, "test", body).json()["job"]
    add_step(UUID(started), "pages", n=0, output={"list": [1, 2]})
    add_step(UUID(started), "calls", n=2, uses="", output=[{"n": 1}])
    add_step(UUID(started), "calls[0]", n=3, input={"n": 1}, output={"n": 1})
    add_line(UUID(started), "calling", path="calls[0]")
    followed = cast.client(cast.alice).get(f"/workflows/{workflow}/draft/tests/{started}").json()
    assert followed["test"] is True
    assert followed["document"] == TEXT
    assert [(line["message"], line["step"], line["level"]) for line in followed["log"]] == [("calling", "/2", "info")]
    again = cast.client(cast.alice).get(f"/workflows/{workflow}/draft/tests/{started}", {"after": followed["next"]})
    assert again.json()["log"] == []


def test_a_test_is_none_of_the_workflows_runs_and_counts_in_none_of_its_figures(cast: Cast, workflow: UUID) -> None:
    test = start_test(cast.alice, workflow, Wanted(text=json.dumps([{"id": "a", "uses": "core/set@1"}])))
    end_job(test, "failed", error={"code": "x", "message": "y"})
    assert latest_runs(cast.alice, {workflow: None}) == {workflow: ()}
    assert workflow_stats(cast.alice, [workflow])[workflow].outcomes == ()
    assert str(test) in cast.client(cast.alice).get("/jobs").content.decode()


def test_a_discarded_draft_leaves_no_text_of_its_tests_behind(cast: Cast) -> None:
    text = json.dumps([{"id": "a", "uses": "core/set@1"}])
    draft = begin_draft(cast.alice, "begun", None, text)
    start_test(cast.alice, draft, Wanted(text=text))
    discard_draft(cast.alice, draft)
    assert execute("SELECT count(*) FROM tropeiro_workflow_test") == [(0,)]


def test_only_the_newest_tests_of_a_draft_are_remembered(cast: Cast, workflow: UUID) -> None:
    text = json.dumps([{"id": "a", "uses": "core/set@1"}])
    jobs = [start_test(cast.alice, workflow, Wanted(text=text)) for _ in range(MOST_KEPT + 2)]
    kept = execute("SELECT job_id FROM tropeiro_workflow_test ORDER BY job_id")
    assert [job for (job,) in kept] == jobs[2:]


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"text": "{", "what": {"all": True}}, "json_syntax", ""),
        ({"text": "5", "what": {"all": True}}, "wrong_type", ""),
        ({"text": '[{"id": "a", "id": "b", "uses": "core/set@1"}]', "what": {"all": True}}, "duplicate_key", "/0/id"),
        ({"text": TEXT.replace("core/set@1", "core/sett@1"), "what": {"until": "/0"}}, "no_such_service", "/0/uses"),
        ({"text": TEXT, "what": {"step": "/2"}}, "no_result", "/2"),
        ({"text": TEXT, "what": {"step": "/2"}, "pins": {"pages": {"list": []}}, "index": 0}, "no_value", "/2"),
    ],
)
def test_what_cannot_be_tested_is_answered_with_problems_at_their_place(
    cast: Cast, workflow: UUID, body: Any, code: str, pointer: str
) -> None:
    refused = _post(cast, workflow, "test", body)
    assert refused.status_code == 422
    first = refused.json()["problems"][0]
    assert (first["code"], first["pointer"]) == (code, pointer)
    assert first["line"] >= 1
    assert execute("SELECT count(*) FROM tropeiro_job") == [(0,)]


def test_inputs_that_do_not_fit_are_told_of(cast: Cast, workflow: UUID) -> None:
    inputs = {"type": "object", "properties": {"n": {"type": "integer"}}}
    text = json.dumps({"inputs": inputs, "steps": [{"id": "a", "uses": "core/set@1", "with": {"n": "{{ inputs.n }}"}}]})
    for what in ({"all": True}, {"step": "/steps/0"}):
        refused = _post(cast, workflow, "test", {"text": text, "what": what, "inputs": {"n": "x"}})
        assert (refused.status_code, refused.json()["code"]) == (422, "schema_mismatch")
        assert refused.json()["details"]["pointer"] == "/n"


@pytest.mark.parametrize("what", [{}, {"all": True, "step": "/0"}, {"step": "/7"}, {"until": "/7"}])
def test_a_test_of_nothing_or_of_two_things_is_refused(cast: Cast, workflow: UUID, what: Any) -> None:
    assert _post(cast, workflow, "test", {"text": TEXT, "what": what}).status_code == 400


def test_reused_calls_are_those_of_the_steps_that_are_named(cast: Cast, workflow: UUID, job: UUID) -> None:
    body = {"text": TEXT, "what": {"until": "/2"}, "job": str(job), "reuse": ["each", "pages"]}
    started = _post(cast, workflow, "test", body).json()["job"]
    ((scope,),) = execute("SELECT scope::text FROM tropeiro_packet WHERE job_id = %s", [started])
    assert set(json.loads(scope)["memo"]) == {"pages", "each[0].fetch", "each[1].fetch"}


def test_a_test_is_cancelled_and_then_is_over(cast: Cast, workflow: UUID) -> None:
    job = start_test(cast.alice, workflow, Wanted(text=TEXT))
    at = f"/workflows/{workflow}/draft/tests/{job}"
    answer = cast.client(cast.alice).delete(at)
    assert answer.status_code == 200
    assert answer.json()["state"] == "cancelled"
    again = cast.client(cast.alice).delete(at)
    assert again.status_code == 409
    assert cast.client(cast.charlie).delete(at).status_code == 404
