from __future__ import annotations

import asyncio
import datetime
import gzip
import ipaddress
import socket
import ssl
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from loopback import Loopback, Reply, Seen, loopback, redirect
from tropeiro.executors.addresses import AllowedHosts
from tropeiro.executors.network import SafeHttpClient
from tropeiro.ports.network import HttpLimits, RequestError


@pytest.fixture
async def server() -> AsyncIterator[Loopback]:
    async with loopback() as running:
        yield running


@pytest.fixture
async def client(server: Loopback) -> AsyncIterator[SafeHttpClient]:
    async with SafeHttpClient(AllowedHosts.parse([server.place])) as ready:
        yield ready


async def failed(client: SafeHttpClient, url: str, method: str = "GET", **limits: float) -> RequestError:
    with pytest.raises(RequestError) as failure:
        await client.request(method, url, limits=HttpLimits(**limits))
    return failure.value


async def test_an_allowed_private_host_answers(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/a"] = Reply(body=b"hello", headers={"X-Kind": "one", "x-kind2": "two"})
    response = await client.request("POST", server.url("/a?b=c d"), headers=[("X-Mine", "1")], content=b"body")
    assert (response.status, response.body, response.header("x-KIND")) == (200, b"hello", "one")
    (seen,) = server.seen
    assert (seen.method, seen.target, seen.body) == ("POST", "/a?b=c%20d", b"body")
    assert seen.headers["host"] == server.place
    assert seen.headers["x-mine"] == "1"
    assert seen.headers["user-agent"].startswith("Tropeiro/")


async def test_connections_are_reused_and_cookies_are_not_kept(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = Reply(headers={"set-cookie": "session=secret"})
    await client.request("GET", server.url())
    await client.request("GET", server.url())
    assert server.connections == 1
    assert "cookie" not in server.seen[1].headers


async def test_a_private_host_that_is_not_allowed_is_never_connected_to(server: Loopback) -> None:
    async with SafeHttpClient() as client:
        for url in (server.url(), f"http://localhost:{server.port}/", f"http://[::ffff:127.0.0.1]:{server.port}/"):
            assert (await failed(client, url)).code == "address_refused"
    assert server.connections == 0


async def test_a_name_is_judged_by_the_address_that_is_connected_to(server: Loopback) -> None:
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        """Public at first, loopback from then on: what an attacker's name server says."""
        asked.append(host)
        return ["192.0.0.1"] if len(asked) == 1 else ["127.0.0.1", "::1", "169.254.169.254"]

    async with SafeHttpClient(resolve=rebinding) as client:
        for _ in range(3):
            failure = await failed(client, f"http://rebind.example:{server.port}/")
            assert failure.code == "address_refused"
            assert "127.0.0.1" not in failure.message
    assert len(asked) == 3
    assert server.connections == 0


async def test_a_name_with_public_and_private_addresses_reaches_only_the_public_ones(
    server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def mixed(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1", "93.184.216.34", "10.0.0.1"]

    async with SafeHttpClient(resolve=mixed) as client:
        tried: list[str] = []

        async def connect(address: str, *_: object) -> None:
            tried.append(address)
            raise OSError("unreachable")

        monkeypatch.setattr("anyio.connect_tcp", lambda **options: connect(options["remote_host"]))
        assert (await failed(client, f"http://mixed.example:{server.port}/")).code == "connect_failed"
    assert tried == ["93.184.216.34"]


async def test_an_allowed_name_may_be_private(server: Loopback) -> None:
    async def inside(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    server.answers["/"] = Reply(body=b"inside")
    allowed = AllowedHosts.parse([f"files.internal:{server.port}"])
    async with SafeHttpClient(allowed, resolve=inside) as client:
        assert (await client.request("GET", f"http://files.internal:{server.port}/")).body == b"inside"
        assert (await failed(client, f"http://other.internal:{server.port}/")).code == "address_refused"
        # An entry names a host as the URL writes it; the address behind it is not allowed with it.
        assert (await failed(client, server.url())).code == "address_refused"


@pytest.mark.parametrize(
    ("error", "retryable"), [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True), (socket.EAI_FAIL, True)]
)
async def test_a_name_that_cannot_be_resolved_is_reported(error: int, retryable: bool) -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(error, "no")

    async with SafeHttpClient(resolve=unknown) as client:
        failure = await failed(client, "https://missing.example/")
    assert (failure.code, failure.retryable, failure.sent) == ("name_not_resolved", retryable, False)


async def test_a_slow_name_server_is_a_timeout() -> None:
    async def slow(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    async with SafeHttpClient(resolve=slow) as client:
        failure = await failed(client, "https://slow.example/", connect=0.05)
    assert (failure.code, failure.retryable, failure.sent) == ("timeout", True, False)


async def test_the_environment_has_no_say_in_proxies(
    client: SafeHttpClient, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    server.answers["/"] = Reply()
    assert (await client.request("GET", server.url())).status == 200


# Redirects


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (303, "HEAD", "HEAD"),
        (302, "DELETE", "DELETE"),
        (307, "POST", "POST"),
        (308, "PUT", "PUT"),
    ],
)
async def test_a_redirect_keeps_or_changes_the_method_by_its_status(
    client: SafeHttpClient, server: Loopback, status: int, method: str, then: str
) -> None:
    server.answers |= {"/from": redirect("/to?x=1", status), "/to": Reply(body=b"" if method == "HEAD" else b"there")}
    headers = [("Authorization", "Bearer token"), ("Content-Type", "text/plain")]
    response = await client.request(method, server.url("/from"), headers=headers, content=b"data")
    assert response.url == server.url("/to?x=1")
    assert server.seen[1].method == then
    assert server.seen[1].body == (b"" if then == "GET" else b"data")
    assert server.seen[1].headers["authorization"] == "Bearer token"
    assert ("content-type" in server.seen[1].headers) == (then == method)


async def test_a_redirect_to_another_origin_takes_no_secrets_along(server: Loopback) -> None:
    async with loopback() as other, SafeHttpClient(AllowedHosts.parse([server.place, other.place])) as client:
        server.answers["/"] = redirect(other.url("/"), 307)
        other.answers["/"] = Reply()
        headers = [
            ("Authorization", "Bearer a"),
            ("Cookie", "b"),
            ("X-Api-Key", "c"),
            ("Accept", "text/plain"),
            ("Content-Type", "text/plain"),
        ]
        await client.request("POST", server.url(), headers=headers, content=b"data")
    (seen,) = other.seen
    assert seen.headers.keys().isdisjoint({"authorization", "cookie", "x-api-key"})
    assert (seen.headers["accept"], seen.headers["content-type"], seen.body) == ("text/plain", "text/plain", b"data")
    assert seen.headers["host"] == other.place


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("http://169.254.169.254/latest/meta-data/", "address_refused"),
        ("http://localhost:1/", "port_refused"),
        ("http://localhost:8000/", "address_refused"),
        ("http://10.0.0.1/", "address_refused"),
        ("//[::1]/", "address_refused"),
        ("http://user:pw@example.com/", "invalid_url"),
        ("file:///etc/passwd", "invalid_url"),
        ("http://2130706433/", "invalid_url"),
    ],
)
async def test_a_redirect_to_somewhere_private_is_refused(
    client: SafeHttpClient, server: Loopback, location: str, code: str
) -> None:
    server.answers["/"] = redirect(location)
    failure = await failed(client, server.url())
    assert (failure.code, failure.retryable) == (code, False)


async def test_endless_redirects_end(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = redirect("/")
    assert (await failed(client, server.url())).code == "too_many_redirects"
    assert len(server.seen) == 6


async def test_redirects_can_be_left_to_the_caller(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = redirect("/elsewhere")
    response = await client.request("GET", server.url(), limits=HttpLimits(redirects=0))
    assert (response.status, response.header("location")) == (302, "/elsewhere")


# Sizes


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate", "raw deflate", "two members"])
async def test_compressed_answers_are_read(client: SafeHttpClient, server: Loopback, encoding: str) -> None:
    text = b"a line of text\n" * 10_000
    raw = zlib.compressobj(wbits=-15)
    body = {
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "two members": gzip.compress(text[:100]) + gzip.compress(text[100:]),
    }.get(encoding, gzip.compress(text))
    name = {"raw deflate": "deflate", "two members": "gzip"}.get(encoding, encoding)
    server.answers["/"] = Reply(body=body, headers={"content-encoding": name})
    assert (await client.request("GET", server.url())).body == text


async def test_a_decompression_bomb_is_stopped_without_the_memory_it_wants(
    client: SafeHttpClient, server: Loopback
) -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    bomb = b"".join(squeeze.compress(bytes(1_000_000)) for _ in range(200)) + squeeze.flush()
    server.answers["/"] = Reply(body=bomb, headers={"content-encoding": "gzip"})
    tracemalloc.start()
    failure = await failed(client, server.url(), response_bytes=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert failure.code == "response_too_large"
    assert peak < 8_000_000


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_answer_is_cut_off(client: SafeHttpClient, server: Loopback, chunked: bool) -> None:
    headers = "transfer-encoding: chunked" if chunked else "content-length: 900000"
    body = b"186a0\r\n" + b"x" * 100_000 + b"\r\n" if chunked else b"x" * 100_000
    server.answers["/"] = Reply(raw=f"HTTP/1.1 200 OK\r\n{headers}\r\n\r\n".encode() + body * 9)
    failure = await failed(client, server.url(), response_bytes=200_000)
    assert (failure.code, failure.retryable) == ("response_too_large", False)


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=b"not gzip", headers={"content-encoding": "gzip"}),
        Reply(body=gzip.compress(b"x" * 1000)[:-10], headers={"content-encoding": "gzip"}),
        Reply(body=b"x", headers={"content-encoding": "br"}),
        Reply(body=b"x", headers={"content-encoding": "gzip, gzip"}),
        Reply(raw=b"SSH-2.0-OpenSSH_9.9\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nx: " + b"y" * 300_000 + b"\r\n\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf"),
    ],
)
async def test_an_answer_that_cannot_be_read_is_reported(
    client: SafeHttpClient, server: Loopback, reply: Reply
) -> None:
    server.answers["/"] = reply
    failure = await failed(client, server.url())
    assert (failure.code, failure.retryable, failure.sent) == ("response_broken", True, True)


async def test_requests_are_bounded_too(client: SafeHttpClient, server: Loopback) -> None:
    with pytest.raises(RequestError) as failure:
        await client.request("POST", server.url(), content=b"x" * 101, limits=HttpLimits(request_bytes=100))
    assert failure.value.code == "request_too_large"
    with pytest.raises(RequestError) as failure:
        await client.request("GET", server.url(), headers=[("x-long", "y" * 40_000)])
    assert failure.value.code == "header_refused"
    assert server.connections == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "internal"),
        ("Transfer-Encoding", "chunked"),
        ("Content-Length", "0"),
        ("Connection", "upgrade"),
        ("Proxy-Authorization", "x"),
        ("x-split", "a\r\nx-evil: 1"),
        ("x-nul", "a\0"),
        ("x wide", "a"),
        ("x:y", "a"),
        ("", "a"),
        ("x-wide", "€"),
    ],
)
async def test_a_header_that_would_break_the_message_is_refused(
    client: SafeHttpClient, server: Loopback, name: str, value: str
) -> None:
    with pytest.raises(RequestError) as failure:
        await client.request("GET", server.url(), headers=[(name, value)])
    assert failure.value.code == "header_refused"
    assert server.connections == 0


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "get", "GET /x", ""])
async def test_methods_that_make_no_sense_are_refused(client: SafeHttpClient, server: Loopback, method: str) -> None:
    assert (await failed(client, server.url(), method)).code == "method_refused"


# Time and trouble


async def test_silence_is_a_timeout(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = Reply(delay=5)
    for method, retryable in (("GET", True), ("POST", False)):
        failure = await failed(client, server.url(), method, read=0.05)
        assert (failure.code, failure.retryable, failure.sent) == ("timeout", retryable, True)


async def test_everything_together_has_a_timeout(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = lambda seen: Reply(307, headers={"location": f"{seen.target}x"}, delay=0.2)
    server.answers |= {f"/{'x' * n}": server.answers["/"] for n in range(9)}
    failure = await failed(client, server.url(), total=0.5)
    assert failure.code == "timeout"
    assert 1 < len(server.seen) < 5


async def test_a_server_that_is_not_there_is_reported(client: SafeHttpClient) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with SafeHttpClient(AllowedHosts.parse([f"127.0.0.1:{port}"])) as client:
        failure = await failed(client, f"http://127.0.0.1:{port}/", "POST")
    assert (failure.code, failure.retryable, failure.sent) == ("connect_failed", True, False)


async def test_a_connection_that_ends_without_an_answer_is_reported(client: SafeHttpClient, server: Loopback) -> None:
    server.answers["/"] = Reply(raw=b"")
    for method, retryable in (("GET", True), ("POST", False)):
        failure = await failed(client, server.url(), method)
        assert (failure.code, failure.retryable, failure.sent) == ("connection_lost", retryable, True)


async def test_cancelling_closes_the_connection(client: SafeHttpClient, server: Loopback) -> None:
    arrived = asyncio.Event()

    def slow(request: Seen) -> Reply:
        arrived.set()
        return Reply(delay=30)

    server.answers["/"] = slow
    task = asyncio.create_task(client.request("GET", server.url()))
    await arrived.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    server.answers["/"] = Reply(body=b"next")
    assert (await client.request("GET", server.url())).body == b"next"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that only those trust who are told to, with its key, PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
async def secure(certificate: Path) -> AsyncIterator[Loopback]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    async with loopback(context) as running:
        running.answers["/"] = Reply(body=b"secure")
        yield running


async def test_a_certificate_that_nobody_trusts_is_refused(secure: Loopback) -> None:
    async with SafeHttpClient(AllowedHosts.parse([secure.place])) as client:
        failure = await failed(client, secure.url())
    assert (failure.code, failure.retryable, failure.sent) == ("tls_failed", False, False)
    assert "certificate" in failure.message
    assert secure.seen == []


async def test_a_certificate_for_another_host_is_refused(secure: Loopback, certificate: Path) -> None:
    async def here(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    trusting = ssl.create_default_context(cafile=str(certificate))
    allowed = AllowedHosts.parse([secure.place, "other.internal"])
    async with SafeHttpClient(allowed, resolve=here, tls=trusting) as client:
        assert (await client.request("GET", secure.url())).body == b"secure"
        assert (await failed(client, f"https://other.internal:{secure.port}/")).code == "tls_failed"


async def test_an_operators_own_authority_can_be_trusted(
    secure: Loopback, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with SafeHttpClient(AllowedHosts.parse([secure.place])) as client:
        assert (await client.request("GET", secure.url())).body == b"secure"


async def test_a_redirect_from_https_to_http_is_refused(secure: Loopback, server: Loopback, certificate: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    secure.answers["/"] = redirect(server.url())
    async with SafeHttpClient(AllowedHosts.parse([secure.place, server.place]), tls=trusting) as client:
        assert (await failed(client, secure.url())).code == "redirect_refused"
    assert server.connections == 0
