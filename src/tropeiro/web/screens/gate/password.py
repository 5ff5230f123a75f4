"""A new password for who forgot the old one."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ResetPasswordKeyForm
from allauth.account.views import (
    PasswordResetDoneView,
    PasswordResetFromKeyDoneView,
    PasswordResetFromKeyView,
    PasswordResetView,
)
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.web.accounts.mail import mail_is_sent
from tropeiro.web.screens.gate.refusing import Refusing


class NewPasswordForm(ResetPasswordKeyForm):  # type: ignore[misc]
    """The new password, once: it can be shown."""

    password2 = None


class AskForPassword(Refusing, PasswordResetView):  # type: ignore[misc]
    """Asking for the mail."""

    template_name = "gate/reset.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form: whether there is a mail server."""
        return {**super().get_context_data(**kwargs), "mail_is_sent": mail_is_sent()}


class ResetMailSent(PasswordResetDoneView):  # type: ignore[misc]
    """Look into your mail. Says the same whether there is such an account or not."""

    template_name = "gate/mail_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides: whether there is a mail server."""
        return {**super().get_context_data(**kwargs), "mail_is_sent": mail_is_sent(), "reset": True}


class ChoosePassword(Refusing, PasswordResetFromKeyView):  # type: ignore[misc]
    """The page that the link of the mail leads to."""

    form_class = NewPasswordForm
    template_name = "gate/new_password.html"


class PasswordChosen(PasswordResetFromKeyDoneView):  # type: ignore[misc]
    """The new password holds."""

    template_name = "gate/password_chosen.html"


ask = require_http_methods(["GET", "POST"])(AskForPassword.as_view())
sent = require_GET(ResetMailSent.as_view())
choose = require_http_methods(["GET", "POST"])(ChoosePassword.as_view())
chosen = require_GET(PasswordChosen.as_view())
