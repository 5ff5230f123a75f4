from __future__ import annotations

import base64
import email.message
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.utils import format_datetime
from typing import Any

import pytest

from loopback import Loopback, Reply, Seen, json_reply, redirect
from tropeiro.kernel.errors import SchemaMismatch
from tropeiro.kernel.outcome import Fail, Retry

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@pytest.mark.parametrize("method", METHODS)
async def test_every_method_is_sent(core: Any, server: Loopback, method: str) -> None:
    server.answers["/"] = Reply(204, headers={"x-a": "b"})
    output = await core("http", {"url": server.url(), "method": method})
    assert output["status"] == 204
    assert output["headers"]["x-a"] == "b"
    assert (output["body"], output["encoding"]) == (None, "none")
    assert server.seen[0].method == method


async def test_the_query_is_added_to_the_url(core: Any, server: Loopback) -> None:
    server.answers["/a"] = Reply()
    query = {"s": "a b&c", "n": 1.5, "t": True, "no": None, "many": [1, None, "é"]}
    await core("http", {"url": server.url("/a?first=1#fragment"), "query": query})
    assert server.seen[0].target == "/a?first=1&s=a+b%26c&n=1.5&t=true&many=1&many=%C3%A9"


@pytest.mark.parametrize(
    ("inputs", "content_type", "body"),
    [
        ({"json": {"a": [1, None, "é"]}}, "application/json", '{"a":[1,null,"é"]}'.encode()),
        ({"json": 0}, "application/json", b"0"),
        ({"form": {"a": "x y", "b": [1, 2], "c": None}}, "application/x-www-form-urlencoded", b"a=x+y&b=1&b=2"),
        ({"body": "olá"}, "text/plain; charset=utf-8", "olá".encode()),
        ({"body_base64": base64.b64encode(b"\0\xff").decode()}, "application/octet-stream", b"\0\xff"),
        ({"body": "<a/>", "headers": {"Content-Type": "text/xml"}}, "text/xml", b"<a/>"),
        ({}, None, b""),
    ],
)
async def test_a_body_is_sent_as_what_it_is(
    core: Any, server: Loopback, inputs: dict[str, Any], content_type: str | None, body: bytes
) -> None:
    server.answers["/"] = Reply()
    await core("http", {"url": server.url(), "method": "POST", **inputs})
    (seen,) = server.seen
    assert seen.headers.get("content-type") == content_type
    assert seen.body == body
    assert seen.headers["content-length"] == str(len(body))


async def test_a_multipart_body_has_fields_and_files(core: Any, server: Loopback) -> None:
    server.answers["/"] = Reply()
    parts = [
        {"name": "title", "text": "São Paulo"},
        {"name": "file", "base64": "AAH/", "filename": "a.bin", "content_type": "application/x-bin"},
    ]
    await core("http", {"url": server.url(), "method": "POST", "multipart": parts})
    (seen,) = server.seen
    head = f"content-type: {seen.headers['content-type']}\r\n\r\n".encode()
    message = BytesParser(email.message.Message).parsebytes(head + seen.body)
    title, file = message.get_payload()
    assert title.get_payload(decode=True).decode() == "São Paulo"
    assert title.get_filename() is None
    assert (file.get_filename(), file.get_content_type()) == ("a.bin", "application/x-bin")
    assert file.get_payload(decode=True) == b"\0\1\xff"


@pytest.mark.parametrize(
    ("reply", "body", "encoding"),
    [
        (json_reply({"a": 1}), {"a": 1}, "json"),
        (Reply(body=b"[1]", headers={"content-type": "application/problem+json; charset=utf-8"}), [1], "json"),
        (Reply(body=b"[1]"), [1], "json"),
        (Reply(body=b"not json", headers={"content-type": "application/json"}), "not json", "text"),
        (
            Reply(body="ol\xe1".encode("latin-1"), headers={"content-type": "text/plain; charset=ISO-8859-1"}),
            "olá",
            "text",
        ),
        (Reply(body=b"<a/>", headers={"content-type": "application/atom+xml"}), "<a/>", "text"),
        (Reply(body=b"\xff\xfe", headers={"content-type": "text/plain"}), "//4=", "base64"),
        (Reply(body=b"a\0b", headers={"content-type": "text/plain"}), "YQBi", "base64"),
        (Reply(body=b"x", headers={"content-type": "text/plain; charset=nonsense"}), "eA==", "base64"),
        (Reply(body=b"\x89PNG", headers={"content-type": "image/png"}), "iVBORw==", "base64"),
        (Reply(body=b"[" * 100_000, headers={"content-type": "application/json"}), "[" * 100_000, "text"),
    ],
)
async def test_an_answer_is_given_as_what_it_is(
    core: Any, server: Loopback, reply: Reply, body: Any, encoding: str
) -> None:
    server.answers["/"] = reply
    output = await core("http", {"url": server.url()})
    assert (output["body"], output["encoding"]) == (body, encoding)


@pytest.mark.parametrize(
    ("inputs", "code"),
    [
        ({"json": 1, "body": "x"}, "invalid_inputs"),
        ({"body_base64": "not base64!"}, "invalid_inputs"),
        ({"multipart": [{"name": "a"}]}, "invalid_inputs"),
        ({"multipart": [{"name": "a", "text": "x", "content_type": "a/b\r\nx: y", "filename": "f"}]}, "invalid_inputs"),
        ({"expect": ["2xx"]}, "invalid_inputs"),
        ({"expect": [99]}, "invalid_inputs"),
        ({"headers": {"Host": "internal"}}, "header_refused"),
        ({"headers": {"x": "a\r\nb: c"}}, "header_refused"),
        ({"url": "http://169.254.169.254/latest"}, "address_refused"),
        ({"url": "file:///etc/passwd"}, "invalid_url"),
    ],
)
async def test_what_cannot_be_sent_is_refused(core: Any, server: Loopback, inputs: dict[str, Any], code: str) -> None:
    error = await core.fails("http", {"url": server.url(), "method": "POST", **inputs})
    assert (error.code, error.retryable) == (code, False)
    assert server.seen == []


async def test_unknown_inputs_are_refused(core: Any, server: Loopback) -> None:
    with pytest.raises(SchemaMismatch):
        await core("http", {"url": server.url(), "methd": "POST"})


# Statuses and retries


async def test_another_status_than_expected_is_an_error_with_the_answer(core: Any, server: Loopback) -> None:
    server.answers["/"] = json_reply({"why": "é" * 2_000}, 404)
    error = await core.fails("http", {"url": server.url()})
    assert (error.code, error.retryable, error.details["status"]) == ("http_status", False, 404)
    assert error.details["body"].startswith('{"why": "')
    assert len(error.details["body"]) <= 1_000
    assert "404" in error.message


@pytest.mark.parametrize(
    ("expect", "status", "fine"),
    [([404], 404, True), (["200-204", 404], 204, True), ([200], 201, False), (["300-399"], 302, True)],
)
async def test_expected_statuses_can_be_chosen(
    core: Any, server: Loopback, expect: list[Any], status: int, fine: bool
) -> None:
    server.answers["/"] = redirect("/nowhere", status)
    outcome = await core.outcome("http", {"url": server.url(), "expect": expect, "redirects": False})
    assert isinstance(outcome, Fail) != fine


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_server_that_asks_to_wait_is_asked_again_no_sooner(
    core: Any, server: Loopback, status: int, method: str
) -> None:
    server.answers["/"] = Reply(status, b"later", {"retry-after": "7"})
    outcome = await core.outcome("http", {"url": server.url(), "method": method})
    assert isinstance(outcome, Retry)
    assert (outcome.error.code, outcome.after_ms) == ("http_status", 7_000)
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    server.answers["/"] = Reply(status, headers={"retry-after": date})
    outcome = await core.outcome("http", {"url": server.url(), "method": method})
    assert isinstance(outcome, Retry)
    assert 55_000 < outcome.after_ms <= 60_000


@pytest.mark.parametrize(
    ("method", "key", "status", "retryable"),
    [
        ("GET", False, 503, True),
        ("POST", False, 503, True),
        ("POST", False, 429, True),
        ("GET", False, 502, True),
        ("PUT", False, 500, True),
        ("POST", False, 502, False),
        ("POST", True, 502, True),
        ("PATCH", False, 504, False),
        ("GET", False, 501, False),
        ("GET", False, 400, False),
    ],
)
async def test_what_is_tried_again_depends_on_status_and_method(
    core: Any, server: Loopback, method: str, key: bool, status: int, retryable: bool
) -> None:
    server.answers["/"] = Reply(status)
    outcome = await core.outcome("http", {"url": server.url(), "method": method, "idempotency_key": key})
    assert isinstance(outcome, Fail)
    assert outcome.error.retryable == retryable
    assert server.seen[0].headers.get("idempotency-key") == ("key-of-this-step" if key else None)


@pytest.mark.parametrize(
    ("method", "key", "retryable"), [("GET", False, True), ("POST", False, False), ("POST", True, True)]
)
async def test_a_lost_connection_is_tried_again_when_that_does_no_harm(
    core: Any, server: Loopback, method: str, key: bool, retryable: bool
) -> None:
    server.answers["/"] = Reply(raw=b"")
    error = await core.fails("http", {"url": server.url(), "method": method, "idempotency_key": key})
    assert (error.code, error.retryable) == ("connection_lost", retryable)


async def test_a_slow_server_is_cut_off_at_the_steps_timeout(core: Any, server: Loopback) -> None:
    server.answers["/"] = Reply(delay=30)
    start = time.monotonic()
    outcome = await core.outcome("http", {"url": server.url()}, timeout_ms=200)
    assert isinstance(outcome, Fail)
    assert (outcome.error.code, outcome.error.retryable) == ("timeout", True)
    assert time.monotonic() - start < 3


async def test_a_large_download_is_bounded(core: Any, server: Loopback) -> None:
    server.answers["/"] = Reply(body=b"x" * 2_000)
    error = await core.fails("http", {"url": server.url(), "max_bytes": 1_000})
    assert error.code == "response_too_large"


# Credentials


@pytest.mark.parametrize(
    ("credential", "header", "target"),
    [
        ({"type": "bearer", "token": "secret-token"}, ("authorization", "Bearer secret-token"), "/?a=1"),
        ({"token": "secret-token"}, ("authorization", "Bearer secret-token"), "/?a=1"),
        ({"type": "basic", "username": "ana", "password": "é:x"}, ("authorization", "Basic YW5hOsOpOng="), "/?a=1"),
        ({"type": "header", "name": "X-Api-Key", "value": "k"}, ("x-api-key", "k"), "/?a=1"),
        ({"type": "query", "name": "api key", "value": "k&k"}, ("accept", "*/*"), "/?a=1&api+key=k%26k"),
    ],
)
async def test_a_credential_becomes_part_of_the_request(
    core: Any, server: Loopback, credential: dict[str, Any], header: tuple[str, str], target: str
) -> None:
    server.answers["/"] = Reply()
    inputs = {"url": server.url(), "query": {"a": 1}, "headers": {"Authorization": "mine", "x-api-key": "mine"}}
    if credential.get("type") == "query":
        inputs.pop("headers")
    output = await core("http", inputs, credential)
    assert server.seen[0].headers[header[0]] == header[1]
    assert server.seen[0].target == target
    assert "k&k" not in str(output)


@pytest.mark.parametrize(
    "credential", [{}, {"type": "oauth1"}, {"type": "bearer"}, {"type": "basic", "username": "a", "password": 5}]
)
async def test_a_credential_that_cannot_be_used_is_an_error(
    core: Any, server: Loopback, credential: dict[str, Any]
) -> None:
    assert (await core.fails("http", {"url": server.url()}, credential)).code == "credential_unusable"
    assert server.seen == []


async def test_errors_do_not_tell_the_credential(core: Any, server: Loopback) -> None:
    server.answers["/"] = lambda seen: Reply(401, f"bad {seen.headers['authorization']} {seen.target}".encode())
    error = await core.fails("http", {"url": server.url()}, {"token": "secret-token"})
    assert "secret-token" not in f"{error.message}{error.details}"


# Paging


def pages(total: int, size: int) -> Callable[[Seen], Reply]:
    """An API that understands every way of paging."""

    def answer(seen: Seen) -> Reply:
        query = seen.query
        if "page" in query:
            start = (int(query["page"]) - 1) * size
        else:
            start = int(query.get("offset", query.get("cursor", query.get("at", "0"))))
        items = list(range(start, min(start + size, total)))
        more = start + size < total
        body = {
            "items": items,
            "next": str(start + size) if more else None,
            "links": {"next": f"/list?at={start + size}&kept=1" if more else ""},
        }
        link = (
            {"Link": f'</list?at=0>; rel="first", </list?at={start + size}>; title="a, b"; rel="next"'} if more else {}
        )
        return json_reply(body, **link)

    return answer


@pytest.mark.parametrize(
    "paging",
    [
        {"kind": "link_header"},
        {"kind": "next_url", "next": "links.next"},
        {"kind": "cursor", "next": "next"},
        {"kind": "page"},
        {"kind": "page", "size": 3},
        {"kind": "offset"},
        {"kind": "offset", "size": 3, "size_param": "limit"},
    ],
)
async def test_every_way_of_paging_collects_every_item(core: Any, server: Loopback, paging: dict[str, Any]) -> None:
    server.answers["/list"] = pages(8, 3)
    inputs = {"url": server.url("/list"), "query": {"q": "x"}, "paging": {"items": "items", **paging}}
    output = await core("http", inputs, {"token": "secret-token"})
    assert output["body"] == list(range(8))
    assert output["complete"] is True
    assert output["pages"] == len(server.seen)
    assert all(seen.headers["authorization"] == "Bearer secret-token" for seen in server.seen)
    if paging["kind"] in ("cursor", "page", "offset"):
        assert all(seen.query["q"] == "x" for seen in server.seen)
    if "size_param" in paging:
        assert all(seen.query["limit"] == "3" for seen in server.seen)


@pytest.mark.parametrize("bound", [{"max_pages": 2}, {"max_items": 5}])
async def test_paging_that_ends_early_says_so(core: Any, server: Loopback, bound: dict[str, int]) -> None:
    server.answers["/list"] = pages(1_000, 3)
    paging = {"kind": "cursor", "items": "items", **bound}
    output = await core("http", {"url": server.url("/list"), "paging": paging})
    assert output["body"] == list(range(bound.get("max_items", 6)))
    assert (output["pages"], output["complete"]) == (2, False)
    assert core.report.lines[0][0] == "warning"


@pytest.mark.parametrize(
    ("reply", "paging", "words"),
    [
        (json_reply({"items": 5}), {"kind": "page", "items": "items"}, "not a list"),
        (json_reply({"items": []}), {"kind": "page", "items": "data"}, "missing"),
        (json_reply({"items": [1], "next": {}}), {"kind": "cursor", "items": "items"}, "an object"),
        (json_reply({"items": [1], "next": "same"}), {"kind": "cursor", "items": "items"}, "points back"),
        (json_reply({"items": [1], "next": "/list"}), {"kind": "next_url", "items": "items"}, "points back"),
        (json_reply({"items": [1], "next": "http://evil.example/"}), {"kind": "next_url", "items": "items"}, "evil"),
        (Reply(body=b"text"), {"kind": "page"}, "is text"),
    ],
)
async def test_pages_that_cannot_be_followed_are_an_error(
    core: Any, server: Loopback, reply: Reply, paging: dict[str, Any], words: str
) -> None:
    server.answers["/list"] = reply
    error = await core.fails("http", {"url": server.url("/list"), "paging": paging}, {"token": "secret-token"})
    assert error.code == "paging_failed"
    assert words in error.message


async def test_a_short_wait_between_pages_is_waited_and_nothing_is_read_twice(core: Any, server: Loopback) -> None:
    page = [json_reply({"items": [1], "next": "b"}), Reply(429, headers={"retry-after": "0"})]
    server.answers["/list"] = [*page, json_reply({"items": [2], "next": None})]
    output = await core("http", {"url": server.url("/list"), "paging": {"kind": "cursor", "items": "items"}})
    assert output["body"] == [1, 2]
    assert len(server.seen) == 3


async def test_a_long_wait_between_pages_is_left_to_the_step(core: Any, server: Loopback) -> None:
    server.answers["/list"] = Reply(429, headers={"retry-after": "3600"})
    outcome = await core.outcome("http", {"url": server.url("/list"), "paging": {"kind": "page"}})
    assert isinstance(outcome, Retry)
    assert outcome.after_ms == 3_600_000
