"""Logging in and out: by password, by passkey, and the second step where there is one."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView, LogoutView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from allauth.mfa.webauthn.views import LoginWebAuthnView
from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from tropeiro.web.accounts.allauth_account import invitation_of
from tropeiro.web.accounts.allauth_second_step import passkeys_work
from tropeiro.web.accounts.organizations import signup_is_open
from tropeiro.web.screens.gate.refusing import Refusing


class LogInForm(LoginForm):  # type: ignore[misc]
    """Address and password, under the names that browsers' password managers know."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class LogIn(Refusing, LoginView):  # type: ignore[misc]
    """The form, and what it sends."""

    form_class = LogInForm
    template_name = "gate/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form: what else there is at the gate."""
        host, secure = self.request.get_host(), self.request.is_secure()
        more = {
            "passkeys": passkeys_work(host, secure=secure),
            "may_sign_up": signup_is_open(),
            "invitation": invitation_of(self.request),
        }
        return {**super().get_context_data(**kwargs), **more}


class LogInWithPasskey(LoginWebAuthnView):  # type: ignore[misc]
    """A passkey alone is enough: the device has asked who it is."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Log in, and go where one wanted to."""
        authenticator = form.cleaned_data["credential"]
        login = Login(user=authenticator.user, redirect_url=get_next_redirect_url(self.request))
        response: HttpResponse = perform_passwordless_login(self.request, authenticator, login)
        return response


class SecondStep(Refusing, AuthenticateView):  # type: ignore[misc]
    """After the password: the code of an app, a recovery code, or a passkey."""

    template_name = "gate/second_step.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Which ways this person has."""
        context = super().get_context_data(**kwargs)
        options = context.get("js_data", {}).get("request_options", {})
        has_passkey = bool(options.get("publicKey", {}).get("allowCredentials"))
        return {**context, "has_passkey": has_passkey, "email": self.stage.login.user.email}


log_in = require_http_methods(["GET", "POST"])(LogIn.as_view())
log_in_with_passkey = require_http_methods(["GET", "POST"])(LogInWithPasskey.as_view())
second_step = require_http_methods(["GET", "POST"])(SecondStep.as_view())
log_out = require_POST(LogoutView.as_view())
