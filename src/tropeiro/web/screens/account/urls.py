"""Addresses of one's own account. allauth looks pages up by the names that begin with ``account_`` and ``mfa_``."""

from __future__ import annotations

from django.urls import path

from tropeiro.web.screens.account import organizations, profile, security, sessions

urlpatterns = [
    path("account", profile.profile, name="account"),
    path("account/security", security.overview, name="mfa_index"),
    path("account/password", security.password, name="account_change_password"),
    path("account/email", security.email, name="account_email"),
    path("account/app", security.app, name="mfa_activate_totp"),
    path("account/app/remove", security.app_remove, name="mfa_deactivate_totp"),
    path("account/codes", security.codes, name="mfa_view_recovery_codes"),
    path("account/codes/new", security.codes_new, name="mfa_generate_recovery_codes"),
    path("account/codes/file", security.codes_file, name="mfa_download_recovery_codes"),
    path("account/passkeys/new", security.passkey, name="mfa_add_webauthn"),
    path("account/passkeys/<int:pk>", security.passkey_name, name="mfa_edit_webauthn"),
    path("account/passkeys/<int:pk>/remove", security.passkey_remove, name="mfa_remove_webauthn"),
    path("account/sessions", sessions.session_list, name="usersessions_list"),
    path("account/sessions/end-others", sessions.end_others, name="sessions-end-others"),
    path("account/sessions/<int:session>/end", sessions.end_session, name="session-end"),
    path("account/organizations", organizations.organization_list, name="organizations"),
    path("account/organizations/new", organizations.create, name="organization-new"),
    path("account/organizations/<slug:slug>/leave", organizations.leave_organization, name="organization-leave"),
]
