"""Answers of asynchronous services."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from job_rows import set_packet
from standardwebhooks.webhooks import Webhook
from web_cast import Cast, execute

from tropeiro.kernel.callbacks import make_callback_token
from tropeiro.web.credentials.actions import set_credential
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.projects.actions import apply
from tropeiro.web.projects.folder import read_folder

pytestmark = pytest.mark.django_db

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROJECT = """
[project]
name = "remote"

[[services]]
name = "slow"
kind = "http"
url = "https://example.com/slow"
callback = true
{signed}
"""


def _waiting(cast: Cast, tmp_path: Path, *, signed: bool = False) -> UUID:
    line = 'signing_credential = "signer"' if signed else ""
    (tmp_path / "project.toml").write_text(PROJECT.format(signed=line))
    apply(cast.alice, read_folder(tmp_path))
    if signed:
        set_credential(cast.alice, "signer", "webhook", {"secret": SECRET}, project="remote")
    job = start_job(cast.alice, '[{"id": "a", "uses": "slow"}]', project="remote")
    set_packet(job, state="waiting", wait_kind="callback", token=3)
    return job


def _address(job: UUID, settings: Any, token: int = 3) -> str:
    packet = execute("SELECT id FROM tropeiro_packet WHERE job_id = %s", [job])[0][0]
    return f"/callbacks/{make_callback_token(settings.TROPEIRO.secret_key.encode(), packet, token)}"


def _post(address: str, body: Any, **headers: str) -> Any:
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return Client(enforce_csrf_checks=True).post(address, text, content_type="application/json", headers=headers)


def _answer(job: UUID) -> Any:
    state, answer = execute("SELECT state, answer::text FROM tropeiro_packet WHERE job_id = %s", [job])[0]
    return state, json.loads(answer) if answer else None


def test_an_output_reaches_the_packet_that_waits(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path)
    assert _post(_address(job, web_settings), {"output": {"rows": 3}}).status_code == 202
    assert _answer(job) == ("ready", {"type": "done", "output": {"rows": 3}})


def test_an_error_fails_the_step_with_its_code(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path)
    error = {"code": "no_stock", "message": "None left", "retryable": True}
    assert _post(_address(job, web_settings), {"error": error}).status_code == 202
    assert _answer(job)[1] == {"type": "fail", "error": error}


def test_a_second_answer_and_one_for_an_earlier_try_are_refused(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path)
    assert _post(_address(job, web_settings, token=2), {"output": 1}).status_code == 404
    assert _post(_address(job, web_settings), {"output": 1}).status_code == 202
    assert _post(_address(job, web_settings), {"output": 2}).status_code == 409
    assert _answer(job)[1]["output"] == 1


def test_an_address_that_we_did_not_give_out_is_not_there(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path)
    address = _address(job, web_settings)
    # One in 64 addresses ends in "A" by itself.
    other = "B" if address.endswith("A") else "A"
    for wrong in (address[:-1] + other, "/callbacks/x", "/callbacks/" + "a" * 5_000):
        response = _post(wrong, {"output": 1})
        assert response.status_code == 404
        assert response.headers["Content-Type"] == "application/problem+json"
    assert _answer(job)[0] == "waiting"


@pytest.mark.parametrize("body", ["", "[", "{}", '{"output": 1, "error": {"code": "x"}}', '{"error": "x"}', "[1]"])
def test_a_body_that_says_nothing_is_refused(cast: Cast, tmp_path: Path, web_settings: Any, body: str) -> None:
    job = _waiting(cast, tmp_path)
    assert _post(_address(job, web_settings), body).status_code == 400
    assert _answer(job)[0] == "waiting"


def test_more_than_a_megabyte_is_refused(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path)
    assert _post(_address(job, web_settings), {"output": "x" * 1024 * 1024}).status_code == 413


def test_a_service_that_signs_must_sign_its_answer(cast: Cast, tmp_path: Path, web_settings: Any) -> None:
    job = _waiting(cast, tmp_path, signed=True)
    body = json.dumps({"output": 1})
    now = datetime.now(UTC)
    signed = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(SECRET).sign("m1", now, body),
    }
    assert _post(_address(job, web_settings), body).status_code == 403
    assert _post(_address(job, web_settings), body + " ", **signed).status_code == 403
    assert _answer(job)[0] == "waiting"
    assert _post(_address(job, web_settings), body, **signed).status_code == 202
