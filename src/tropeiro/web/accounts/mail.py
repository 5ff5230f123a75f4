"""Sending mail, in the reader's language."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import override

from tropeiro.kernel.errors import PlatformUnavailable

log = logging.getLogger(__name__)


def mail_is_sent() -> bool:
    """Whether there is a mail server; without one mails are files in the data folder."""
    return bool(settings.TROPEIRO.smtp_url)


def address_of(path: str) -> str:
    """The whole address of a page, for a mail: of the public URL, whatever name a request came by."""
    return f"{settings.TROPEIRO.public_url}{path}"


def send(name: str, to: str, context: dict[str, Any], *, language: str = "") -> None:
    """Send the mail that the template ``mail/<name>.txt`` makes: the subject, an empty line, the text.

    Raises `PlatformUnavailable` when the server does not take it.
    """
    with override(language) if language else nullcontext():
        text = render_to_string(f"mail/{name}.txt", {**context, "home": address_of("/")})
    subject, _blank, body = text.strip().partition("\n\n")
    try:
        EmailMessage(" ".join(subject.split()), body.strip() + "\n", to=[to]).send()
    except (OSError, SMTPException) as problem:
        log.error("mail %s could not be sent: %s", name, type(problem).__name__)
        raise PlatformUnavailable(
            _("The mail could not be sent."), hint=_("Try again later, or tell the operator.")
        ) from problem
    if not mail_is_sent():
        log.info("mail %s was written into the data folder, because no mail server is named", name)
