"""Where the service ``notify`` can send to, and nowhere else.

Apprise makes its own connections, which cannot be checked on the way. So it is only given addresses whose server is
a constant of Apprise's own code (a test tries to talk each of them into another one), or a mail server that is well
known or that the operator allowed. Redirects are off, and parameters that read files, turn off TLS verification or
change servers are refused. Everything else goes as a webhook through the checked HTTP client.
"""

from __future__ import annotations

import logging
import re
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from tropeiro.ports.network import HttpClient
from tropeiro.sdk import ServiceError

if TYPE_CHECKING:
    from apprise import Apprise

FIXED = {
    "brevo": "Brevo",
    "discord": "Discord",
    "gchat": "Google Chat",
    "line": "LINE",
    "mailgun": "Mailgun",
    "msgbird": "MessageBird",
    "opsgenie": "Opsgenie",
    "pagerduty": "PagerDuty",
    "pbul": "Pushbullet",
    "postmark": "Postmark",
    "pover": "Pushover",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "slack": "Slack",
    "tgram": "Telegram",
    "twilio": "Twilio",
    "vonage": "Vonage",
    "webex": "Webex",
    "wxteams": "Webex",
}
"""Schemes of Apprise whose server cannot be chosen, and their names."""

MAIL = frozenset({"mailto", "mailtos"})

MAIL_SERVERS = frozenset(
    {
        "mail.gmx.com",
        "smtp-mail.outlook.com",
        "smtp.163.com",
        "smtp.comcast.net",
        "smtp.fastmail.com",
        "smtp.gmail.com",
        "smtp.mail.yahoo.com",
        "smtp.office365.com",
        "smtp.outlook.com",
        "smtp.qq.com",
        "smtp.sendgrid.net",
        "smtp.yandex.ru",
        "smtp.zoho.com",
    }
)
"""Servers of the mail providers that Apprise knows by the sender's address."""

_PARAMETERS = frozenset(
    {"to", "from", "cc", "bcc", "name", "reply", "format", "overflow", "priority", "sound", "region", "severity"}
    | {"source", "component", "group", "class", "topic", "thread", "silent", "preview", "tags", "entity", "alias"}
    | {"action", "botname", "footer", "expire", "interval", "mode"}
)
_MAIL_PARAMETERS = _PARAMETERS | {"smtp", "user", "pass"}
# Apprise writes tokens that it cannot read into its warnings.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)

_SCHEME = re.compile(r"([A-Za-z]{1,20})://")


def scheme_of(url: str) -> str:
    """The scheme of an address, lower case; ``""`` when there is none."""
    found = _SCHEME.match(url)
    return found[1].lower() if found else ""


def channel(url: str, client: HttpClient) -> Apprise:
    """What sends to an address of `FIXED` or `MAIL`. Raises `ServiceError` ``target_refused`` or ``target_invalid``."""
    scheme = scheme_of(url)
    allowed = _MAIL_PARAMETERS if scheme in MAIL else _PARAMETERS
    asked = {name for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    if asked - allowed:
        raise ServiceError(
            "target_refused",
            f"The {scheme} address sets `{min(asked - allowed)[:40]}`, which is not allowed. Remove it.",
        )
    # Loaded for the first address: a hundred plug-ins that most workers and no other process ever use.
    apprise = import_module("apprise")
    # No redirects, no files: nothing but the one request that the channel is for.
    asset = apprise.AppriseAsset(
        http_redirects=False, allow_templates=False, pgp_autogen=False, pem_autogen=False, storage_mode="memory"
    )
    plugin: Any = apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    if plugin is None:
        raise ServiceError("target_invalid", f"The {scheme} address cannot be used. Compare it with Apprise's manual.")
    if scheme in MAIL:
        _check_mail(str(plugin.smtp_host).lower(), int(plugin.port), client)
    ready: Apprise = apprise.Apprise(asset=asset)
    ready.add(plugin)
    return ready


def _check_mail(host: str, port: int, client: HttpClient) -> None:
    if host not in MAIL_SERVERS and not client.allows_private(host, port):
        raise ServiceError(
            "target_refused",
            f"The mail server {host[:200]} is not one of the well-known ones. Use a provider's address, or ask the "
            f"operator to add {host[:200]}:{port} to TROPEIRO_ALLOWED_PRIVATE_HOSTS.",
        )
