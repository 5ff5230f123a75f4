"""An organization that the operators suspended: nothing of it starts, what is under way stands still, and all know."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from api_client import program
from django.test import Client
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound, OrganizationSuspended
from tropeiro.kernel.ids import uuid7
from tropeiro.sql import statement
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.jobs import actions
from tropeiro.web.operating.access import LOCAL_OPERATOR
from tropeiro.web.operating.suspending import resume, suspend
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
LEASE = "SELECT job_id FROM tropeiro_lease(%s, 10, 1000000, '00000000-0000-0000-0000-000000000000', 10, '{}', '{}')"


@pytest.fixture
def operator(cast: Cast) -> Client:
    execute("UPDATE tropeiro_user SET is_operator = true WHERE id = %s", [cast.charlie.user])
    return cast.client(cast.charlie)


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def _taken() -> list[UUID]:
    """The jobs whose packets a worker takes that comes up now."""
    worker = uuid7()
    execute(
        "INSERT INTO tropeiro_worker (id, name, host, pid, slots, lease_until) VALUES (%s, 'w', 'h', 1, 10,"
        " now() + interval '1 minute')",
        [worker],
    )
    taken = [row[0] for row in execute(LEASE, [worker])]
    execute("UPDATE tropeiro_packet SET state = 'ready', worker_id = NULL WHERE worker_id = %s", [worker])
    return taken


def test_nothing_starts_and_nothing_is_taken_until_it_goes_on(cast: Cast) -> None:
    theirs, ours = actions.start_job(cast.alice, STEPS), actions.start_job(cast.charlie, STEPS)
    suspend(LOCAL_OPERATOR, "acme", "Unpaid  bills")
    with pytest.raises(OrganizationSuspended, match="Unpaid bills"):
        actions.start_job(cast.alice, STEPS)
    with pytest.raises(OrganizationSuspended):
        actions.call_service(cast.alice, "core/set", {"x": 1})
    assert _taken() == [ours]
    resume(LOCAL_OPERATOR, "acme")
    assert set(_taken()) == {theirs, ours}
    assert execute("SELECT count(*) FROM tropeiro_suspension") == [(0,)]


def test_a_job_that_was_paused_stays_paused_and_resuming_one_does_not_let_it_run(cast: Cast) -> None:
    paused, other = actions.start_job(cast.alice, STEPS), actions.start_job(cast.alice, STEPS)
    actions.pause(cast.alice, paused)
    suspend(LOCAL_OPERATOR, "acme", "Unpaid")
    actions.pause(cast.alice, other)
    actions.resume(cast.alice, other)
    assert _taken() == []
    resume(LOCAL_OPERATOR, "acme")
    assert _taken() == [other]


def test_what_others_run_for_it_stands_still_too_and_goes_on_when_nobody_is_suspended_any_more(cast: Cast) -> None:
    caller, child = actions.start_job(cast.alice, STEPS), actions.start_job(cast.charlie, STEPS)
    execute("UPDATE tropeiro_job SET parent_job_id = %s WHERE id = %s", [caller, child])
    suspend(LOCAL_OPERATOR, "acme", "Unpaid")
    assert _taken() == []
    suspend(LOCAL_OPERATOR, "rivals", "Unpaid")
    resume(LOCAL_OPERATOR, "acme")
    assert _taken() == [caller]
    resume(LOCAL_OPERATOR, "rivals")
    assert set(_taken()) == {caller, child}


def test_a_job_that_begins_in_spite_of_it_begins_on_hold(cast: Cast) -> None:
    suspend(LOCAL_OPERATOR, "acme", "Unpaid")
    id_ = uuid7()
    row = {
        "id": str(id_), "packet_id": str(uuid7()), "organization_id": str(cast.alice.organization), "name": "n",
        "route_digest": "d", "route": {}, "body": {}, "inputs": {},
    }  # fmt: skip
    execute("SELECT tropeiro_start(%s)", [json.dumps([row])])
    assert execute("SELECT hold FROM tropeiro_packet WHERE job_id = %s", [id_]) == [(True,)]


def test_its_triggers_are_not_due_meanwhile(cast: Cast) -> None:
    save_workflow(cast.alice, "w", STEPS)
    create_trigger(cast.alice, Wanted(name="t", target="w", every_ms=60_000))
    execute("UPDATE tropeiro_trigger SET next_at = now() - interval '1 minute'")
    assert len(execute(statement("triggers", "claim_due"), {"limit": 10})) == 1
    suspend(LOCAL_OPERATOR, "acme", "Unpaid")
    assert execute(statement("triggers", "claim_due"), {"limit": 10}) == []
    assert execute(statement("triggers", "next_due")) == [(None, False)]


def test_members_read_it_on_every_page_and_programs_get_a_code_of_its_own(cast: Cast) -> None:
    assert "This organization is suspended." not in _text(cast.client(cast.bob).get("/jobs"))
    suspend(LOCAL_OPERATOR, "acme", "Unpaid <bills>")
    page = _text(cast.client(cast.bob).get("/jobs"))
    assert "This organization is suspended." in page
    assert "Unpaid &lt;bills&gt;" in page
    assert "This organization is suspended." not in _text(cast.client(cast.charlie).get("/jobs"))
    answer = program(cast.alice).post("/jobs", {"run": "core/set@1", "inputs": {"x": 1}})
    assert (answer.status_code, answer.json()["code"]) == (409, "organization_suspended")


def test_an_operator_suspends_and_resumes_and_the_audit_log_has_both(cast: Cast, operator: Client) -> None:
    said = _text(operator.post("/operator/organizations/acme/suspend", {"reason": "Unpaid"}, follow=True))
    assert "acme is suspended." in said
    assert "charlie@example.org" in said
    assert [(one.verb, one.actor) for one in recent_acts(cast.alice)[:1]] == [
        ("organization.suspend", "charlie@example.org")
    ]
    assert "acme goes on." in _text(operator.post("/operator/organizations/acme/resume", follow=True))
    assert "acme is not suspended." in _text(operator.post("/operator/organizations/acme/resume", follow=True))
    assert recent_acts(cast.alice)[0].verb == "organization.resume"


def test_a_suspension_without_a_reason_or_of_the_house_or_of_nobody_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput, match="Say why"):
        suspend(LOCAL_OPERATOR, "acme", "  ")
    with pytest.raises(InvalidInput, match="1000"):
        suspend(LOCAL_OPERATOR, "acme", "x" * 1001)
    with pytest.raises(Conflict):
        suspend(LOCAL_OPERATOR, "house", "Why not")
    with pytest.raises(NotFound):
        suspend(LOCAL_OPERATOR, "nobody", "Why not")
    assert execute("SELECT count(*) FROM tropeiro_suspension") == [(0,)]
