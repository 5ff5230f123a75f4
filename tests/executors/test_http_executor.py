from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from loopback import Loopback, Reply, Seen, json_reply, loopback, redirect
from tropeiro.executors.addresses import AllowedHosts
from tropeiro.executors.http import HttpExecutor
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, Outcome, Retry, Wait
from tropeiro.ports.executor import Call, HttpEndpoint, ServiceVersion

SECRET = "whsec_" + base64.b64encode(b"a secret of twenty-four.").decode()


class Silent:
    def log(self, level: str, message: str, fields: dict[str, Any]) -> None: ...
    def progress(self, fraction: float, message: str) -> None: ...


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def executor(server: Loopback) -> AsyncIterator[HttpExecutor]:
    ready = HttpExecutor(AllowedHosts.parse([server.place]))
    await ready.start()
    yield ready
    await ready.stop()


def call(server: Loopback, *, idempotent: bool = True, endpoint: dict[str, Any] | None = None, **changes: Any) -> Call:
    implementation = HttpEndpoint(**({"url": server.url("/service")} | (endpoint or {})))
    version = ServiceVersion(
        id=uuid7(),
        organization=uuid7(),
        project=uuid7(),
        name="shop/price",
        version=1,
        implementation=implementation,
        idempotent=idempotent,
    )
    defaults = {
        "inputs": {"product": "sal", "n": [1, None]},
        "job": uuid7(),
        "organization": uuid7(),
        "project": None,
        "path": "prices[3].ask",
        "attempt": 2,
        "key": "0190-key",
        "timeout_ms": 5_000,
    }
    return Call(service=version, **(defaults | changes))


async def outcome(executor: HttpExecutor, made: Call) -> Outcome:
    return await executor.execute(made, Silent())


async def error(executor: HttpExecutor, made: Call) -> ErrorInfo:
    result = await outcome(executor, made)
    assert isinstance(result, Fail | Retry), result
    return result.error


async def test_the_request_says_what_is_called_for(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = json_reply({"price": 3})
    made = call(server, trace="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    assert await outcome(executor, made) == Done({"price": 3})
    (seen,) = server.seen
    assert seen.method == "POST"
    assert seen.json() == {
        "inputs": {"product": "sal", "n": [1, None]},
        "job": str(made.job),
        "path": "prices[3].ask",
        "attempt": 2,
        "idempotency_key": "0190-key",
    }
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["idempotency-key"] == "0190-key"
    assert seen.headers["traceparent"] == made.trace
    assert "webhook-signature" not in seen.headers


async def test_declared_method_and_headers_are_used_and_cannot_replace_ours(
    executor: HttpExecutor, server: Loopback
) -> None:
    server.answers["/service"] = json_reply(1)
    headers = {"X-Team": "prices", "Idempotency-Key": "mine", "Content-Type": "text/plain"}
    await outcome(executor, call(server, endpoint={"method": "PUT", "headers": headers}))
    (seen,) = server.seen
    assert (seen.method, seen.headers["x-team"]) == ("PUT", "prices")
    assert (seen.headers["idempotency-key"], seen.headers["content-type"]) == ("0190-key", "application/json")


async def test_a_signed_request_is_verified_by_the_other_sides_library(
    executor: HttpExecutor, server: Loopback
) -> None:
    server.answers["/service"] = json_reply(None)
    await outcome(executor, call(server, signing_secret=SECRET, inputs={"name": "São Paulo ✓"}))
    (seen,) = server.seen
    assert Webhook(SECRET).verify(seen.body, seen.headers)["inputs"] == {"name": "São Paulo ✓"}
    assert seen.headers["webhook-id"] == "0190-key"
    for changed in (seen.body.replace(b"Paulo", b"Pablo"), seen.body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(SECRET).verify(changed, seen.headers)


@pytest.mark.parametrize("secret", ["whsec_é", "whsec_", "", "whsec_!!!!"])
async def test_a_secret_that_cannot_sign_is_an_error(executor: HttpExecutor, server: Loopback, secret: str) -> None:
    assert (await error(executor, call(server, signing_secret=secret))).code == "signing_secret_invalid"
    assert server.seen == []


async def test_a_request_that_should_be_signed_is_never_sent_unsigned(executor: HttpExecutor, server: Loopback) -> None:
    made = call(server, endpoint={"signing_credential": "shop-key"})
    assert (await error(executor, made)).code == "signing_secret_missing"
    assert server.seen == []


@pytest.mark.parametrize(
    ("reply", "output"),
    [
        (json_reply([1, {"a": None}]), [1, {"a": None}]),
        (json_reply("text", 201), "text"),
        (Reply(204), None),
        (Reply(200, b" \n"), None),
        (Reply(200, b"5", {"content-type": "text/plain"}), 5),
    ],
)
async def test_success_is_json_or_nothing(executor: HttpExecutor, server: Loopback, reply: Reply, output: Any) -> None:
    server.answers["/service"] = reply
    assert await outcome(executor, call(server)) == Done(output)


@pytest.mark.parametrize("body", [b"<html>", b'{"a": 1', b"\xff", b"[" * 50_000])
async def test_an_answer_that_is_not_json_is_a_failure(executor: HttpExecutor, server: Loopback, body: bytes) -> None:
    server.answers["/service"] = Reply(200, body)
    info = await error(executor, call(server))
    assert (info.code, info.retryable) == ("answer_not_json", False)


async def test_an_accepted_call_waits_for_its_callback(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = Reply(202)
    made = call(server, endpoint={"callback": True}, callback_url="https://tropeiro.example/callbacks/abc")
    assert await outcome(executor, made) == Wait(timeout_ms=5_000)
    assert server.seen[0].json()["callback_url"] == "https://tropeiro.example/callbacks/abc"


async def test_a_service_with_callbacks_may_answer_at_once(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = json_reply(1)
    assert await outcome(executor, call(server, endpoint={"callback": True}, callback_url="https://x/")) == Done(1)


async def test_accepting_without_declaring_callbacks_is_a_failure(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = Reply(202)
    info = await error(executor, call(server, callback_url="https://tropeiro.example/callbacks/abc"))
    assert (info.code, info.retryable) == ("callback_not_declared", False)
    assert "callback_url" not in server.seen[0].json()


@pytest.mark.parametrize(
    ("status", "body", "code", "message", "retryable"),
    [
        (400, {"code": "bad_product", "message": "No such product."}, "bad_product", "No such product.", False),
        (400, {"code": "busy", "message": "Busy.", "retryable": True}, "busy", "Busy.", True),
        (503, {"code": "gone", "message": "Gone.", "retryable": False}, "gone", "Gone.", False),
        (422, {"error": {"code": "inner", "message": "Inner."}}, "inner", "Inner.", False),
        (
            403,
            {"type": "https://example.com/probs/out-of-credit", "title": "Out of credit", "detail": "Balance is 30."},
            "out-of-credit",
            "Balance is 30.",
            False,
        ),
        (404, {"type": "about:blank", "title": "Not Found", "status": 404}, "http_status", "Not Found", False),
        (400, {"code": 5, "message": ["x"]}, "http_status", "The endpoint answered 400", False),
        (400, {"code": "a b\nc", "message": ""}, "http_status", "The endpoint answered 400", False),
        (400, ["x"], "http_status", "The endpoint answered 400", False),
        (501, {}, "http_status", "The endpoint answered 501", False),
        (599, {}, "http_status", "The endpoint answered 599", False),
    ],
)
async def test_an_error_is_taken_as_the_endpoint_describes_it(
    executor: HttpExecutor, server: Loopback, status: int, body: Any, code: str, message: str, retryable: bool
) -> None:
    server.answers["/service"] = json_reply(body, status)
    info = await error(executor, call(server))
    assert (info.code, info.retryable, info.details["status"]) == (code, retryable, status)
    assert info.message.startswith(message)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_some_statuses_are_worth_another_try(executor: HttpExecutor, server: Loopback, status: int) -> None:
    server.answers["/service"] = Reply(status, b"oh")
    result = await outcome(executor, call(server))
    assert isinstance(result, Fail)
    assert (result.error.code, result.error.retryable) == ("http_status", True)
    server.answers["/service"] = Reply(status, headers={"retry-after": "12"})
    result = await outcome(executor, call(server))
    assert isinstance(result, Retry)
    assert result.after_ms == 12_000
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    server.answers["/service"] = Reply(status, headers={"retry-after": later})
    result = await outcome(executor, call(server))
    assert isinstance(result, Retry)
    assert 55_000 < result.after_ms <= 60_000


async def test_redirects_are_not_followed(executor: HttpExecutor, server: Loopback) -> None:
    server.answers |= {"/service": redirect("/other", 307), "/other": json_reply(1)}
    info = await error(executor, call(server, signing_secret=SECRET))
    assert (info.code, info.retryable) == ("unexpected_redirect", False)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://169.254.169.254/latest/", "address_refused"),
        ("http://127.0.0.1:8000/", "address_refused"),
        ("http://[::ffff:10.0.0.1]/", "address_refused"),
        ("ftp://example.com/", "invalid_url"),
    ],
)
async def test_private_endpoints_are_refused(executor: HttpExecutor, server: Loopback, url: str, code: str) -> None:
    info = await error(executor, call(server, endpoint={"url": url}))
    assert (info.code, info.retryable) == (code, False)


@pytest.mark.parametrize("idempotent", [True, False])
async def test_a_lost_connection_is_worth_another_try_unless_the_service_says_no(
    executor: HttpExecutor, server: Loopback, idempotent: bool
) -> None:
    server.answers["/service"] = Reply(raw=b"")
    info = await error(executor, call(server, idempotent=idempotent))
    assert (info.code, info.retryable) == ("connection_lost", idempotent)


async def test_a_slow_endpoint_is_cut_off_at_the_timeout(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = Reply(delay=30)
    start = time.monotonic()
    info = await error(executor, call(server, timeout_ms=100))
    assert (info.code, info.retryable) == ("timeout", True)
    assert time.monotonic() - start < 2


async def test_errors_tell_no_secrets(executor: HttpExecutor, server: Loopback) -> None:
    server.answers["/service"] = json_reply({"message": f"bad signature, not {SECRET}", "details": [SECRET]}, 401)
    info = await error(executor, call(server, signing_secret=SECRET))
    assert SECRET not in f"{info.message}{info.details}"


async def test_stopping_ends_the_calls_that_run(server: Loopback) -> None:
    executor = HttpExecutor(AllowedHosts.parse([server.place]))
    await executor.start()
    arrived = asyncio.Event()

    def slow(seen: Seen) -> Reply:
        arrived.set()
        return Reply(delay=30)

    server.answers["/service"] = slow
    running = asyncio.create_task(outcome(executor, call(server)))
    await arrived.wait()
    await executor.stop()
    result = await running
    assert isinstance(result, Fail)
    assert (result.error.code, result.error.retryable) == ("executor_stopped", True)


async def test_cancelling_a_call_cancels_its_request(executor: HttpExecutor, server: Loopback) -> None:
    arrived = asyncio.Event()

    def slow(seen: Seen) -> Reply:
        arrived.set()
        return Reply(delay=30)

    server.answers["/service"] = slow
    running = asyncio.create_task(outcome(executor, call(server)))
    await arrived.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    server.answers["/service"] = json_reply(1)
    assert await outcome(executor, call(server)) == Done(1)
