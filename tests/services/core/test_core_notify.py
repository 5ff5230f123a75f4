from __future__ import annotations

import smtplib
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from loopback import Loopback, Reply
from tropeiro.services.core.channels import FIXED

MESSAGE = {"title": "Título", "body": "a & b", "type": "warning"}

EVIL = "evil.example"
TARGETS = {
    "brevo": [f"brevo://abcdef0123456789:me@{EVIL}/to@{EVIL}"],
    "discord": [f"discord://{'1' * 18}/{'a' * 30}", f"discord://{EVIL}/{EVIL}"],
    "gchat": [f"gchat://workspace/key/{'t' * 20}", f"gchat://{EVIL}/key/token"],
    "line": [f"line://{'a' * 40}/U1234567890"],
    "mailgun": [f"mailgun://me@{EVIL}/{'a' * 32}-{'b' * 8}-{'c' * 8}/to@{EVIL}"],
    "msgbird": [f"msgbird://{'a' * 25}/15551234567/15557654321"],
    "opsgenie": [f"opsgenie://{'a' * 8}-aaaa-aaaa-aaaa-{'a' * 12}"],
    "pagerduty": [f"pagerduty://{'a' * 32}@{'b' * 20}"],
    "pbul": [f"pbul://{'a' * 32}/#channel", f"pbul://{EVIL}"],
    "postmark": [f"postmark://{'a' * 8}-aaaa-aaaa-aaaa-{'a' * 12}:me@{EVIL}/to@{EVIL}"],
    "pover": [f"pover://{'u' * 30}@{'t' * 30}"],
    "resend": [f"resend://{'a' * 20}:me@{EVIL}/to@{EVIL}"],
    "sendgrid": [f"sendgrid://{'a' * 20}:me@{EVIL}/to@{EVIL}"],
    "slack": [f"slack://T1JJ3T3L2/A1BRTD4JD/{'T' * 24}/#general", f"slack://xoxb-1234-1234-{'a' * 24}/#{EVIL}"],
    "tgram": [f"tgram://123456789:{'a' * 35}/12315544/", f"tgram://123456789:{'a' * 35}@{EVIL}/12315544"],
    "twilio": [f"twilio://AC{'a' * 32}:{'b' * 32}@15551234567/15557654321"],
    "vonage": [f"vonage://{'a' * 8}:{'b' * 16}@15551234567/15557654321"],
    "webex": [f"webex://{'a' * 80}/{'b' * 80}"],
    "wxteams": [f"wxteams://{'a' * 80}", f"wxteams://{'a' * 80}/?mode=webhook"],
}
OWNERS = [
    "api.brevo.com",
    "discord.com",
    "chat.googleapis.com",
    "api.line.me",
    "api.mailgun.net",
    "rest.messagebird.com",
    "api.opsgenie.com",
    "events.pagerduty.com",
    "api.pushbullet.com",
    "api.postmarkapp.com",
    "api.pushover.net",
    "api.resend.com",
    "api.sendgrid.com",
    "hooks.slack.com",
    "slack.com",
    "api.telegram.org",
    "api.twilio.com",
    "rest.nexmo.com",
    "api.ciscospark.com",
    "webexapis.com",
]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[requests.PreparedRequest]:
    """Requests that Apprise makes; they are answered here and go nowhere."""
    made: list[requests.PreparedRequest] = []

    def send(session: Any, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        assert options["verify"]  # True, or a file of authorities that the environment names
        assert options["allow_redirects"] is False
        made.append(request)
        response = requests.Response()
        response.status_code = 202 if "opsgenie" in str(request.url) else 200
        response._content = b'{"ok": true, "requestId": "1", "status": 1, "messages": [{"status": "0"}]}'
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    return made


def test_every_fixed_channel_is_tried_below() -> None:
    assert TARGETS.keys() == FIXED.keys()


@pytest.mark.parametrize(
    "target", [target for targets in TARGETS.values() for target in targets], ids=lambda text: text[:40]
)
async def test_a_channel_only_talks_to_its_own_server(
    core: Any, sent: list[requests.PreparedRequest], target: str
) -> None:
    outcome = await core.outcome("notify", MESSAGE, {"url": target})
    assert {urlsplit(str(request.url)).hostname for request in sent} <= set(OWNERS), outcome
    assert all(urlsplit(str(request.url)).scheme == "https" for request in sent)
    if target == TARGETS[target.partition(":")[0]][0]:
        assert sent, outcome


@pytest.mark.parametrize("scheme", ["json", "http"])
async def test_a_webhook_gets_json(core: Any, server: Loopback, scheme: str) -> None:
    server.answers["/hook"] = Reply(204)
    assert await core("notify", MESSAGE, {"url": f"{scheme}://{server.place}/hook"}) == {"sent": 1}
    (seen,) = server.seen
    assert seen.json() == {"version": "1.0", "title": "Título", "message": "a & b", "type": "warning"}
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["idempotency-key"] == "key-of-this-step"


async def test_a_webhook_gets_a_form_with_headers_query_and_password(core: Any, server: Loopback) -> None:
    server.answers["/"] = Reply()
    target = f"form://ana:p%40ss@{server.place}/?+X-Key=k%20k&-q=1+2"
    await core("notify", MESSAGE, {"urls": [target]})
    (seen,) = server.seen
    assert parse_qs(seen.body.decode())["message"] == ["a & b"]
    assert seen.headers["authorization"] == "Basic YW5hOnBAc3M="
    assert seen.headers["x-key"] == "k k"
    assert seen.query == {"q": "1+2"}


async def test_every_target_is_tried_and_failures_are_counted(core: Any, server: Loopback) -> None:
    server.answers |= {"/good": Reply(), "/bad": Reply(500), "/gone": Reply(410)}
    urls = " ".join(f"json://{server.place}/{name}" for name in ("bad", "good", "gone"))
    error = await core.fails("notify", MESSAGE, {"urls": urls})
    assert (error.code, error.retryable, error.details["sent"]) == ("notification_failed", False, 1)
    assert [failed["target"] for failed in error.details["failed"]] == [1, 3]
    error = await core.fails("notify", MESSAGE, {"url": f"json://{server.place}/bad"})
    assert error.retryable


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("json://127.0.0.1:1/", "port_refused"),
        ("json://10.0.0.1/", "address_refused"),
        ("jsons://[::1]/", "address_refused"),
        ("https://169.254.169.254/", "address_refused"),
        ("json://2130706433/", "invalid_url"),
        ("json://x.example/?method=GET", "target_refused"),
        ("xml://10.0.0.1/", "target_refused"),
        ("gotify://10.0.0.1/token", "target_refused"),
        ("ntfy://internal/topic", "target_refused"),
        ("syslog://", "target_refused"),
        ("dbus://", "target_refused"),
        ("mqtt://internal/topic", "target_refused"),
        ("file:///etc/passwd", "target_refused"),
        ("nothing", "target_refused"),
        (f"discord://{'1' * 18}/{'a' * 30}?template=/etc/passwd", "target_refused"),
        (f"discord://{'1' * 18}/{'a' * 30}?verify=no", "target_refused"),
        (f"discord://{'1' * 18}/{'a' * 30}?redirect=yes", "target_refused"),
        ("discord://", "target_invalid"),
        ("mailtos://me:pw@internal.example?smtp=10.0.0.1", "target_refused"),
        ("mailtos://me:pw@gmail.com?smtp=10.0.0.1&to=you@example.com", "target_refused"),
        ("mailto://me:pw@gmail.com?pgpprv=/etc/passwd", "target_refused"),
        ("mailto://me:pw@mail.company.example", "target_refused"),
    ],
)
async def test_a_target_that_is_not_a_public_service_is_refused(
    core: Any, sent: list[requests.PreparedRequest], url: str, code: str
) -> None:
    error = await core.fails("notify", MESSAGE, {"url": url})
    assert (error.code, error.retryable) == (code, False)
    assert sent == []


@pytest.mark.parametrize("credential", [{}, {"url": ""}, {"urls": []}, {"urls": [5]}, {"urls": ["json://x"] * 51}])
async def test_a_credential_without_addresses_is_an_error(core: Any, credential: dict[str, Any]) -> None:
    assert (await core.fails("notify", MESSAGE, credential)).code == "credential_unusable"


async def test_a_credential_is_required(core: Any) -> None:
    assert (await core.fails("notify", MESSAGE)).code == "credential_missing"


@pytest.mark.parametrize("url", ["mailto://me:pw@gmail.com?to=you@example.com"])
async def test_mail_goes_over_a_well_known_provider(core: Any, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    asked: list[tuple[str, int]] = []

    def connect(smtp: Any, host: str = "", port: int = 0) -> tuple[int, bytes]:
        asked.append((host, port))
        raise OSError("no network in tests")

    monkeypatch.setattr(smtplib.SMTP, "connect", connect)
    error = await core.fails("notify", MESSAGE, {"url": url})
    assert (error.code, error.retryable) == ("notification_failed", True)
    assert {host for host, _ in asked} == {"smtp.gmail.com"}


async def test_a_broken_address_is_not_logged(core: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await core.fails("notify", MESSAGE, {"url": f"tgram://123456789:{'s' * 35}@x/1"})
    assert "ssss" not in caplog.text


async def test_a_channel_that_says_no_is_a_failure_that_tells_no_secret(
    core: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def send(session: Any, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 401
        response._content = b"no"
        return response

    monkeypatch.setattr(requests.Session, "send", send)
    error = await core.fails("notify", MESSAGE, {"url": f"discord://{'1' * 18}/{'a' * 30}"})
    assert (error.code, error.message.count("Discord")) == ("notification_failed", 1)
    assert "aaaa" not in f"{error.message}{error.details}"
