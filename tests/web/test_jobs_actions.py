"""What people do to jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from job_rows import add_step, end_job, set_packet
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, DocumentInvalid, Forbidden, InvalidInput, NotFound, SchemaMismatch
from tropeiro.kernel.states import JobState
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.jobs import actions
from tropeiro.web.jobs.queries import job as job_details
from tropeiro.web.member import Member
from tropeiro.web.workflows.actions import resolve_runnable, save_workflow

pytestmark = pytest.mark.django_db

STEPS = [{"id": "a", "uses": "core/set@1", "with": {"x": 1}}, {"id": "b", "uses": "core/set@1", "with": {"x": 2}}]
DOCUMENT = {
    "schema": "tropeiro/v1",
    "inputs": {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}, "d": {"default": 7}}},
    "steps": STEPS,
}
ACTS: list[Callable[[Member, UUID], Any]] = [
    actions.cancel,
    actions.pause,
    actions.resume,
    actions.retry,
    actions.rerun,
    lambda member, job: actions.approve(member, job, "a", None),
    lambda member, job: actions.reject(member, job, "a"),
]


def _memo(job: UUID) -> dict[str, Any]:
    scope = execute("SELECT scope::text FROM tropeiro_packet WHERE job_id = %s", [job])[0][0]
    memo: dict[str, Any] = json.loads(scope).get("memo", {})
    return memo


def test_a_job_starts_queued_with_its_packet_and_defaults_filled_in(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(DOCUMENT), {"n": 1}, trigger="api", priority=5)
    found = job_details(cast.bob, job)
    assert (found.state, found.trigger, found.priority) == (JobState.QUEUED, "api", 5)
    assert found.inputs.value == {"n": 1, "d": 7}
    assert found.started_by == "alice@example.org"
    assert execute("SELECT state FROM tropeiro_packet WHERE job_id = %s", [job]) == [("ready",)]


def test_inputs_that_do_not_match_the_schema_start_nothing(cast: Cast) -> None:
    with pytest.raises(SchemaMismatch):
        actions.start_job(cast.alice, json.dumps(DOCUMENT), {"n": "one"})
    assert execute("SELECT count(*) FROM tropeiro_job")[0][0] == 0


def test_a_broken_draft_starts_nothing(cast: Cast) -> None:
    with pytest.raises(DocumentInvalid):
        actions.start_job(cast.alice, '[{"id": "a"}]')


@pytest.mark.parametrize("options", [{"priority": 101}, {"timeout": 0}])
def test_options_out_of_range_are_refused(cast: Cast, options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        actions.start_job(cast.alice, json.dumps(STEPS), **options)


def test_large_inputs_travel_by_reference(cast: Cast, web_settings: Any) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS), {"text": "x" * 300_000})
    scope = json.loads(execute("SELECT scope::text FROM tropeiro_packet WHERE job_id = %s", [job])[0][0])
    assert scope["inputs_blob"]
    assert len(json.dumps(scope)) < 1_000


def test_a_service_is_called_with_exactly_what_was_given(cast: Cast) -> None:
    given = {"text": "{{ not an expression }}"}
    job = actions.call_service(cast.alice, "core/set", given)
    assert job_details(cast.alice, job).inputs.value == given
    assert job_details(cast.alice, job).name == "core/set@1"


@pytest.mark.parametrize("act", ACTS)
def test_the_job_of_another_organization_and_no_job_at_all_get_the_same_answer(
    cast: Cast, act: Callable[[Member, UUID], Any], nobody: UUID
) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    before = execute("SELECT state, finished_at FROM tropeiro_job ORDER BY id")
    said = []
    for wanted in (job, nobody):
        with pytest.raises(NotFound) as refused:
            act(cast.charlie, wanted)
        said.append((refused.value.code, refused.value.message.replace(str(wanted), "…"), refused.value.hint))
    assert said[0] == said[1]
    assert execute("SELECT state, finished_at FROM tropeiro_job ORDER BY id") == before


def test_pausing_resuming_and_cancelling_change_the_state_and_are_audited(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    states = []
    for act in (actions.pause, actions.resume, actions.cancel):
        act(cast.alice, job)
        states.append(job_details(cast.alice, job).state)
    assert states == [JobState.PAUSED, JobState.QUEUED, JobState.CANCELLED]
    verbs = [entry.verb for entry in recent_acts(cast.alice)]
    assert verbs[:4] == ["job.cancel", "job.resume", "job.pause", "job.start"]


@pytest.mark.parametrize(
    ("act", "message"),
    [
        (actions.cancel, "succeeded: it cannot be cancelled"),
        (actions.pause, "succeeded: it cannot be paused"),
        (actions.resume, "only a paused job"),
        (actions.retry, "has succeeded: there is nothing to retry"),
    ],
)
def test_what_a_finished_job_does_not_allow_is_refused_with_the_reason(
    cast: Cast, act: Callable[[Member, UUID], Any], message: str
) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    end_job(job, "succeeded")
    audited = len(recent_acts(cast.alice))
    with pytest.raises(Conflict, match=message):
        act(cast.alice, job)
    assert len(recent_acts(cast.alice)) == audited


def test_a_job_that_is_not_over_cannot_run_again(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    for act in (actions.retry, actions.rerun):
        with pytest.raises(Conflict, match="not over yet"):
            act(cast.alice, job)


def test_a_retry_reuses_every_call_that_succeeded(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS), {"k": 1})
    add_step(job, "a", output={"x": 1}, n=0)
    add_step(job, "b", "failed", n=1, error={"code": "x", "message": "x"})
    end_job(job, "failed", error={"code": "x", "message": "x", "path": "b"})
    new = actions.retry(cast.alice, job)
    assert list(_memo(new)) == ["a"]
    found = job_details(cast.alice, new)
    assert (found.trigger, found.rerun_of, found.inputs.value) == ("rerun", job, {"k": 1})


def test_a_rerun_from_the_start_reuses_nothing_and_from_a_step_what_stands_before_it(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    add_step(job, "a", output={"x": 1}, n=0)
    add_step(job, "b", output={"x": 2}, n=1)
    end_job(job, "succeeded")
    assert _memo(actions.rerun(cast.alice, job)) == {}
    assert list(_memo(actions.rerun(cast.alice, job, from_step="b"))) == ["a"]
    assert _memo(actions.rerun(cast.alice, job, from_step="a")) == {}
    with pytest.raises(InvalidInput, match="no step"):
        actions.rerun(cast.alice, job, from_step="c")


def test_a_rerun_of_the_newest_version_runs_what_the_workflow_is_now(cast: Cast) -> None:
    save_workflow(cast.alice, "w", json.dumps(STEPS))
    job = actions.start_job(cast.alice, resolve_runnable(cast.alice, "w"))
    end_job(job, "failed", error={"code": "x", "message": "x"})
    save_workflow(cast.alice, "w", json.dumps(STEPS[:1]))
    assert job_details(cast.alice, actions.rerun(cast.alice, job)).name == "w@1"
    assert job_details(cast.alice, actions.rerun(cast.alice, job, version="newest")).name == "w@2"


def test_a_draft_has_no_newer_version(cast: Cast) -> None:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    end_job(job, "failed")
    with pytest.raises(Conflict, match="draft"):
        actions.rerun(cast.alice, job, version="newest")


def test_a_child_job_runs_again_with_its_parent_only(cast: Cast) -> None:
    parent = actions.start_job(cast.alice, json.dumps(STEPS))
    child = actions.start_job(cast.alice, json.dumps(STEPS))
    end_job(child, "failed")
    execute("UPDATE tropeiro_job SET parent_job_id = %s WHERE id = %s", [parent, child])
    with pytest.raises(Conflict, match="as a step"):
        actions.retry(cast.alice, child)


FORM = {"type": "object", "required": ["ok"], "properties": {"ok": {"type": "boolean"}}}


def _asking(cast: Cast, assignees: list[str]) -> UUID:
    job = actions.start_job(cast.alice, json.dumps(STEPS))
    question = {"title": "Go?", "form": FORM, "assignees": assignees}
    set_packet(job, state="waiting", wait_kind="approval", path="ask", question=question)
    return job


def test_an_answer_is_checked_against_the_form_and_reaches_the_packet(cast: Cast) -> None:
    job = _asking(cast, [])
    with pytest.raises(SchemaMismatch):
        actions.approve(cast.alice, job, "ask", {"ok": "yes"})
    actions.approve(cast.alice, job, "ask", {"ok": True})
    state, answer = execute("SELECT state, answer::text FROM tropeiro_packet WHERE job_id = %s", [job])[0]
    assert state == "ready"
    assert json.loads(answer)["output"] == {"ok": True}


def test_a_question_is_answered_once(cast: Cast) -> None:
    job = _asking(cast, [])
    actions.approve(cast.alice, job, "ask", {"ok": True})
    with pytest.raises(Conflict):
        actions.approve(cast.alice, job, "ask", {"ok": False})


def test_a_question_for_others_is_not_answered(cast: Cast) -> None:
    with pytest.raises(Forbidden, match=r"boss@example\.org"):
        actions.approve(cast.alice, _asking(cast, ["boss@example.org"]), "ask", {"ok": True})
    actions.approve(cast.alice, _asking(cast, ["owner"]), "ask", {"ok": True})


def test_a_question_is_answered_with_no_and_the_reason_reaches_the_packet(cast: Cast) -> None:
    job = _asking(cast, [])
    actions.reject(cast.alice, job, "ask", "  Too dear ")
    state, answer = execute("SELECT state, answer::text FROM tropeiro_packet WHERE job_id = %s", [job])[0]
    assert state == "ready"
    assert json.loads(answer)["error"] == {
        "code": "rejected",
        "message": "Rejected by alice@example.org: Too dear",
        "details": {"by": "alice@example.org", "reason": "Too dear"},
    }
    with pytest.raises(Conflict):
        actions.approve(cast.alice, job, "ask", {"ok": True})


def test_a_question_for_others_is_not_rejected_nor_one_with_too_long_a_reason(cast: Cast) -> None:
    with pytest.raises(Forbidden, match=r"boss@example\.org"):
        actions.reject(cast.alice, _asking(cast, ["boss@example.org"]), "ask")
    job = _asking(cast, ["owner"])
    with pytest.raises(InvalidInput, match="1000"):
        actions.reject(cast.alice, job, "ask", "x" * 1001)
    assert execute("SELECT state FROM tropeiro_packet WHERE job_id = %s", [job]) == [("waiting",)]
