"""What keeps an account safe: password, address, second steps."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.account.views import EmailView, PasswordChangeView
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse, reverse_lazy
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.web.accounts.allauth_second_step import passkeys_work
from tropeiro.web.accounts.mail import mail_is_sent
from tropeiro.web.screens.gate.refusing import Refusing
from tropeiro.web.screens.session import for_users


class Overview(IndexView):  # type: ignore[misc]
    """Everything at a glance."""

    template_name = "account/security.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The second steps that there are, and whether passkeys can be had here."""
        context = super().get_context_data(**kwargs)
        known = context["authenticators"]
        codes = known.get(Authenticator.Type.RECOVERY_CODES)
        return {
            **context,
            "email": self.request.user.email,
            "app": known.get(Authenticator.Type.TOTP),
            "passkeys": known.get(Authenticator.Type.WEBAUTHN, ()),
            "codes_left": len(codes.get_unused_codes()) if codes else None,
            "passkeys_work": passkeys_work(self.request.get_host(), secure=self.request.is_secure()),
            "local_address": self._local_address(),
        }

    def _local_address(self) -> str:
        """The address of this page at localhost, where one is at a number of this machine; else nothing."""
        host = self.request.get_host()
        if not host.startswith("127."):
            return ""
        return f"{self.request.scheme}://localhost:{self.request.get_port()}{self.request.path}"


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """The old password and the new one, once: it can be shown."""

    password2 = None


class ChangePassword(Refusing, PasswordChangeView):  # type: ignore[misc]
    """Another password. It ends the other sessions."""

    form_class = NewPasswordForm
    template_name = "account/password.html"


class ChangeEmail(Refusing, EmailView):  # type: ignore[misc]
    """Another address, which holds once it is confirmed."""

    template_name = "account/email.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form: the address now, and the one that waits to be confirmed."""
        context = super().get_context_data(**kwargs)
        waiting = context.get("new_emailaddress")
        if waiting is not None and waiting.email == self.request.user.email:
            waiting = None
        return {**context, "email": self.request.user.email, "waiting": waiting, "mail_is_sent": mail_is_sent()}


class AddApp(Refusing, ActivateTOTPView):  # type: ignore[misc]
    """An authenticator app: its key, and the first code."""

    template_name = "account/app.html"


class RemoveApp(Refusing, DeactivateTOTPView):  # type: ignore[misc]
    """No authenticator app any more."""

    template_name = "account/app_remove.html"


class Codes(ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes that are left."""

    template_name = "account/codes.html"


class NewCodes(Refusing, GenerateRecoveryCodesView):  # type: ignore[misc]
    """Other recovery codes."""

    template_name = "account/codes_new.html"


class CodesFile(DownloadRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes as a text file."""

    template_name = "account/codes.txt"
    content_type = "text/plain; charset=utf-8"


class AddPasskey(Refusing, AddWebAuthnView):  # type: ignore[misc]
    """A passkey: the device makes it when the page's script asks."""

    template_name = "account/passkey.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the device is asked, with the form that was refused when one was."""
        return {"form": self.get_form(), **super().get_context_data(), **kwargs}


class RenamePasskey(Refusing, EditWebAuthnView):  # type: ignore[misc]
    """Another name for a passkey."""

    template_name = "account/passkey_name.html"
    success_url = reverse_lazy("mfa_index")


class RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc]
    """A passkey is not accepted any more."""

    template_name = "account/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")


def codes_or_overview(request: Any) -> HttpResponse:
    """The recovery codes; who has none sees where they come from."""
    has_codes = Authenticator.objects.filter(user_id=request.user.id, type=Authenticator.Type.RECOVERY_CODES).exists()
    if not has_codes:
        return HttpResponseRedirect(reverse("mfa_index"))
    shown: HttpResponse = Codes.as_view()(request)
    return shown


overview = require_GET(for_users(Overview.as_view()))
password = require_http_methods(["GET", "POST"])(for_users(ChangePassword.as_view()))
email = require_http_methods(["GET", "POST"])(for_users(ChangeEmail.as_view()))
app = require_http_methods(["GET", "POST"])(for_users(AddApp.as_view()))
app_remove = require_http_methods(["GET", "POST"])(for_users(RemoveApp.as_view()))
codes = require_GET(for_users(codes_or_overview))
codes_new = require_http_methods(["GET", "POST"])(for_users(NewCodes.as_view()))
codes_file = require_GET(for_users(CodesFile.as_view()))
passkey = require_http_methods(["GET", "POST"])(for_users(AddPasskey.as_view()))
passkey_name = require_http_methods(["GET", "POST"])(for_users(RenamePasskey.as_view()))
passkey_remove = require_http_methods(["GET", "POST"])(for_users(RemovePasskey.as_view()))
