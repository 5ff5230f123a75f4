from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import FORBIDDEN, MISSING, OK, REDIRECT, Route

# Everybody has an account of their own, whatever the role; what is safe there is asked for once more (REDIRECT).
ROUTES = {
    "account": Route("get", "/account", OK, outsider=OK, least=None, form=True),
    "mfa_index": Route("get", "/account/security", OK, outsider=OK, least=None),
    "account_change_password": Route("get", "/account/password", OK, outsider=OK, least=None, form=True),
    "account_email": Route("get", "/account/email", OK, outsider=OK, least=None, form=True),
    "mfa_activate_totp": Route("get", "/account/app", REDIRECT, outsider=REDIRECT, least=None, form=True),
    "mfa_deactivate_totp": Route("get", "/account/app/remove", MISSING, least=None, form=True),
    "mfa_view_recovery_codes": Route("get", "/account/codes", REDIRECT, outsider=REDIRECT, least=None),
    "mfa_generate_recovery_codes": Route(
        "get", "/account/codes/new", REDIRECT, outsider=REDIRECT, least=None, form=True
    ),
    "mfa_download_recovery_codes": Route("get", "/account/codes/file", MISSING, least=None),
    "mfa_add_webauthn": Route("get", "/account/passkeys/new", REDIRECT, outsider=REDIRECT, least=None, form=True),
    "mfa_edit_webauthn": Route("get", "/account/passkeys/1", REDIRECT, outsider=REDIRECT, least=None, form=True),
    "mfa_remove_webauthn": Route(
        "get", "/account/passkeys/1/remove", REDIRECT, outsider=REDIRECT, least=None, form=True
    ),
    "usersessions_list": Route("get", "/account/sessions", OK, outsider=OK, least=None),
    "sessions-end-others": Route("post", "/account/sessions/end-others", REDIRECT, outsider=REDIRECT, least=None),
    "session-end": Route("post", "/account/sessions/1/end", MISSING, least=None),
    "organizations": Route("get", "/account/organizations", OK, outsider=OK, least=None),
    "organization-new": Route(
        "get", "/account/organizations/new", FORBIDDEN, outsider=FORBIDDEN, least=None, form=True
    ),
    "organization-leave": Route("post", "/account/organizations/acme/leave", REDIRECT, least=None),
}

STATE = "SELECT count(*) FROM tropeiro_organization"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
