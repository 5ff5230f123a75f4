"""The running example, end to end: a Google Analytics report, page by page, whatever goes wrong on the way."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from installation import Installation

from tropeiro.samples.google_analytics.emulator import Emulator

pytestmark = pytest.mark.timeout(240)

METRICS = ["activeUsers", "sessions", "screenPageViews", "eventCount", "totalRevenue"]
DIMENSIONS = ["date", "country", "deviceCategory", "sessionDefaultChannelGroup"]


def asked(**more: Any) -> str:
    """Inputs for the report of 28 days."""
    return json.dumps({"property": "properties/1234", "days": 28, **more})


def check_whole(output: dict[str, Any], ga: Emulator) -> None:
    """Every row once, and the sums are the emulator's own."""
    period = output["date_ranges"][0]
    query = {"property": "properties/1234", "start": period["start_date"], "end": period["end_date"]}
    query |= {"dimensions": ",".join(DIMENSIONS), "metrics": ",".join(METRICS)}
    with urlopen(f"{ga.url}/_emulator/total?{urlencode(query)}", timeout=10) as answer:
        own = json.load(answer)
    rows = output["rows"]
    keys = {tuple(row[name] for name in DIMENSIONS) for row in rows}
    assert len(rows) == len(keys) == own["row_count"] == output["row_count"]
    for metric in METRICS:
        assert sum(row[metric] for row in rows) == pytest.approx(own["totals"][metric])
        assert output["totals"][metric] == pytest.approx(own["totals"][metric])
    assert output["synthetic"] is True


def test_the_report_has_every_row_once_and_the_right_sums(platform: Installation, ga: Emulator) -> None:
    ran = platform.tropeiro("run", "google-analytics/report", "--inputs", asked())
    assert ran.code == 0, ran.err
    check_whole(json.loads(ran.out), ga)
    assert "pages" in ran.err


def test_a_fifth_of_all_answers_being_429_or_503_changes_nothing(
    platform: Installation, ga: Emulator, faults: Callable[[dict[str, Any]], None]
) -> None:
    faults({"rates": {"429": 0.1, "503": 0.1}, "seed": 7})
    ran = platform.tropeiro("run", "google-analytics/report", "--inputs", asked(page_size=500), timeout=200)
    assert ran.code == 0, ran.err
    check_whole(json.loads(ran.out), ga)
    failed = platform.query("SELECT count(*) AS n FROM tropeiro_step WHERE state = 'failed' AND path LIKE 'pag%%'")
    assert failed[0]["n"] > 0


def test_a_worker_killed_in_the_middle_loses_nothing(
    platform: Installation, ga: Emulator, faults: Callable[[dict[str, Any]], None]
) -> None:
    faults({"latency_ms": 300})
    job = platform.started("google-analytics/report", "--inputs", asked(page_size=400))
    holder = platform.wait_until(
        """SELECT w.pid, w.name FROM tropeiro_packet p JOIN tropeiro_worker w ON w.id = p.worker_id
           WHERE p.job_id = %(job)s AND p.state = 'leased' AND p.path LIKE 'pages[%%'
             AND EXISTS (SELECT FROM tropeiro_step s WHERE s.job_id = %(job)s AND s.path LIKE 'pages[%%')""",
        job=job,
    )[0]
    os.kill(holder["pid"], signal.SIGKILL)
    row = platform.finished(job)
    assert (row["state"], row["error"]) == ("succeeded", None)
    shown = platform.tropeiro("job", "show", job, "--output")
    check_whole(json.loads(shown.out), ga)
    again = platform.query(
        "SELECT path, count(*) AS n FROM tropeiro_step WHERE job_id = %(job)s AND state = 'succeeded' GROUP BY path",
        job=job,
    )
    assert {one["n"] for one in again} == {1}
    taken_over = platform.query(
        "SELECT count(*) AS n FROM tropeiro_step WHERE job_id = %(job)s AND attempt > 1 AND worker <> %(dead)s",
        job=job,
        dead=holder["name"],
    )
    assert taken_over[0]["n"] > 0
    platform.wait_until("SELECT 1 FROM tropeiro_worker WHERE state = 'up' HAVING count(*) = 2")


def test_the_private_services_cannot_be_called_from_outside_the_project(platform: Installation, tmp_path: Any) -> None:
    document = tmp_path / "outside.json"
    step = {"id": "spy", "uses": "google-analytics/pagination@1", "with": {"property": "properties/1234"}}
    document.write_text(json.dumps([step]))
    ran = platform.tropeiro("run", str(document))
    assert ran.code == 2
    assert "private to project google-analytics" in ran.err
    assert "google-analytics/report" in ran.err
    assert platform.query("SELECT 1 FROM tropeiro_job WHERE name = 'outside'") == []


def test_the_public_automation_can_be_composed_and_shows_as_one_step(
    platform: Installation, ga: Emulator, tmp_path: Any
) -> None:
    document = tmp_path / "composed.json"
    steps = [
        {"id": "report", "uses": "google-analytics/report@1", "with": {"property": "properties/1234", "days": 28}},
        {"id": "size", "uses": "core/set@1", "with": {"rows": "{{ steps.report.output.rows | length }}"}},
    ]
    document.write_text(json.dumps({"name": "composed", "steps": steps}))
    ran = platform.tropeiro("run", str(document), "--json")
    assert ran.code == 0, ran.err
    done = ran.json()
    assert done["output"]["rows"] > 10_000
    paths = platform.query("SELECT path FROM tropeiro_step WHERE job_id = %(job)s ORDER BY n", job=done["job"])
    assert [row["path"] for row in paths] == ["report", "size"]
    child = platform.query("SELECT state, trigger FROM tropeiro_job WHERE parent_job_id = %(job)s", job=done["job"])
    assert child == [{"state": "succeeded", "trigger": "parent"}]


def test_an_input_that_does_not_match_is_refused_before_anything_runs(platform: Installation) -> None:
    before = platform.query("SELECT count(*) AS n FROM tropeiro_job")
    ran = platform.tropeiro("run", "google-analytics/report", "--inputs", '{"property": "properties/1234", "days": 0}')
    assert ran.code == 2
    assert "at /days: expected at least 1, got 0" in ran.err
    assert platform.query("SELECT count(*) AS n FROM tropeiro_job") == before


def test_an_unknown_property_fails_at_once_with_the_apis_own_words(platform: Installation) -> None:
    ran = platform.tropeiro("run", "google-analytics/report", "--inputs", '{"property": "properties/9"}', "--json")
    assert ran.code == 1
    error = ran.json()["error"]
    assert "permission" in error["message"].lower()
    tries = platform.query(
        "SELECT count(*) AS n FROM tropeiro_step WHERE job_id = %(job)s AND path = 'pagination'", job=ran.json()["job"]
    )
    assert tries == [{"n": 1}]
