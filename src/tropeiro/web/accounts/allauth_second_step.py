"""What allauth does about second steps (codes of an app, passkeys), in our words and with our keys."""

from __future__ import annotations

import ipaddress
from typing import Any

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tropeiro.kernel.sealing import unwrap, wrap


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second steps under the master keys, and names things."""

    error_messages = {  # noqa: RUF012 - what allauth reads
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": _("Recovery codes come with an authenticator app or a passkey."),
        "incorrect_code": _("This code is not right. Wait for the next one, and look at the clock of your device."),
    }

    def get_totp_issuer(self) -> str:
        """What an authenticator app shows above the code."""
        host = context.request.get_host().partition(":")[0]
        return f"Tropeiro ({host})"

    def encrypt(self, text: str) -> str:
        """A secret as the database holds it: under the first master key."""
        return wrap(text.encode(), settings.TROPEIRO.master_keys).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again. Raises `SealBroken`."""
        return unwrap(encrypted_text.encode(), settings.TROPEIRO.master_keys).decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:  # noqa: A002 - allauth's name
        """A name for a passkey that was given none."""
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return gettext("Passkey %(number)s") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """For which site passkeys are: the host of the address bar, as browsers demand."""
        return {"id": context.request.get_host().partition(":")[0], "name": "Tropeiro"}


def passkeys_work(host: str, *, secure: bool) -> bool:
    """Whether browsers allow passkeys at ``host`` (with its port): they do for names under HTTPS, and for localhost."""
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return secure
    return False
