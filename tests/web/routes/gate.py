from __future__ import annotations

from uuid import UUID

from web_cast import Cast

from routes.route import MISSING, OK, REDIRECT, Route

TOKEN = "ThisTokenIsNobodys"

ROUTES = {
    "account_login": Route("get", "/login", REDIRECT, anonymous=OK, outsider=REDIRECT, least=None),
    "mfa_login_webauthn": Route("get", "/login/passkey", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "mfa_authenticate": Route("get", "/login/second-step", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "account_logout": Route("post", "/logout", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "account_reauthenticate": Route("get", "/confirm", OK, outsider=OK, least=None, form=True),
    # Without a second step one confirms by password.
    "mfa_reauthenticate": Route("get", "/confirm/code", REDIRECT, outsider=REDIRECT, least=None, form=True),
    "mfa_reauthenticate_webauthn": Route("get", "/confirm/passkey", REDIRECT, outsider=REDIRECT, least=None, form=True),
    "account_signup": Route("get", "/signup", REDIRECT, anonymous=OK, outsider=REDIRECT, least=None, form=True),
    "account_email_verification_sent": Route("get", "/signup/mail", OK, anonymous=OK, outsider=OK, least=None),
    "account_confirm_email": Route("get", "/signup/mail/x:y", OK, anonymous=OK, outsider=OK, least=None, form=True),
    "account_reset_password": Route("get", "/password", OK, anonymous=OK, outsider=OK, least=None, form=True),
    "account_reset_password_done": Route("get", "/password/mail", OK, anonymous=OK, outsider=OK, least=None),
    "account_reset_password_from_key_done": Route("get", "/password/chosen", OK, anonymous=OK, outsider=OK, least=None),
    "account_reset_password_from_key": Route(
        "get", "/password/1-x-y", OK, anonymous=OK, outsider=OK, least=None, form=True
    ),
    "join": Route("get", "/join", MISSING, anonymous=MISSING, outsider=MISSING, least=None, form=True),
    "join-link": Route("get", f"/join/{TOKEN}", MISSING, anonymous=MISSING, outsider=MISSING, least=None),
    "language": Route("post", "/language", REDIRECT, REDIRECT, REDIRECT, None, (("language", "pt-br"),)),
    "theme": Route("post", "/theme", REDIRECT, REDIRECT, REDIRECT, None, (("theme", "dark"),)),
    "organization": Route("post", "/organization", REDIRECT, data=(("organization", "acme"),)),
    "health-live": Route("get", "/health/live", OK, anonymous=OK, outsider=OK, least=None),
    "health-ready": Route("get", "/health/ready", OK, anonymous=OK, outsider=OK, least=None),
}

STATE = "SELECT count(*) FROM tropeiro_member"
"""One row: what nobody may have changed who was refused."""


def make(cast: Cast) -> dict[str, UUID]:
    """One of everything that these addresses can name, of Alice's organization."""
    return {}
