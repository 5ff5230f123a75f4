"""Services that are endpoints elsewhere: signed requests, answers at once and by callback, and addresses refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from installation import Installation, free_port, installed
from standardwebhooks.webhooks import Webhook

pytestmark = pytest.mark.timeout(180)

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"


class Courier(BaseHTTPRequestHandler):
    """A company's own service: quotes at once, delivers later, and forgets who asks without a signature."""

    received: SimpleQueue[dict[str, Any]] = SimpleQueue()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        Webhook(SECRET).verify(body, dict(self.headers))
        asked = json.loads(body)
        self.received.put({"key": self.headers["Idempotency-Key"], **asked})
        if self.path == "/quote":
            self.answer(200, {"price": asked["inputs"]["grams"] * 2})
        else:
            self.answer(202, {})

    def answer(self, status: int, value: Any) -> None:
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nobody reads it."""


@contextmanager
def courier(port: int) -> Iterator[None]:
    """The endpoint, on this port of the loopback address."""
    with ThreadingHTTPServer(("127.0.0.1", port), Courier) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    number = free_port()
    with courier(number):
        yield number


@pytest.fixture(scope="module")
def shop(database_url: str, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Installation]:
    """An installation whose operator allows calling the courier, with the courier's services applied."""
    folder = tmp_path_factory.mktemp("shop")
    project = folder / "project"
    project.mkdir()
    base = f"http://127.0.0.1:{port}"
    (project / "project.toml").write_text(
        f"""
[project]
name = "courier"
title = "Courier"

[[services]]
name = "quote"
kind = "http"
url = "{base}/quote"
signing_credential = "courier-key"
input_schema = {{ type = "object", required = ["grams"], properties = {{ grams = {{ type = "integer" }} }} }}
public = true

[[services]]
name = "deliver"
kind = "http"
url = "{base}/deliver"
signing_credential = "courier-key"
callback = true
timeout = "60s"
public = true

[[services]]
name = "metadata"
kind = "http"
url = "http://169.254.169.254/latest/meta-data"
public = true
"""
    )
    allowed = {"TROPEIRO_ALLOWED_PRIVATE_HOSTS": f"127.0.0.1:{port}"}
    with installed(folder / "data", database_url, workers=1, **allowed) as installation:
        key = folder / "key.json"
        key.write_text(json.dumps({"secret": SECRET}))
        stored = installation.tropeiro("credential", "set", "courier-key", "--file", str(key))
        assert stored.code == 0, stored.err
        applied = installation.tropeiro("project", "apply", str(project))
        assert applied.code == 0, applied.err
        yield installation


def one_step(folder: Path, service: str, **values: Any) -> str:
    path = folder / "doc.json"
    path.write_text(json.dumps([{"id": "ask", "uses": f"courier/{service}", "with": values}]))
    return str(path)


def test_a_signed_request_is_answered_at_once(shop: Installation, tmp_path: Path) -> None:
    ran = shop.tropeiro("run", one_step(tmp_path, "quote", grams=21), "--json")
    assert ran.code == 0, ran.err
    assert ran.json()["output"] == {"price": 42}
    seen = Courier.received.get(timeout=10)
    assert (seen["job"], seen["path"], seen["attempt"]) == (ran.json()["job"], "ask", 1)
    assert seen["key"] == seen["idempotency_key"]


def test_a_callback_brings_the_result_later(shop: Installation, tmp_path: Path) -> None:
    job = shop.started(one_step(tmp_path, "deliver", parcel="salt"))
    seen = Courier.received.get(timeout=60)
    shop.wait_until("SELECT 1 FROM tropeiro_packet WHERE job_id = %(job)s AND wait_kind = 'callback'", job=job)
    unsigned = Request(seen["callback_url"], b'{"output": {"at": "door"}}', method="POST")
    with pytest.raises(HTTPError) as refused:
        urlopen(unsigned, timeout=10)
    assert refused.value.code == 403
    status = call_back(seen, {"output": {"at": "door"}})
    assert status == 202
    row = shop.finished(job)
    assert (row["state"], row["output"]) == ("succeeded", {"at": "door"})
    with pytest.raises(HTTPError) as late:
        call_back(seen, {"output": "again"})
    assert late.value.code in (404, 409)


def test_a_callback_may_say_that_it_failed(shop: Installation, tmp_path: Path) -> None:
    job = shop.started(one_step(tmp_path, "deliver", parcel="glass"))
    seen = Courier.received.get(timeout=60)
    shop.wait_until("SELECT 1 FROM tropeiro_packet WHERE job_id = %(job)s AND wait_kind = 'callback'", job=job)
    call_back(seen, {"error": {"code": "broken", "message": "It fell."}})
    row = shop.finished(job)
    assert (row["state"], row["error"]["code"]) == ("failed", "broken")


def test_a_forged_callback_address_is_nobodys(shop: Installation) -> None:
    forged = f"{shop.url}/callbacks/{'0' * 32}.1.{'A' * 43}"
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(forged, b'{"output": 1}', method="POST"), timeout=10)
    assert refused.value.code == 404


def test_an_address_that_is_not_public_is_never_called(shop: Installation, tmp_path: Path) -> None:
    ran = shop.tropeiro("run", one_step(tmp_path, "metadata"), "--json")
    assert ran.code == 1
    assert ran.json()["error"]["code"] == "address_refused"


def test_the_secret_is_nowhere_to_be_read(shop: Installation) -> None:
    listed = shop.tropeiro("credential", "list", "--json")
    assert listed.code == 0
    assert SECRET not in listed.out + listed.err
    sealed = shop.query("SELECT sealed FROM tropeiro_credential")
    assert SECRET.encode() not in bytes(sealed[0]["sealed"])
    logs = "".join(path.read_text() for path in shop.data.glob("logs/*"))
    assert SECRET not in logs


def call_back(seen: dict[str, Any], answer: dict[str, Any]) -> int:
    """Deliver an answer the way the courier does, signed."""

    body = json.dumps(answer)
    now = datetime.now(UTC)
    signature = Webhook(SECRET).sign("msg_1", now, body)
    headers = {
        "content-type": "application/json", "webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signature,
    }  # fmt: skip
    with urlopen(Request(seen["callback_url"], body.encode(), headers, method="POST"), timeout=10) as answered:
        return int(answered.status)
