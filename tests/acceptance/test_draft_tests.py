"""A draft of the report, tested as a whole, up to a step and step by step, by the workers of a real installation."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from benchmarks.live import cookie_of
from installation import SAMPLE, Installation

pytestmark = pytest.mark.timeout(240)

REPORT = (SAMPLE / "workflows" / "report.json").read_text()
INPUTS = {"property": "properties/1234", "days": 7, "page_size": 250}
TOKEN = "c" * 32
"""The secret of the forms, which a browser would have got with its first page."""

Ask = Callable[..., Any]


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture(scope="module")
def ask(platform: Installation) -> Ask:
    """Speak to the console as the editor's scripts do; the answer's JSON, or where a form leads."""
    cookie = f"{cookie_of(platform.environ)}; tropeiro-csrf={TOKEN}"
    opener = build_opener(_Stay)

    def asked(method: str, path: str, body: Any = None, *, form: dict[str, str] | None = None) -> Any:
        data = urlencode(form).encode() if form else None if body is None else json.dumps(body).encode()
        kind = "application/x-www-form-urlencoded" if form else "application/json"
        request = Request(
            platform.url + path,
            data,
            {"Cookie": cookie, "X-CSRFToken": TOKEN, "Content-Type": kind, "Accept-Language": "en"},
            method=method,
        )
        try:
            with opener.open(request, timeout=30) as answer:
                return json.loads(answer.read())
        except HTTPError as refused:
            if refused.code == 302:
                return refused.headers["Location"]
            raise AssertionError(f"{refused.code}: {refused.read().decode()[:2_000]}") from refused

    return asked


@pytest.fixture(scope="module")
def draft(ask: Ask) -> str:
    """Where the draft of a new workflow in the sample's project is asked for."""
    form = {"name": "mine", "project": "google-analytics", "start": "paste", "document": REPORT}
    page: str = ask("POST", "/workflows/new", form=form)
    return page.removesuffix("/edit") + "/draft"


@pytest.fixture(scope="module")
def whole(platform: Installation, ask: Ask, draft: str) -> dict[str, Any]:
    """A test of all of it, which is over."""
    return _tested(platform, ask, draft, what={"all": True}, inputs=INPUTS)


def _tested(platform: Installation, ask: Ask, draft: str, **body: Any) -> dict[str, Any]:
    started = ask("POST", f"{draft}/test", {"text": REPORT, **body})
    platform.finished(started["job"])
    deadline = time.monotonic() + 20
    while True:
        found: dict[str, Any] = ask("GET", f"{draft}/tests/{started['job']}")
        if not found["more"] or time.monotonic() > deadline:
            return found


def _states(run: dict[str, Any]) -> dict[str, tuple[str, bool]]:
    return {one["id"]: (one["state"], one["reused"]) for one in run["steps"]}


def test_the_whole_draft_runs_without_a_version(platform: Installation, ask: Ask, draft: str, whole: Any) -> None:
    assert whole["state"] == "succeeded", whole["error"]
    assert set(_states(whole).values()) == {("succeeded", False)}
    assert whole["output"]["row_count"] > 250
    pages = next(one for one in whole["steps"] if one["id"] == "pages")
    fetch = next(one for one in whole["steps"] if one["id"] == "fetch")
    assert fetch["pointer"] == "/steps/1/steps/0"
    assert fetch["items"] >= 2
    assert pages["cut"] or len(pages["output"]) == fetch["items"]
    assert {line["step"] for line in whole["log"] if line["step"]} <= {one["pointer"] for one in whole["steps"]}
    assert platform.query("SELECT count(*) AS n FROM tropeiro_workflow_version v JOIN tropeiro_workflow w"
                          " ON w.id = v.workflow_id WHERE w.name = 'mine'") == [{"n": 0}]  # fmt: skip


def test_one_step_runs_on_the_values_of_that_run_and_what_stands_in_is_not_billed(
    platform: Installation, ask: Ask, draft: str, whole: Any
) -> None:
    one = _tested(platform, ask, draft, what={"step": "/steps/1/steps/0"}, job=whole["id"], index=1)
    assert one["state"] == "succeeded", one["error"]
    assert _states(one)["pagination"] == ("succeeded", True)
    assert _states(one)["fetch"] == ("succeeded", False)
    fetch = next(step for step in one["steps"] if step["id"] == "fetch")
    assert fetch["input"]["offset"] == 250
    used = platform.query("SELECT path FROM tropeiro_usage WHERE job_id = %(job)s", job=one["id"])
    assert [row["path"] for row in used] == ["items_of_test[0].fetch"]
    totals = _tested(platform, ask, draft, what={"step": "/steps/3"}, job=whole["id"])
    assert totals["output"][0] == whole["output"]["totals"]
    assert platform.query("SELECT path FROM tropeiro_usage WHERE job_id = %(job)s", job=totals["id"]) == []


def test_up_to_a_step_calls_are_reused_and_what_follows_does_not_run(
    platform: Installation, ask: Ask, draft: str, whole: Any
) -> None:
    found = _tested(
        platform, ask, draft, what={"until": "/steps/2"}, inputs=INPUTS, job=whole["id"], reuse=["pagination", "pages"]
    )
    assert found["state"] == "succeeded", found["error"]
    states = _states(found)
    assert set(states) == {"pagination", "pages", "fetch", "rows"}
    assert (states["pagination"][1], states["fetch"][1], states["rows"][1]) == (True, True, False)
    assert platform.query("SELECT path FROM tropeiro_usage WHERE job_id = %(job)s", job=found["id"]) == []


def test_pinned_outputs_stand_in_and_a_mock_is_honoured(platform: Installation, ask: Ask, draft: str) -> None:
    document = json.loads(REPORT)
    document["steps"][0]["mock"] = {"pages": [{"offset": 0, "limit": 1}], "query": {}, "row_count": 1, "sums": []}
    document["steps"] = document["steps"][:3]
    del document["output"]
    found = _tested(
        platform, ask, draft, text=json.dumps(document), what={"all": True}, inputs=INPUTS,
        pins={"fetch": {"rows": ["{{ one }}"]}},
    )  # fmt: skip
    assert found["state"] == "succeeded", found["error"]
    assert found["output"] == ["{{ one }}"]
    assert _states(found)["pagination"] == ("succeeded", True)
    assert platform.query("SELECT path FROM tropeiro_usage WHERE job_id = %(job)s", job=found["id"]) == []


def test_an_expression_is_previewed_on_the_run_also_where_its_values_are_large(
    ask: Ask, draft: str, whole: Any
) -> None:
    question = {"text": REPORT, "pointer": "/steps/3", "job": whole["id"]}
    given = ask("POST", f"{draft}/preview", {**question, "value": "{{ steps.rows.output | length }}"})
    assert given == {"value": whole["output"]["row_count"], "kind": "integer", "cut": False}
    item = ask(
        "POST",
        f"{draft}/preview",
        {**question, "pointer": "/steps/1/steps/0", "value": "{{ item.offset }}", "index": 1},
    )
    assert item["value"] == 250


def test_tests_are_told_apart_and_count_in_no_workflows_figures(
    platform: Installation, ask: Ask, draft: str, whole: Any
) -> None:
    listed = ask("GET", f"{draft}/runs")["items"]
    assert whole["id"] in {one["id"] for one in listed}
    assert all(one["test"] and one["version"] is None for one in listed)
    rows = platform.query(
        "SELECT DISTINCT trigger, workflow_version_id FROM tropeiro_job WHERE id = ANY (%(jobs)s::uuid[])",
        jobs=[one["id"] for one in listed],
    )
    assert rows == [{"trigger": "test", "workflow_version_id": None}]
