"""Logging in by e-mail address and password, with a lock-out for those who guess."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import make_password
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from tropeiro.web.accounts.models import LoginFailure, User

WINDOW = timedelta(minutes=15)
"""For so long a wrong password counts."""
PER_PAIR = 5
"""Wrong passwords for one e-mail address from one network address."""
PER_EMAIL = 25
"""For one e-mail address from anywhere: so many that a stranger does not easily lock its owner out."""
PER_ADDRESS = 50
"""From one network address for whomever."""


class EmailBackend(BaseBackend):
    """Finds an active user by e-mail address and password."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> User | None:
        email, password = credentials.get("email", ""), credentials.get("password", "")
        user = User.objects.filter(email=email.strip().lower()).first()
        if user is None:
            # As much work as for a user that exists, so that the time tells nothing.
            make_password(password)
            return None
        return user if user.check_password(password) and user.is_active else None

    def get_user(self, user_id: int) -> User | None:
        """The user of a session, while the account is active."""
        return User.objects.filter(id=user_id, is_active=True).first()


def is_locked_out(email: str, address: str | None) -> bool:
    """Whether too many wrong passwords came lately, for this e-mail address or from this network address.

    Said of addresses that nobody has as well, so that the answer does not tell who has an account.
    """
    wanted = _key(email)
    recent = LoginFailure.objects.filter(at__gt=timezone.now() - WINDOW)
    rows = recent.filter(Q(email=wanted) | Q(address=address, address__isnull=False)).values_list("email", "address")
    failures = list(rows[: PER_EMAIL + PER_ADDRESS])
    by_email = sum(1 for known, _ in failures if known == wanted)
    by_address = sum(1 for _, known in failures if known == address)
    by_both = sum(1 for known in failures if known == (wanted, address))
    return by_both >= PER_PAIR or by_email >= PER_EMAIL or by_address >= PER_ADDRESS


def note_failure(email: str, address: str | None) -> None:
    """A wrong password came. Failures that count no more are forgotten on the way."""
    LoginFailure.objects.filter(at__lte=timezone.now() - WINDOW).delete()
    LoginFailure.objects.create(email=_key(email), address=address)


def forget_failures(email: str) -> None:
    """The right password came."""
    LoginFailure.objects.filter(email=_key(email)).delete()


def _key(email: str) -> str:
    return email.strip().lower()[:254]
