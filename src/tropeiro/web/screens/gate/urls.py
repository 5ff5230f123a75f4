"""Addresses before the login. allauth looks pages up by the names that begin with ``account_`` and ``mfa_``."""

from __future__ import annotations

from django.urls import path, re_path

from tropeiro.web.screens.gate import confirming, joining, login, password, signup

urlpatterns = [
    path("login", login.log_in, name="account_login"),
    path("login/passkey", login.log_in_with_passkey, name="mfa_login_webauthn"),
    path("login/second-step", login.second_step, name="mfa_authenticate"),
    path("logout", login.log_out, name="account_logout"),
    path("confirm", confirming.by_password, name="account_reauthenticate"),
    path("confirm/code", confirming.by_code, name="mfa_reauthenticate"),
    path("confirm/passkey", confirming.by_passkey, name="mfa_reauthenticate_webauthn"),
    path("signup", signup.sign_up, name="account_signup"),
    path("signup/mail", signup.mail_sent, name="account_email_verification_sent"),
    re_path(r"^signup/mail/(?P<key>[-:\w]{1,300})$", signup.confirm_email, name="account_confirm_email"),
    path("password", password.ask, name="account_reset_password"),
    path("password/mail", password.sent, name="account_reset_password_done"),
    path("password/chosen", password.chosen, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[^/]{1,200})$",
        password.choose,
        name="account_reset_password_from_key",
    ),
    path("join", joining.join, name="join"),
    path("join/<str:token>", joining.follow, name="join-link"),
]
