from __future__ import annotations

import json
from pathlib import Path

from command_process import Tropeiro

GREETING = Path(__file__).parents[2] / "examples" / "good-morning.json"
NAMES = '{"names": ["Ana", "Rui"]}'
FAILING = '[{"id": "boom", "uses": "core/fail@1", "with": {"code": "no_luck", "message": "Not today."}}]'


def test_a_document_runs_with_nothing_but_itself(tropeiro: Tropeiro) -> None:
    ended = tropeiro("run", str(GREETING), "--inputs", NAMES)
    assert ended.code == 0, ended.err
    assert ended.json == {"greetings": ["Good morning, Ana", "Good morning, Rui"], "count": 2}
    assert "greetings[*]  2/2" in ended.err
    assert "succeeded" in ended.err


def test_inputs_come_from_a_file_too(installation: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "inputs.json").write_text(NAMES)
    ended = installation("run", str(GREETING), "--inputs", f"@{tmp_path}/inputs.json", "--quiet")
    assert (ended.code, ended.json["count"]) == (0, 2)
    assert "succeeded" not in ended.err


def test_a_job_that_fails_is_code_1_and_its_cause_is_told(installation: Tropeiro) -> None:
    ended = installation("run", "-", stdin=FAILING)
    assert ended.code == 1
    assert ended.out == ""
    assert "no_luck: Not today. (at boom)" in ended.err


def test_with_json_the_whole_outcome_is_one_object(installation: Tropeiro) -> None:
    ended = installation("run", "-", "--json", "--quiet", stdin=FAILING)
    assert ended.code == 1
    assert ended.json["state"] == "failed"
    assert ended.json["error"]["code"] == "no_luck"


def test_a_job_that_takes_too_long_is_code_1(installation: Tropeiro) -> None:
    ended = installation("run", "-", "--json", "--timeout", "300ms", stdin='[{"id": "w", "wait": "1h"}]')
    assert (ended.code, ended.json["state"]) == (1, "timed_out")


def test_without_waiting_only_the_id_is_printed(installation: Tropeiro) -> None:
    ended = installation("run", str(GREETING), "--inputs", NAMES, "--no-wait")
    assert ended.code == 0
    assert "the job waits for one" in ended.err
    assert installation("job", "show", ended.out.strip(), "--json").json["state"] == "queued"


def test_a_missing_file_is_bad_usage(installation: Tropeiro) -> None:
    ended = installation("run", "nowhere.json")
    assert ended.code == 2
    assert "nowhere.json cannot be read: No such file or directory." in ended.err


def test_a_broken_document_is_bad_usage_with_every_problem(installation: Tropeiro) -> None:
    broken = json.dumps([{"id": "a", "uses": "core/set@1", "wiht": {}}, {"id": "b", "uses": "core/nothing@1"}])
    ended = installation("run", "-", stdin=broken)
    assert ended.code == 2
    assert "/0/wiht" in ended.err
    machine = installation("run", "-", "--json", stdin=broken)
    assert machine.error["code"] == "document_invalid"
    assert machine.error["problems"][0]["pointer"] == "/0/wiht"


def test_a_service_that_is_not_there_is_bad_usage(installation: Tropeiro) -> None:
    ended = installation("run", "-", stdin='[{"id": "a", "uses": "core/nothing@1"}]')
    assert ended.code == 2
    assert "core/nothing@1" in ended.err


def test_inputs_that_do_not_match_are_bad_usage(installation: Tropeiro) -> None:
    ended = installation("run", str(GREETING), "--inputs", '{"names": "Ana"}', "--json")
    assert ended.code == 2
    assert ended.error["code"] == "schema_mismatch"
    assert ended.error["details"]["pointer"] == "/names"


def test_inputs_that_are_no_json_are_bad_usage(installation: Tropeiro) -> None:
    ended = installation("run", str(GREETING), "--inputs", "{names}")
    assert ended.code == 2
    assert "--inputs is not JSON" in ended.err


def test_a_name_that_nobody_has_is_bad_usage(installation: Tropeiro) -> None:
    assert installation("run", "no-project/no-workflow").code == 2


def test_a_projects_services_are_applied_and_seen_from_it(installation: Tropeiro, tmp_path: Path) -> None:
    folder = tmp_path / "welcoming"
    assert installation("project", "init", str(folder)).code == 0
    document = folder / "workflows" / "welcome.json"
    ended = installation("run", str(document), "--project", str(folder), "--inputs", NAMES)
    assert ended.code == 0, ended.err
    assert ended.json == {"greetings": ["Good morning, Ana", "Good morning, Rui"]}


def test_the_sample_runs_by_its_name_alone_and_says_that_its_data_is_synthetic(installation: Tropeiro) -> None:
    inputs = '{"property": "properties/1234", "days": 1}'
    ended = installation("run", "google-analytics/report", "--inputs", inputs)
    assert ended.code == 0, ended.err
    assert ended.json["synthetic"] is True
    assert len(ended.json["rows"]) == ended.json["row_count"] > 0
    assert "synthetic" in ended.err


def test_a_private_service_of_the_sample_cannot_be_called_from_outside(installation: Tropeiro) -> None:
    installation(
        "run", "google-analytics/report", "--inputs", '{"property": "properties/1234", "days": 1}', "--no-wait"
    )
    ended = installation("service", "call", "google-analytics/records", "--with", "{}")
    assert ended.code == 2
    assert "private to project google-analytics" in ended.err
