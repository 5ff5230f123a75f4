"""The REST API as a program meets it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from api_client import Program, program
from django.test import Client
from job_rows import add_line, add_step, end_job, set_packet
from web_cast import Cast, execute

from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.actions import create_token, revoke_token
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps(
    {
        "schema": "tropeiro/v1",
        "inputs": {"type": "object", "properties": {"n": {"type": "integer"}}},
        "steps": [{"id": "a", "uses": "core/set@1", "with": {"x": "{{ inputs.n }}"}}],
    }
)


@pytest.fixture
def alice(cast: Cast) -> Program:
    save_workflow(cast.alice, "w", STEPS)
    return program(cast.alice)


def _start(who: Program, **body: Any) -> UUID:
    answer = who.post("/jobs", {"run": "w", "inputs": {"n": 1}, **body})
    assert answer.status_code == 201, answer.content
    return UUID(answer.json()["id"])


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:tropeiro:error:{code}")
    return body


def test_the_token_says_who_it_acts_as(cast: Cast) -> None:
    assert program(cast.alice, Role.VIEWER).get("/me").json() == {
        "organization": "acme",
        "user": "alice@example.org",
        "token": "program",
        "role": "viewer",
    }


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer trp_x", "Basic YTpi", "Token abc"])
def test_without_a_token_nothing_opens(cast: Cast, header: str) -> None:
    headers = {"Authorization": header} if header else {}
    answer = Client().get("/api/v1/jobs", headers=headers)
    _problem(answer, 401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_is_no_token(cast: Cast) -> None:
    assert cast.client(cast.alice).get("/api/v1/jobs").status_code == 401


def test_a_revoked_token_is_refused_at_once(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.VIEWER)
    assert Program(token.text).get("/me").status_code == 200
    revoke_token(cast.alice, token.id)
    _problem(Program(token.text).get("/me"), 401, "unauthenticated")


def test_a_job_is_started_by_the_name_of_what_it_runs(cast: Cast, alice: Program) -> None:
    answer = alice.post("/jobs", {"run": "w", "inputs": {"n": 3}, "priority": 5})
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == body["url"] == f"/api/v1/jobs/{body['id']}"
    assert body["name"] == "w@1"
    job = alice.get(f"/jobs/{body['id']}").json()
    assert (job["state"], job["trigger"], job["priority"], job["inputs"]) == ("queued", "api", 5, {"n": 3})
    assert job["started_by"] == "alice@example.org"
    act = recent_acts(cast.alice)[0]
    assert (act.verb, act.object_id, act.details["token"]) == ("job.start", body["id"], "program")


def test_a_service_is_called_by_its_reference(alice: Program, cast: Cast) -> None:
    answer = alice.post("/jobs", {"run": "core/set@1", "inputs": {"x": 1}})
    assert answer.status_code == 201
    assert recent_acts(cast.alice)[0].verb == "service.call"


@pytest.mark.parametrize(
    ("body", "status", "code", "words"),
    [
        ({"run": "no-such/thing"}, 404, "not_found", "no-such/thing"),
        ({"run": "A B"}, 400, "invalid_input", "A B"),
        ({"run": "w", "inputs": {"n": "x"}}, 400, "schema_mismatch", "n"),
        ({"run": "w", "inputs": [1]}, 400, "invalid_input", "/inputs"),
        ({"run": "w", "priority": 101}, 400, "invalid_input", "/priority"),
        ({"run": "w", "colour": "red"}, 400, "invalid_input", "/colour"),
        ({}, 400, "invalid_input", "/run"),
        ([], 400, "invalid_input", "body"),
    ],
)
def test_what_cannot_be_started_is_refused_with_the_place(
    alice: Program, body: Any, status: int, code: str, words: str
) -> None:
    assert words in _problem(alice.post("/jobs", body), status, code)["detail"]
    assert execute("SELECT count(*) FROM tropeiro_job") == [(0,)]


def test_a_body_that_is_not_json_is_refused(alice: Program) -> None:
    headers = {"Authorization": f"Bearer {alice.token}"}
    answer = Client().post("/api/v1/jobs", "{", content_type="application/json", headers=headers)
    assert "not JSON" in _problem(answer, 400, "invalid_input")["detail"]


def test_a_body_that_is_too_large_is_refused(alice: Program, web_settings: Any) -> None:
    web_settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    _problem(alice.post("/jobs", {"run": "w", "inputs": {"n": "x" * 200}}), 413, "too_large")


def test_the_same_key_starts_no_second_job(alice: Program) -> None:
    first = alice.post("/jobs", {"run": "w", "inputs": {"n": 1}}, key="order-7")
    again = alice.post("/jobs", {"inputs": {"n": 1}, "run": "w"}, key="order-7")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert execute("SELECT count(*) FROM tropeiro_job") == [(1,)]


def test_a_key_that_comes_back_with_another_request_is_refused(alice: Program) -> None:
    alice.post("/jobs", {"run": "w", "inputs": {"n": 1}}, key="k")
    _problem(alice.post("/jobs", {"run": "w", "inputs": {"n": 2}}, key="k"), 422, "idempotency_key_reused")
    assert execute("SELECT count(*) FROM tropeiro_job") == [(1,)]


def test_a_key_of_a_refused_request_is_free_again(alice: Program) -> None:
    assert alice.post("/jobs", {"run": "w", "inputs": {"n": "x"}}, key="k").status_code == 400
    assert alice.post("/jobs", {"run": "w", "inputs": {"n": 1}}, key="k").status_code == 201


def test_keys_of_organizations_do_not_meet(cast: Cast, alice: Program) -> None:
    save_workflow(cast.charlie, "w", STEPS)
    first = alice.post("/jobs", {"run": "w"}, key="k")
    other = program(cast.charlie).post("/jobs", {"run": "w"}, key="k")
    assert (first.status_code, other.status_code) == (201, 201)
    assert first.json()["id"] != other.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_what_is_no_key_is_refused(alice: Program, key: str) -> None:
    _problem(alice.post("/jobs", {"run": "w"}, key=key), 400, "invalid_input")


def test_jobs_come_in_pages_the_newest_first(alice: Program) -> None:
    made = [str(_start(alice)) for _ in range(5)]
    seen, cursor = [], None
    while True:
        page = alice.get("/jobs", limit=2, **({"cursor": cursor} if cursor else {})).json()
        assert len(page["items"]) <= 2
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == made[::-1]


def test_jobs_are_listed_by_state(alice: Program) -> None:
    end_job(_start(alice), "failed")
    waiting = _start(alice)
    assert [one["id"] for one in alice.get("/jobs", state="queued").json()["items"]] == [str(waiting)]
    _problem(alice.get("/jobs", state="broken"), 400, "invalid_input")
    _problem(alice.get("/jobs", limit=1000), 400, "invalid_input")


def test_services_automations_and_workflows_come_in_pages(alice: Program, cast: Cast) -> None:
    save_workflow(cast.alice, "v", STEPS)
    first = alice.get("/workflows", limit=1).json()
    second = alice.get("/workflows", limit=1, cursor=first["next"]).json()
    assert [one["reference"] for page in (first, second) for one in page["items"]] == ["v", "w"]
    assert (first["next"], second["next"]) == ("v", None)
    services = alice.get("/services", limit=200).json()["items"]
    assert [one["reference"] for one in services] == sorted(one["reference"] for one in services)
    assert "core/set" in {one["reference"] for one in services}
    assert alice.get("/automations").json() == {"items": [], "next": None}


def test_another_organizations_workflows_are_not_listed(alice: Program, cast: Cast) -> None:
    assert program(cast.charlie).get("/workflows").json()["items"] == []


def test_the_output_is_given_once_there_is_one(alice: Program) -> None:
    job = _start(alice)
    _problem(alice.get(f"/jobs/{job}/output"), 409, "conflict")
    end_job(job, "succeeded", output={"b": 1, "a": 2})
    assert alice.get(f"/jobs/{job}/output").content == b'{"b":1,"a":2}'
    assert alice.get(f"/jobs/{job}").json()["output"] == {"b": 1, "a": 2}


def test_steps_and_log_are_read(alice: Program) -> None:
    job = _start(alice)
    add_step(job, "a", n=0)
    execute("DELETE FROM tropeiro_packet")
    for number in range(3):
        add_line(job, f"line {number}")
    steps = alice.get(f"/jobs/{job}/steps").json()["items"]
    assert [(one["path"], one["state"], one["states"]) for one in steps] == [("a", "succeeded", {"succeeded": 1})]
    first = alice.get(f"/jobs/{job}/log", limit=2).json()
    rest = alice.get(f"/jobs/{job}/log", limit=2, after=first["next"]).json()
    assert [line["message"] for page in (first, rest) for line in page["items"]] == ["line 0", "line 1", "line 2"]
    assert (first["more"], rest["more"]) == (True, False)


def test_a_job_is_paused_resumed_and_cancelled(alice: Program) -> None:
    job = _start(alice)
    states = [alice.post(f"/jobs/{job}/{act}").json()["state"] for act in ("pause", "resume", "cancel")]
    assert states == ["paused", "queued", "cancelled"]
    assert "cannot be cancelled" in _problem(alice.post(f"/jobs/{job}/cancel"), 409, "conflict")["detail"]


def test_a_job_runs_again(alice: Program) -> None:
    job = _start(alice)
    _problem(alice.post(f"/jobs/{job}/retry"), 409, "conflict")
    end_job(job, "failed", error={"code": "x", "message": "y"})
    for act, body in (("retry", None), ("rerun", {"version": "newest"}), ("rerun", None)):
        answer = alice.post(f"/jobs/{job}/{act}", body)
        assert answer.status_code == 201, answer.content
        assert alice.get(f"/jobs/{answer.json()['id']}").json()["rerun_of"] == str(job)


def test_a_question_is_answered(cast: Cast) -> None:
    who = program(cast.alice)
    job = _start_waiting(cast, who)
    asked = who.get(f"/jobs/{job}/questions").json()["items"]
    assert [(one["path"], one["title"]) for one in asked] == [("ok", "Go on?")]
    assert who.post(f"/jobs/{job}/approve", {"path": "ok", "answer": True}).status_code == 200
    assert execute("SELECT state FROM tropeiro_packet") == [("ready",)]
    _problem(who.post(f"/jobs/{job}/approve", {"path": "ok"}), 409, "conflict")


def test_a_question_of_a_job_is_rejected(cast: Cast) -> None:
    who = program(cast.alice)
    job = _start_waiting(cast, who)
    assert who.post(f"/jobs/{job}/reject", {"path": "ok", "reason": "No"}).status_code == 200
    assert json.loads(execute("SELECT answer::text FROM tropeiro_packet")[0][0])["error"]["code"] == "rejected"
    _problem(who.post(f"/jobs/{job}/reject", {"path": "ok"}), 409, "conflict")


def _start_waiting(cast: Cast, who: Program) -> UUID:
    save_workflow(cast.alice, "q", json.dumps([{"id": "ok", "approval": {"title": "Go on?"}}]))
    job = _start(who, run="q", inputs={})
    question = {"title": "Go on?", "form": None, "assignees": []}
    set_packet(job, state="waiting", wait_kind="approval", path="ok", question=question)
    return job


def test_a_token_that_sends_too_much_is_told_when_to_come_back(cast: Cast, settings: Any) -> None:
    settings.TROPEIRO = replace(settings.TROPEIRO, api_rate=1)
    who, other = program(cast.alice), program(cast.alice)
    assert [who.get("/me").status_code for _ in range(10)] == [200] * 10
    answer = who.get("/me")
    _problem(answer, 429, "rate_limited")
    assert answer.headers["Retry-After"] == "1"
    # Another token has a bucket of its own, and this one fills with time, to the brim and not beyond.
    assert other.get("/me").status_code == 200
    execute("UPDATE tropeiro_token_rate SET filled_at = filled_at - interval '1 hour'")
    assert [who.get("/me").status_code for _ in range(11)] == [200] * 10 + [429]


def test_a_request_that_is_refused_takes_nothing_from_the_bucket(cast: Cast, settings: Any) -> None:
    settings.TROPEIRO = replace(settings.TROPEIRO, api_rate=1)
    who = program(cast.alice)
    who.get("/me")
    execute("UPDATE tropeiro_token_rate SET left_over = 0.5, filled_at = now() + interval '1 hour'")
    assert [who.get("/me").status_code for _ in range(3)] == [429, 429, 429]
    execute("UPDATE tropeiro_token_rate SET filled_at = clock_timestamp() - interval '0.6 seconds'")
    assert who.get("/me").status_code == 200


def test_without_a_limit_nothing_is_counted(cast: Cast, settings: Any) -> None:
    settings.TROPEIRO = replace(settings.TROPEIRO, api_rate=0)
    assert program(cast.alice).get("/me").status_code == 200
    assert execute("SELECT count(*) FROM tropeiro_token_rate") == [(0,)]


def test_an_address_that_is_none_is_a_problem_too(alice: Program) -> None:
    _problem(alice.get("/nothing"), 404, "not_found")
    _problem(alice.get("/jobs/not-an-id"), 404, "not_found")
    answer = alice.get("/jobs/00000000-0000-7000-8000-000000000000/cancel")
    _problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "POST"


def test_the_openapi_document_names_every_operation(alice: Program) -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    assert document["paths"]["/api/v1/jobs/{job}"]["get"]["security"] == [{"_Bearer": []}]
    assert len(document["paths"]) == 17
