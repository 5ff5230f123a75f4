"""Every operation of the API, asked by everybody. An operation that is not described here fails the test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from api_client import Program, program
from django.db import transaction
from django.test import Client
from web_cast import Cast, execute

from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.api.operations import ROOT, api
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.actions import create_token

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
STATE = (
    "SELECT (SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_job), (SELECT count(*) FROM tropeiro_job),"
    " (SELECT count(*) FROM tropeiro_audit)"
)


@dataclass(frozen=True)
class Operation:
    """What an operation answers to whom. ``body`` is sent with a POST."""

    status: int
    """To a member whose role is enough."""
    least: Role = Role.VIEWER
    body: Any = None


OPERATIONS = {
    ("get", "/me"): Operation(200),
    ("get", "/services"): Operation(200),
    ("get", "/automations"): Operation(200),
    ("get", "/workflows"): Operation(200),
    ("get", "/jobs"): Operation(200),
    ("post", "/jobs"): Operation(201, Role.EDITOR, {"run": "core/set@1", "inputs": {"x": 1}}),
    ("get", "/jobs/{job}"): Operation(200),
    ("get", "/jobs/{job}/output"): Operation(409),
    ("get", "/jobs/{job}/steps"): Operation(200),
    ("get", "/jobs/{job}/log"): Operation(200),
    ("get", "/jobs/{job}/questions"): Operation(200),
    ("post", "/jobs/{job}/approve"): Operation(409, Role.OPERATOR, {"path": "a"}),
    ("post", "/jobs/{job}/reject"): Operation(409, Role.OPERATOR, {"path": "a"}),
    ("post", "/jobs/{job}/cancel"): Operation(200, Role.OPERATOR),
    ("post", "/jobs/{job}/pause"): Operation(200, Role.OPERATOR),
    ("post", "/jobs/{job}/resume"): Operation(409, Role.OPERATOR),
    ("post", "/jobs/{job}/retry"): Operation(409, Role.OPERATOR),
    ("post", "/jobs/{job}/rerun"): Operation(409, Role.OPERATOR),
}


def _ask(who: Program, method: str, path: str, operation: Operation, job: UUID) -> Any:
    address = path.format(job=job)
    return who.get(address) if method == "get" else who.post(address, operation.body)


def test_every_operation_is_described_here() -> None:
    known = {
        (method, path.removeprefix(f"/{ROOT.rstrip('/')}"))
        for path, methods in api.get_openapi_schema(path_prefix=ROOT)["paths"].items()
        for method in methods
    }
    assert known == set(OPERATIONS)


@pytest.mark.parametrize("token", ["", "trp_" + "A" * 43])
def test_without_a_token_every_operation_answers_the_same(cast: Cast, token: str) -> None:
    job = start_job(cast.alice, STEPS)
    before = execute(STATE)
    answers = {_ask(Program(token), *one, operation, job).content for one, operation in OPERATIONS.items()}
    assert len(answers) == 1
    assert json.loads(answers.pop())["code"] == "unauthenticated"
    assert execute(STATE) == before


@pytest.mark.parametrize("role", list(Role))
def test_a_token_gets_what_its_role_allows(cast: Cast, role: Role) -> None:
    who = program(cast.alice, role)
    job = start_job(cast.alice, STEPS)
    before = execute(STATE)
    for one, operation in OPERATIONS.items():
        mark = transaction.savepoint()
        answer = _ask(who, *one, operation, job)
        enough = role.includes(operation.least)
        assert answer.status_code == (operation.status if enough else 403), (one, answer.content)
        assert enough or answer.json()["code"] == "forbidden"
        assert (enough and one[0] == "post") or execute(STATE) == before, one
        transaction.savepoint_rollback(mark)


def test_a_token_of_a_lowered_member_gets_no_more_than_they_do(cast: Cast) -> None:
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    who = Program(create_token(member_by_email("bob@example.org", "acme"), "t", Role.EDITOR).text)
    job = start_job(cast.alice, STEPS)
    add_member(cast.alice, "bob@example.org", Role.VIEWER)
    assert _ask(who, "post", "/jobs/{job}/cancel", OPERATIONS["post", "/jobs/{job}/cancel"], job).status_code == 403


def test_another_organizations_token_gets_the_same_as_for_what_does_not_exist(cast: Cast, nobody: UUID) -> None:
    who = program(cast.charlie)
    job = start_job(cast.alice, STEPS)
    before = execute(STATE)
    for one, operation in OPERATIONS.items():
        if "{job}" not in one[1]:
            continue
        real, none = (_ask(who, *one, operation, id_) for id_ in (job, nobody))
        assert real.status_code == none.status_code == 404, one
        assert real.content.replace(str(job).encode(), b"") == none.content.replace(str(nobody).encode(), b""), one
        assert execute(STATE) == before, one


def test_another_organizations_workflow_cannot_be_told_from_one_that_is_not_there(cast: Cast) -> None:
    from tropeiro.web.workflows.actions import save_workflow

    save_workflow(cast.alice, "secret-plan", STEPS)
    who = program(cast.charlie)
    real, none = (who.post("/jobs", {"run": name}) for name in ("secret-plan", "secret-plot"))
    assert real.status_code == none.status_code == 404
    assert real.content.replace(b"plan", b"") == none.content.replace(b"plot", b"")


def test_a_token_in_the_address_or_a_cookie_opens_nothing(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.OWNER).text
    client = Client()
    client.cookies["Authorization"] = f"Bearer {token}"
    assert client.get(f"/api/v1/me?token={token}&access_token={token}").status_code == 401
