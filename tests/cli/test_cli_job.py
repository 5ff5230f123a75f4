from __future__ import annotations

import pytest
from command_process import Tropeiro

LOGGING = '[{"id": "say", "uses": "core/log@1", "with": {"message": "Look out", "level": "warning"}}]'
FAILING = '[{"id": "boom", "uses": "core/fail@1", "with": {"code": "no_luck", "message": "Not today."}}]'
ASKING = '[{"id": "ask", "approval": {"title": "Shall we?", "form": {"type": "object", "required": ["ok"]}}}]'


def _queued(tropeiro: Tropeiro, document: str) -> str:
    return tropeiro("run", "-", "--no-wait", "--json", stdin=document).json["job"]


def _ran(tropeiro: Tropeiro, document: str) -> str:
    return tropeiro("run", "-", "--json", "--quiet", stdin=document).json["job"]


def test_jobs_are_listed_newest_first(installation: Tropeiro) -> None:
    first, second = _queued(installation, LOGGING), _queued(installation, LOGGING)
    listed = [row["id"] for row in installation("job", "list", "--json").json]
    assert listed.index(second) < listed.index(first)
    assert first in installation("job", "list").out
    assert [row["id"] for row in installation("job", "list", "--json", "-n", "1").json] == [second]


def test_a_job_is_shown_with_its_cause_of_failure_first(installation: Tropeiro) -> None:
    job = _ran(installation, FAILING)
    lines = installation("job", "show", job).out.splitlines()
    assert lines[1] == "Failed at boom: no_luck: Not today."
    shown = installation("job", "show", job, "--json").json
    assert shown["state"] == "failed"
    assert [step["path"] for step in shown["steps"]] == ["boom"]


def test_the_log_of_a_job_can_be_read_and_followed_to_its_end(installation: Tropeiro) -> None:
    job = _ran(installation, LOGGING)
    assert "Look out" in installation("job", "logs", job).out
    followed = installation("job", "logs", job, "--follow", "--json")
    assert followed.code == 0
    assert followed.json["message"] == "Look out"
    assert installation("job", "logs", job, "--level", "error").out == ""
    assert installation("job", "logs", job, "--level", "loud").code == 2


def test_a_queued_job_can_be_paused_resumed_and_cancelled_once(installation: Tropeiro) -> None:
    job = _queued(installation, LOGGING)
    assert installation("job", "pause", job, "--json").json["state"] == "paused"
    assert installation("job", "resume", job).code == 0
    assert installation("job", "cancel", job, "--json").json["state"] == "cancelled"
    again = installation("job", "cancel", job, "--json")
    assert (again.code, again.error["code"]) == (2, "conflict")


def test_a_failed_job_can_be_retried_and_rerun(installation: Tropeiro) -> None:
    job = _ran(installation, FAILING)
    assert installation("job", "retry", job, "--json").json["retry_of"] == job
    assert installation("job", "rerun", job, "--from", "boom").code == 0
    missing = installation("job", "rerun", job, "--from", "nothing")
    assert missing.code == 2
    assert "no step `nothing`" in missing.err


def test_a_question_is_shown_and_answered(installation: Tropeiro) -> None:
    ended = installation("run", "-", "--no-wait", stdin=ASKING)
    job = ended.out.strip()
    nothing = installation("job", "answer", job, "--with", '{"ok": true}')
    assert nothing.code == 2
    assert "waits for no answer" in nothing.err


def test_a_job_that_asks_nothing_takes_no_rejection(installation: Tropeiro) -> None:
    ended = installation("job", "reject", _queued(installation, ASKING), "--reason", "Too dear")
    assert ended.code == 2
    assert "waits for no answer" in ended.err


@pytest.mark.parametrize("verb", ["show", "logs", "cancel", "pause", "resume", "retry", "rerun", "answer", "reject"])
def test_a_job_that_is_not_there_is_bad_usage(installation: Tropeiro, verb: str) -> None:
    ended = installation("job", verb, "01890000-0000-7000-8000-000000000000", "--json")
    assert (ended.code, ended.error["code"]) == (2, "not_found")


def test_an_id_that_is_none_is_bad_usage(installation: Tropeiro) -> None:
    assert installation("job", "show", "nonsense").code == 2
