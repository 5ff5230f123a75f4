"""The service ``notify``."""

from __future__ import annotations

import asyncio
import base64
import re
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

import msgspec
from pydantic import Field

from tropeiro.ports.network import HttpLimits, http_client
from tropeiro.sdk import Context, ServiceError, service
from tropeiro.services.core.channels import FIXED, MAIL, channel, scheme_of
from tropeiro.services.core.example import EXAMPLE_SITE, Example, Served

MAX_TARGETS = 50

_WEBHOOKS = {"json": "http", "jsons": "https", "form": "http", "forms": "https", "http": "http", "https": "https"}
_SEPARATORS = re.compile(r"[\s]+")
_LIMITS = HttpLimits(total=30.0, response_bytes=1_000_000, redirects=0)


class _Message(msgspec.Struct, frozen=True):
    title: str
    message: str
    type: str
    version: str = "1.0"


@service(title="Notify people", public=True, timeout="5m", retries=2, idempotent=False, credential="notify")
async def notify(
    context: Context,
    body: Annotated[str, Field(min_length=1, max_length=50_000, description="The message.")],
    title: Annotated[str, Field(max_length=500, description="Its title, where the channel has one.")] = "",
    type: Annotated[  # noqa: A002 -- the name that Apprise gives it
        Literal["info", "success", "warning", "failure"], Field(description="Chooses colour and icon.")
    ] = "info",
    format: Annotated[  # noqa: A002
        Literal["text", "markdown", "html"], Field(description="How the message is written.")
    ] = "text",
) -> dict[str, int]:
    """Sends a message to where the step's credential says. Gives back `sent`, the number of targets.

    The credential has `url`, an address in Apprise's notation, or `urls`, several of them. Addresses never come from
    the inputs, because they hold passwords. It can be a webhook, `json://`, `jsons://`, `form://`, `forms://` or just
    `https://` (a POST of `title`, `message` and `type`, with the step's `Idempotency-Key`); mail over a well-known
    provider or a server that the operator allowed (`mailto://`, `mailtos://`); or a channel of one of these:
    `brevo discord gchat line mailgun msgbird opsgenie pagerduty pbul postmark pover resend sendgrid slack tgram twilio
    vonage webex wxteams`.

    When a target refuses, the others are still sent to; then the step fails with `notification_failed`. A retry sends
    to all of them again.
    """
    targets = _targets(context.credential_required())
    message = _Message(title, body, type)
    failed: list[dict[str, Any]] = []
    for number, target in enumerate(targets, start=1):
        try:
            if scheme_of(target) in _WEBHOOKS:
                await _post(target, message, context.idempotency_key)
            else:
                await _send(target, message, format)
        except ServiceError as error:
            failed.append({"target": number, "code": error.code, "message": error.message, "retry": error.retryable})
    if failed:
        raise ServiceError(
            "notification_failed" if len(targets) > 1 else failed[0]["code"],
            f"{len(failed)} of {len(targets)} targets did not take the message; the first: {failed[0]['message']}",
            retryable=all(one["retry"] for one in failed),
            details={"sent": len(targets) - len(failed), "failed": failed},
        )
    return {"sent": len(targets)}


def _targets(credential: dict[str, Any]) -> list[str]:
    given = credential.get("urls") or credential.get("url")
    targets = [text for text in _SEPARATORS.split(given) if text] if isinstance(given, str) else given
    if not isinstance(targets, list) or not targets or not all(isinstance(text, str) for text in targets):
        raise ServiceError("credential_unusable", "The credential has no `url` (or `urls`) to send to. Add it.")
    if len(targets) > MAX_TARGETS:
        raise ServiceError("credential_unusable", f"The credential has more than {MAX_TARGETS} addresses. Split it.")
    for number, target in enumerate(targets, start=1):
        scheme = scheme_of(target)
        if scheme not in _WEBHOOKS and scheme not in FIXED and scheme not in MAIL:
            known = " ".join(sorted(_WEBHOOKS.keys() | FIXED.keys() | MAIL))
            raise ServiceError(
                "target_refused", f"Address {number} begins with `{scheme}://`. Allowed are: {known}. Use one of them."
            )
    return targets


async def _post(target: str, message: _Message, key: str) -> None:
    """Webhooks: as Apprise writes them (``+name=value`` is a header, ``-name=value`` a query parameter)."""
    parts = urlsplit(target)
    scheme = parts.scheme.lower()
    plain = scheme in ("http", "https")
    headers = [("idempotency-key", key)]
    query: list[tuple[str, str]] = []
    for name, value in [] if plain else parse_qsl(parts.query.replace("+", "%2B"), keep_blank_values=True):
        if name[:1] not in "+-":
            raise ServiceError(
                "target_refused", f"The webhook address sets `{name[:40]}`. Only +header and -parameter are allowed."
            )
        (headers if name[0] == "+" else query).append((name[1:], value))
    userinfo, _, host = parts.netloc.rpartition("@")
    if userinfo:
        pair = base64.b64encode(unquote(userinfo).encode()).decode("ascii")
        headers.append(("authorization", f"Basic {pair}"))
    url = urlunsplit((_WEBHOOKS[scheme], host, parts.path or "/", parts.query if plain else urlencode(query), ""))
    if scheme.startswith("form"):
        content, kind = urlencode(msgspec.to_builtins(message)).encode("ascii"), "application/x-www-form-urlencoded"
    else:
        content, kind = msgspec.json.encode(message), "application/json"
    response = await http_client().request(
        "POST", url, headers=[*headers, ("content-type", kind)], content=content, limits=_LIMITS
    )
    if not 200 <= response.status < 300:
        raise ServiceError(
            "notification_failed",
            f"The webhook answered {response.status}. Check its address.",
            retryable=response.status in (408, 425, 429) or response.status >= 500,
        )


async def _send(target: str, message: _Message, written_in: str) -> None:
    ready = await asyncio.to_thread(channel, target, http_client())
    taken = await asyncio.to_thread(
        ready.notify, body=message.message, title=message.title, notify_type=message.type, body_format=written_in
    )
    if not taken:
        name = FIXED.get(scheme_of(target), "The mail server")
        raise ServiceError(
            "notification_failed", f"{name} did not take the message. Check the address.", retryable=True
        )


EXAMPLES = (
    Example(
        "notify",
        "Tell a webhook that something is ready",
        {"title": "Report", "body": "The report of May is ready.", "type": "success"},
        {"sent": 1},
        credential={"url": f"{EXAMPLE_SITE}/hooks/reports"},
        site=(Served("/hooks/reports", {"ok": True}),),
    ),
)
