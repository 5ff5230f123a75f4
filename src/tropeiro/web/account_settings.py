"""Django's and allauth's settings about who gets in: users, passwords, second steps, sessions, mail.

allauth does the work of signing up, logging in, second steps and sessions; the pages and the words are ours, and the
lock-out after wrong passwords is `accounts.login`'s.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tropeiro.config import Config

SESSION_SECONDS = 14 * 24 * 3600
INVITATION_DAYS = 7
MAIL_SECONDS = 10
"""How long a page waits for the mail server."""


def account_settings(config: Config) -> dict[str, Any]:
    """The settings by name."""
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": ["tropeiro.web.accounts.login.EmailBackend"],
        "PASSWORD_HASHERS": [
            "django.contrib.auth.hashers.Argon2PasswordHasher",
            "django.contrib.auth.hashers.PBKDF2PasswordHasher",
        ],
        "AUTH_PASSWORD_VALIDATORS": [
            {
                "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
                "OPTIONS": {"min_length": 12},
            },
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "dashboard",
        "SESSION_ENGINE": "django.contrib.sessions.backends.db",
        "SESSION_COOKIE_AGE": SESSION_SECONDS,
        # What counts attempts must count them for all web processes together.
        "CACHES": {
            "default": {
                "BACKEND": "django.core.cache.backends.db.DatabaseCache",
                "LOCATION": "tropeiro_cache",
                "OPTIONS": {"MAX_ENTRIES": 100_000},
            }
        },
        **_allauth(config),
        **_mail(config),
    }


def _allauth(config: Config) -> dict[str, Any]:
    return {
        "ACCOUNT_ADAPTER": "tropeiro.web.accounts.allauth_account.AccountAdapter",
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*"],
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_CHANGE_EMAIL": True,
        # Where mail is not sent nobody could confirm an address.
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory" if config.smtp_url else "none",
        "ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS": False,
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION": True,
        "ACCOUNT_SESSION_REMEMBER": True,
        "ACCOUNT_REAUTHENTICATION_REQUIRED": True,
        "ACCOUNT_REAUTHENTICATION_METHODS": {"password", "mfa"},
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 15 * 60,
        "ACCOUNT_LOGOUT_REDIRECT_URL": "account_login",
        # Wrong passwords are counted by `accounts.login`; `login_failed` is left with wrong codes of a second step.
        "ACCOUNT_RATE_LIMITS": {"login": None, "login_failed": "5/15m/key"},
        "MFA_ADAPTER": "tropeiro.web.accounts.allauth_second_step.SecondStepAdapter",
        "MFA_SUPPORTED_TYPES": ["totp", "webauthn", "recovery_codes"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        # An address that must be confirmed is confirmed before its user gets in.
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
        "MFA_TOTP_TOLERANCE": 1,
    }


def _mail(config: Config) -> dict[str, Any]:
    host = urlsplit(config.public_url).hostname or "localhost"
    sender = config.mail_from or f"Tropeiro <tropeiro@{host if ':' not in host else 'localhost'}>"
    common = {"DEFAULT_FROM_EMAIL": sender, "SERVER_EMAIL": sender, "EMAIL_TIMEOUT": MAIL_SECONDS}
    if not config.smtp_url:
        return {
            **common,
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(config.data / "mail"),
        }
    server = urlsplit(config.smtp_url)
    encrypted = server.scheme == "smtps"
    starttls = not encrypted and parse_qs(server.query).get("starttls", ["yes"])[-1] != "no"
    return {
        **common,
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": server.hostname,
        "EMAIL_PORT": server.port or (465 if encrypted else 587 if starttls else 25),
        "EMAIL_HOST_USER": unquote(server.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(server.password or ""),
        "EMAIL_USE_SSL": encrypted,
        "EMAIL_USE_TLS": starttls,
    }
