"""What an operator does to jobs from the command line, on a real installation."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from installation import Installation

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def document(tmp_path: Path) -> Callable[..., str]:
    """Write a document; its path."""

    def write(*steps: dict[str, Any], name: str = "doc") -> str:
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps({"name": name, "steps": list(steps)}))
        return str(path)

    return write


def set_step(step_id: str, **values: Any) -> dict[str, Any]:
    return {"id": step_id, "uses": "core/set@1", "with": values}


def test_a_waiting_job_can_be_cancelled_and_stays_cancelled(platform: Installation, document: Any) -> None:
    job = platform.started(document({"id": "nap", "wait": "1h"}))
    platform.wait_until("SELECT 1 FROM tropeiro_job WHERE id = %(job)s AND state = 'waiting'", job=job)
    assert platform.tropeiro("job", "cancel", job).code == 0
    assert platform.finished(job)["state"] == "cancelled"
    again = platform.tropeiro("job", "cancel", job)
    assert again.code == 2
    assert "cancelled" in again.err


def test_a_paused_job_goes_on_where_it_stood(platform: Installation, document: Any) -> None:
    job = platform.started(document({"id": "ask", "approval": {"title": "Go?"}}, set_step("after", x=1)))
    platform.wait_until("SELECT 1 FROM tropeiro_packet WHERE job_id = %(job)s AND wait_kind = 'approval'", job=job)
    assert platform.tropeiro("job", "pause", job).code == 0
    assert platform.tropeiro("job", "answer", job, "--path", "ask", "--with", "{}").code == 0
    held = platform.query("SELECT state, hold FROM tropeiro_packet WHERE job_id = %(job)s", job=job)
    assert held == [{"state": "ready", "hold": True}]
    assert platform.query("SELECT state FROM tropeiro_job WHERE id = %(job)s", job=job) == [{"state": "paused"}]
    assert platform.tropeiro("job", "resume", job).code == 0
    assert platform.finished(job)["state"] == "succeeded"


def test_an_approval_is_answered_with_its_form(platform: Installation, document: Any) -> None:
    form = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer"}}}
    ask = {"id": "ask", "approval": {"title": "How much?", "form": form}}
    job = platform.started(document(ask, set_step("got", n="{{ steps.ask.output.amount + 1 }}")))
    platform.wait_until("SELECT 1 FROM tropeiro_packet WHERE job_id = %(job)s AND wait_kind = 'approval'", job=job)
    wrong = platform.tropeiro("job", "answer", job, "--path", "ask", "--with", '{"amount": "much"}')
    assert wrong.code == 2
    assert "amount" in wrong.err
    assert platform.tropeiro("job", "answer", job, "--path", "ask", "--with", '{"amount": 41}').code == 0
    assert platform.finished(job)["output"] == {"n": 42}


def test_a_retry_reuses_what_had_succeeded(platform: Installation, document: Any, tmp_path: Path) -> None:
    doc = document(
        set_step("first", x=1),
        {"id": "each", "foreach": "{{ [1, 2] }}", "steps": [set_step("inner", i="{{ item }}")]},
        {"id": "bad", "uses": "core/fail@1", "with": {"code": "nope", "message": "no", "retryable": False}},
    )
    failed = platform.tropeiro("run", doc, "--json")
    assert failed.code == 1
    assert failed.json()["error"]["code"] == "nope"
    again = platform.tropeiro("job", "retry", failed.json()["job"], "--json")
    assert again.code == 0, again.err
    job = again.json()["job"]
    assert platform.finished(job)["state"] == "failed"
    rows = platform.query("SELECT path, reused FROM tropeiro_step WHERE job_id = %(job)s AND uses <> ''", job=job)
    assert {row["path"]: row["reused"] for row in rows} == {
        "first": True, "each[0].inner": True, "each[1].inner": True, "bad": False,
    }  # fmt: skip


def test_a_rerun_from_a_step_executes_it_and_what_follows(platform: Installation, document: Any) -> None:
    doc = document(set_step("one", x=1), set_step("two", y="{{ steps.one.output.x + 1 }}"), set_step("three"))
    done = platform.tropeiro("run", doc, "--json").json()
    again = platform.tropeiro("job", "rerun", done["job"], "--from", "two", "--json")
    assert again.code == 0, again.err
    job = again.json()["job"]
    assert platform.finished(job)["state"] == "succeeded"
    rows = platform.query("SELECT path, reused FROM tropeiro_step WHERE job_id = %(job)s", job=job)
    assert {row["path"]: row["reused"] for row in rows} == {"one": True, "two": False, "three": False}


def test_the_log_of_a_job_can_be_read(platform: Installation, document: Any) -> None:
    line = {"id": "say", "uses": "core/log@1", "with": {"message": "the mules are fed", "level": "warning"}}
    done = platform.tropeiro("run", document(line), "--json").json()
    read = platform.tropeiro("job", "logs", done["job"])
    assert read.code == 0
    assert "the mules are fed" in read.out


def test_large_values_travel_by_reference_and_come_back_whole(platform: Installation, document: Any) -> None:
    text = "ação " * 60_000
    doc = document(
        set_step("big", text="{{ inputs.text }}"),
        set_step("between"),
        set_step("size", n="{{ steps.big.output.text | length }}"),
    )
    inputs = Path(doc).with_name("inputs.json")
    inputs.write_text(json.dumps({"text": text}))
    ran = platform.tropeiro("run", doc, "--inputs", f"@{inputs}", "--json")
    assert ran.code == 0, ran.err
    assert ran.json()["output"] == {"n": len(text)}
    kept = platform.query(
        "SELECT output_blob FROM tropeiro_step WHERE job_id = %(job)s AND path = 'big'", job=ran.json()["job"]
    )
    assert kept[0]["output_blob"]


def test_a_text_with_a_null_character_is_refused_and_says_so(platform: Installation, document: Any) -> None:
    doc = document(set_step("nul", text="{{ inputs.quoted | fromjson }}"), name="nul")
    quoted = json.dumps({"quoted": '"a\\u0000b"'})
    ran = platform.tropeiro("run", doc, "--inputs", quoted, "--json")
    assert ran.code == 1
    assert ran.json()["error"]["code"] == "not_carriable"


def test_a_foreach_over_ten_thousand_items_is_ordinary(platform: Installation, document: Any) -> None:
    each = {
        "id": "each", "foreach": "{{ inputs.items }}", "concurrency": 500, "uses": "core/set@1",
        "with": {"v": "{{ item * 2 }}"},
    }  # fmt: skip
    doc = document(each, set_step("sum", total="{{ steps.each.output | map('v') | sum }}"))
    inputs = Path(doc).with_name("inputs.json")
    inputs.write_text(json.dumps({"items": list(range(10_000))}))
    ran = platform.tropeiro("run", doc, "--inputs", f"@{inputs}", "--json", timeout=150)
    assert ran.code == 0, ran.err
    assert ran.json()["output"] == {"total": 9_999 * 10_000}
