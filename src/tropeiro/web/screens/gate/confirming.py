"""Before something that matters to an account: saying once more who one is."""

from __future__ import annotations

from typing import Any

from allauth.account.views import ReauthenticateView as PasswordView
from allauth.mfa.base.views import ReauthenticateView as CodeView
from allauth.mfa.webauthn.views import ReauthenticateWebAuthnView as PasskeyView
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from tropeiro.web.screens.gate.refusing import Refusing


class _Confirming(Refusing):
    """What the three ways have in common."""

    template_name = "gate/confirming.html"
    way = ""
    request: Any

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form: the other ways, in our words."""
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        titles = {reverse(name): title for name, title in _ways().items()}
        others = [
            {"address": one["url"], "title": titles[one["url"].partition("?")[0]]}
            for one in context["reauthentication_alternatives"]
        ]
        return {**context, "way": self.way, "others": others, "email": self.request.user.email}


class ConfirmByPassword(_Confirming, PasswordView):  # type: ignore[misc]
    """With the password."""

    way = "password"


class ConfirmByCode(_Confirming, CodeView):  # type: ignore[misc]
    """With the code of an app, or a recovery code."""

    way = "code"


class ConfirmByPasskey(_Confirming, PasskeyView):  # type: ignore[misc]
    """With a passkey."""

    way = "passkey"


def _ways() -> dict[str, str]:
    return {
        "account_reauthenticate": _("With the password"),
        "mfa_reauthenticate": _("With a code"),
        "mfa_reauthenticate_webauthn": _("With a passkey"),
    }


by_password = require_http_methods(["GET", "POST"])(ConfirmByPassword.as_view())
by_code = require_http_methods(["GET", "POST"])(ConfirmByCode.as_view())
by_passkey = require_http_methods(["GET", "POST"])(ConfirmByPasskey.as_view())
