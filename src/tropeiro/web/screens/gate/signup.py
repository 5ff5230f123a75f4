"""Signing up, for everybody where the operator opened it, else by invitation."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import SignupForm
from allauth.account.views import ConfirmEmailView, EmailVerificationSentView, SignupView
from allauth.core import context
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from tropeiro.kernel.errors import InvalidInput
from tropeiro.web.accounts.allauth_account import invitation_of
from tropeiro.web.accounts.mail import mail_is_sent
from tropeiro.web.naming import one_line
from tropeiro.web.screens.gate.refusing import Refusing


class SignUpForm(SignupForm):  # type: ignore[misc]
    """Name, address, password. Who is invited under an address signs up with it."""

    name = forms.CharField(required=False, max_length=200)

    def clean_name(self) -> str:
        """The name in one line."""
        try:
            return one_line(self.cleaned_data["name"])
        except InvalidInput as error:
            raise ValidationError(f"{error.message} {error.hint}") from None

    def clean_email(self) -> str:
        """The address, unless the invitation is for another one."""
        email = str(super().clean_email())
        invited = invitation_of(context.request)
        if invited is not None and invited.email and invited.email != email:
            raise ValidationError(_("The invitation is for %(email)s.") % {"email": invited.email})
        return email


class SignUp(Refusing, SignupView):  # type: ignore[misc]
    """The form, and what it sends."""

    form_class = SignUpForm
    template_name = "gate/signup.html"
    template_name_signup_closed = "gate/signup_closed.html"

    def get_initial(self) -> dict[str, Any]:
        """The address of the invitation, where it says one."""
        invited = invitation_of(self.request)
        return {**super().get_initial(), **({"email": invited.email} if invited is not None else {})}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides the form: the invitation."""
        return {**super().get_context_data(**kwargs), "invitation": invitation_of(self.request)}


class ConfirmEmail(ConfirmEmailView):  # type: ignore[misc]
    """The page that the link of a mail leads to."""

    template_name = "gate/confirm_email.html"


class MailSent(EmailVerificationSentView):  # type: ignore[misc]
    """Look into your mail."""

    template_name = "gate/mail_sent.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Besides: whether there is a mail server."""
        return {**super().get_context_data(**kwargs), "mail_is_sent": mail_is_sent(), "reset": False}


sign_up = require_http_methods(["GET", "POST"])(SignUp.as_view())
confirm_email = require_http_methods(["GET", "POST"])(ConfirmEmail.as_view())
mail_sent = require_GET(MailSent.as_view())
