"""Quotas that run out, and faults on request."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from ga_emulator import PROPERTY, WHOLE, Remote

from tropeiro.samples.google_analytics.emulator import Faults, Limits, start

SMALL: dict[str, Any] = {
    "metrics": [{"name": "sessions"}],
    "dateRanges": [{"startDate": "2025-03-01", "endDate": "2025-03-01"}],
    "returnPropertyQuota": True,
}


def test_the_eleventh_request_at_the_same_time_is_refused_and_named(emulator: Remote) -> None:
    emulator.faults(latency_ms=400)
    with ThreadPoolExecutor(14) as threads:
        answers = list(threads.map(lambda _: emulator.report(SMALL), range(14)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 10 + [429] * 4
    error = next(answer for answer in answers if answer.status_code == 429).json()["error"]
    assert error["status"] == "RESOURCE_EXHAUSTED"
    assert "concurrent requests" in error["message"]
    assert emulator.requests()["peak_concurrency"] == 10


def test_places_are_given_back_when_requests_end(emulator: Remote) -> None:
    for _ in range(12):
        assert emulator.report(SMALL).status_code == 200
        assert emulator.report({"nonsense": 1}).status_code == 400
    quota = emulator.report(SMALL).json()["propertyQuota"]
    assert quota["concurrentRequests"]["remaining"] == 10


@pytest.mark.parametrize(
    ("limit", "words", "field"),
    [
        ("tokens_per_hour", "tokens per hour", "tokensPerHour"),
        ("tokens_per_day", "tokens per day", "tokensPerDay"),
        ("tokens_per_project_per_hour", "for a project per hour", "tokensPerProjectPerHour"),
    ],
)
def test_tokens_run_out(emulator: Remote, limit: str, words: str, field: str) -> None:
    emulator.limits(**{limit: 7})
    spent = emulator.report(WHOLE | {"returnPropertyQuota": True}).json()["propertyQuota"][field]
    assert spent == {"consumed": 3, "remaining": 4}
    while (answer := emulator.report(WHOLE)).status_code == 200:
        pass
    assert answer.status_code == 429
    assert words in answer.json()["error"]["message"]
    assert emulator.report(WHOLE, of="properties/2345").status_code == 200, "each property has quotas of its own"


def test_an_hour_later_the_hourly_tokens_are_back() -> None:
    moment = [datetime(2025, 3, 30, 23, 30, tzinfo=UTC)]
    with (
        start(limits=Limits(tokens_per_hour=1), now=lambda: moment[0]) as emulator,
        httpx.Client(base_url=emulator.url, trust_env=False) as http,
    ):
        path = f"/v1beta/{PROPERTY}:runReport"
        assert [http.post(path, json=SMALL).status_code for _ in range(2)] == [200, 429]
        moment[0] += timedelta(hours=1)
        assert http.post(path, json=SMALL).status_code == 200


def test_server_errors_use_up_their_quota_when_they_are_counted(emulator: Remote) -> None:
    emulator.faults(rates={"503": 1.0}, count_server_errors=True)
    statuses = [emulator.report(SMALL).status_code for _ in range(12)]
    assert statuses == [503] * 10 + [429] * 2


def test_faults_come_at_their_rates_and_the_same_for_the_same_seed(emulator: Remote) -> None:
    def draw(seed: int) -> list[int]:
        emulator.faults(rates={"429": 0.1, "503": 0.1}, seed=seed)
        return [emulator.report(SMALL).status_code for _ in range(200)]

    first = draw(7)
    assert first == draw(7) != draw(8)
    assert 20 <= sum(status != 200 for status in first) <= 60
    assert {429, 503} <= set(first)


def test_an_injected_429_can_say_when_to_come_back_and_admits_that_it_was_injected(emulator: Remote) -> None:
    emulator.faults(rates={"429": 1.0}, retry_after=3)
    answer = emulator.report(SMALL)
    assert answer.headers["Retry-After"] == "3"
    assert answer.headers["X-Tropeiro-Injected-Fault"] == "429"


def test_faults_end_after_so_many(emulator: Remote) -> None:
    emulator.faults(rates={"500": 1.0}, at_most=2)
    assert [emulator.report(SMALL).status_code for _ in range(4)] == [500, 500, 200, 200]


def test_a_truncated_answer_breaks_off(emulator: Remote) -> None:
    emulator.faults(truncate=1.0)
    with pytest.raises(httpx.RemoteProtocolError):
        emulator.report(SMALL)


def test_the_row_count_drifts_after_so_many_reports(emulator: Remote) -> None:
    emulator.faults(drift_rows=5, drift_after=1)
    assert [emulator.report(SMALL).json()["rowCount"] for _ in range(3)] == [1, 6, 6]


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ({"rates": {"429": 0.7, "503": 0.7}}, "at most 1.0"),
        ({"rates": {"418": 0.1}}, "No fault has the status 418"),
        ({"rates": [1]}, "cannot be used"),
        ({"truncate": 2}, "shares from 0.0 to 1.0"),
        ({"typo": 1}, "Faults are an object with some of"),
    ],
)
def test_faults_that_make_no_sense_are_refused_and_change_nothing(
    emulator: Remote, faults: dict[str, Any], words: str
) -> None:
    before = emulator.http.get("/_emulator/faults").json()
    answer = emulator.http.put("/_emulator/faults", json=faults)
    assert answer.status_code == 400
    assert words in answer.json()["error"]["message"]
    assert emulator.http.get("/_emulator/faults").json() == before


def test_a_patch_changes_only_what_it_names(emulator: Remote) -> None:
    emulator.faults(rates={"503": 0.5}, seed=3)
    assert emulator.http.patch("/_emulator/faults", json={"latency_ms": 5}).json()["rates"] == {"503": 0.5}
    assert emulator.http.delete("/_emulator/faults").json()["rates"] == {}


def test_it_remembers_the_requests(emulator: Remote) -> None:
    emulator.report(WHOLE | {"offset": "5", "limit": "10"})
    emulator.report({"nonsense": 1})
    seen = emulator.requests()
    assert seen["count"] == 2
    assert seen["by_status"] == {"200": 1, "400": 1}
    assert (seen["requests"][0]["offset"], seen["requests"][0]["limit"]) == (5, 10)


def test_it_starts_in_well_under_a_second_with_faults_from_the_command_line() -> None:
    begun = time.monotonic()
    arguments = ["--rate-429", "0.5", "--rate-503", "0.5", "--seed", "7", "--tokens-per-hour", "9"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tropeiro.samples.google_analytics.emulator", *arguments],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    took = time.monotonic() - begun
    try:
        assert httpx.get(f"{url}/_emulator/faults", trust_env=False).json()["rates"] == {"429": 0.5, "503": 0.5}
        assert httpx.get(f"{url}/_emulator/limits", trust_env=False).json()["tokens_per_hour"] == 9
        assert httpx.post(f"{url}/v1beta/{PROPERTY}:runReport", json=SMALL, trust_env=False).status_code in (429, 503)
    finally:
        process.terminate()
        assert process.wait(10) == 0
    assert took < 5, "a loaded machine may need longer than the tenth of a second that it takes alone"


def test_a_port_in_use_is_a_sentence_and_exit_2(emulator: Remote) -> None:
    port = emulator.url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, "-m", "tropeiro.samples.google_analytics.emulator", "--port", port],
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("The emulator cannot start:")
    assert "Traceback" not in done.stderr


def test_stopping_does_not_wait_for_answers_that_are_being_delayed() -> None:
    emulator = start(faults=Faults(latency_ms=60_000))
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(
            httpx.post, f"{emulator.url}/v1beta/{PROPERTY}:runReport", json=SMALL, trust_env=False, timeout=30
        )
        while not emulator.api.running(PROPERTY):
            assert not answer.done()
        begun = time.monotonic()
        emulator.stop()
        assert answer.result().status_code == 200
        assert time.monotonic() - begun < 10
