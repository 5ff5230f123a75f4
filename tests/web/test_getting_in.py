"""Logging in, signing up, new passwords, and what is mailed on the way."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.auth import authenticate
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client
from web_cast import PASSWORD, Cast, execute

from tropeiro.config import Config
from tropeiro.web.account_settings import account_settings
from tropeiro.web.accounts.allauth_second_step import SecondStepAdapter, passkeys_work
from tropeiro.web.accounts.models import User
from tropeiro.web.accounts.organizations import set_signup

pytestmark = pytest.mark.django_db

NEW = "quite another password"
DATA = Path("/nowhere")
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class BrokenServer(BaseEmailBackend):
    """A mail server that takes nothing."""

    def send_messages(self, email_messages: Any) -> int:
        raise ConnectionRefusedError


@pytest.fixture
def mailing(web_settings: Any) -> Any:
    """An installation with a mail server."""
    web_settings.TROPEIRO = replace(
        web_settings.TROPEIRO, smtp_url="smtp://mail.example.org", public_url="https://tropeiro.example"
    )
    web_settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    return web_settings


def _links() -> list[str]:
    """Paths of the console in the last mail."""
    return re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))


def _log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post("/login", {"login": email, "password": password})


def _with_app(cast: Cast) -> Client:
    """A browser in which Alice, who has an authenticator app, has given her password."""
    user = User.objects.get(id=cast.alice.user)
    Authenticator.objects.create(user=user, type="totp", data={"secret": SecondStepAdapter().encrypt(SECRET)})
    client = Client()
    assert _log_in(client, "alice@example.org").headers["Location"] == "/login/second-step"
    return client


def _code() -> str:
    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))


def test_a_new_password_is_chosen_by_a_link_that_works_once_and_ends_every_session(cast: Cast, mailing: Any) -> None:
    elsewhere = cast.client(cast.alice)
    client = Client()
    assert client.post("/password", {"email": "Alice@example.org"}).headers["Location"] == "/password/mail"
    assert mail.outbox[-1].to == ["alice@example.org"]
    assert "https://tropeiro.example/password/" in str(mail.outbox[-1].body)
    link = _links()[0]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    assert client.post(form, {"password1": NEW}).headers["Location"] == "/password/chosen"
    assert authenticate(email="alice@example.org", password=NEW) is not None
    assert elsewhere.get("/jobs").status_code == 302
    assert "has been used" in Client().get(link, follow=True).content.decode()


def test_asking_for_an_address_that_nobody_has_says_the_same_and_mails_nobody(cast: Cast, mailing: Any) -> None:
    assert Client().post("/password", {"email": "nobody@example.org"}).headers["Location"] == "/password/mail"
    assert mail.outbox == []


def test_a_weak_new_password_is_refused_at_its_field(cast: Cast, mailing: Any) -> None:
    client = Client()
    client.post("/password", {"email": "alice@example.org"})
    form = client.get(_links()[0], follow=True).redirect_chain[-1][0]
    answer = client.post(form, {"password1": "short"})
    assert answer.status_code == 400
    assert 'class="problem"' in answer.content.decode()


def test_mail_speaks_the_language_of_who_reads_it(cast: Cast, mailing: Any) -> None:
    execute("UPDATE tropeiro_user SET language = 'pt-br' WHERE email = 'alice@example.org'")
    Client().post("/password", {"email": "alice@example.org"})
    assert mail.outbox[-1].subject == "Escolha uma nova senha"
    Client().post("/password", {"email": "bob@example.org"})
    assert mail.outbox[-1].subject == "Choose a new password"


def test_without_a_mail_server_the_page_says_where_the_mail_is(cast: Cast) -> None:
    assert "no mail server" in Client().get("/password").content.decode()
    settings = account_settings(Config(data=DATA))
    assert settings["EMAIL_BACKEND"].endswith("filebased.EmailBackend")
    assert settings["EMAIL_FILE_PATH"] == f"{DATA}/mail"


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://u:p%40ss@mail.example.org", 587, True, False),
        ("smtps://u:p%40ss@mail.example.org", 465, False, True),
        ("smtp://u:p%40ss@mail.example.org:2525?starttls=no", 2525, False, False),
    ],
)
def test_a_mail_servers_url_says_how_to_speak_to_it(url: str, port: int, tls: bool, ssl: bool) -> None:
    made = account_settings(Config(data=DATA, smtp_url=url))
    assert (made["EMAIL_HOST"], made["EMAIL_PORT"]) == ("mail.example.org", port)
    assert (made["EMAIL_USE_TLS"], made["EMAIL_USE_SSL"]) == (tls, ssl)
    assert (made["EMAIL_HOST_USER"], made["EMAIL_HOST_PASSWORD"]) == ("u", "p@ss")


def test_a_mail_server_that_takes_nothing_is_said_to(cast: Cast, mailing: Any) -> None:
    mailing.EMAIL_BACKEND = f"{__name__}.BrokenServer"
    answer = Client().post("/password", {"email": "alice@example.org"})
    assert answer.status_code == 503
    assert "could not be sent" in answer.content.decode()


def test_with_open_sign_up_somebody_new_confirms_the_address_and_opens_an_organization(
    cast: Cast, mailing: Any
) -> None:
    execute("UPDATE tropeiro_user SET is_operator = true WHERE email = 'alice@example.org'")
    set_signup(cast.alice.user or 0, open_=True)
    client = Client()
    sent = {"name": "Dora", "email": "dora@example.org", "password1": PASSWORD}
    assert client.post("/signup", sent).headers["Location"] == "/signup/mail"
    assert _log_in(Client(), "dora@example.org").headers["Location"] == "/signup/mail"
    link = _links()[0]
    assert "dora@example.org" in client.get(link).content.decode()
    assert client.post(link).status_code == 302
    assert client.get("/jobs").headers["Location"] == "/account/organizations"
    client.post("/account/organizations/new", {"name": "Café & Companhia"})
    assert execute("SELECT slug, name FROM tropeiro_organization WHERE slug LIKE 'cafe%%'") == [
        ("cafe-companhia", "Café & Companhia")
    ]
    assert client.get("/jobs").status_code == 200


def test_signing_up_with_an_address_that_is_taken_tells_its_owner_alone(cast: Cast, mailing: Any) -> None:
    mailing.TROPEIRO = replace(mailing.TROPEIRO, signup=True)
    answer = Client().post("/signup", {"email": "alice@example.org", "password1": PASSWORD})
    assert answer.headers["Location"] == "/signup/mail"
    assert mail.outbox[-1].subject == "You have an account already"
    assert execute("SELECT count(*) FROM tropeiro_user WHERE email = 'alice@example.org'") == [(1,)]


def test_only_an_operator_opens_signing_up(cast: Cast) -> None:
    client = cast.client(cast.alice)
    assert client.post("/operator/signup", {"signup": "open"}).status_code == 404
    assert "By invitation" in Client().get("/signup").content.decode()
    execute("UPDATE tropeiro_user SET is_operator = true WHERE email = 'alice@example.org'")
    client.post("/operator/signup", {"signup": "open"})
    assert "Create the account" in Client().get("/signup").content.decode()


def test_after_the_password_the_code_of_the_app_is_asked(cast: Cast) -> None:
    client = _with_app(cast)
    assert client.get("/jobs").status_code == 302
    assert client.post("/login/second-step", {"code": _code()}).status_code == 302
    assert client.get("/jobs").status_code == 200


def test_a_code_works_once(cast: Cast) -> None:
    code = _code()
    assert _with_app(cast).post("/login/second-step", {"code": code}).status_code == 302
    client = Client()
    _log_in(client, "alice@example.org")
    assert client.post("/login/second-step", {"code": code}).status_code == 400


def test_after_five_wrong_codes_the_right_one_does_not_help_either(cast: Cast) -> None:
    client = _with_app(cast)
    for _ in range(5):
        assert client.post("/login/second-step", {"code": "000000"}).status_code == 400
    assert client.post("/login/second-step", {"code": _code()}).status_code == 429
    assert client.get("/jobs").status_code == 302


def test_the_secrets_of_second_steps_are_kept_under_the_master_key(cast: Cast) -> None:
    _with_app(cast)
    stored = execute("SELECT data::text FROM mfa_authenticator")[0][0]
    assert SECRET not in stored
    assert SecondStepAdapter().decrypt(Authenticator.objects.get().data["secret"]) == SECRET


@pytest.mark.parametrize(
    ("host", "secure", "works"),
    [
        ("localhost:8420", False, True),
        ("127.0.0.1:8420", False, False),
        ("[::1]:8420", False, False),
        ("tropeiro.example", True, True),
        ("tropeiro.example", False, False),
        ("10.0.0.1", True, False),
    ],
)
def test_passkeys_are_offered_where_browsers_allow_them(host: str, secure: bool, works: bool) -> None:
    assert passkeys_work(host, secure=secure) is works


def test_who_was_switched_off_does_not_get_in(cast: Cast) -> None:
    execute("UPDATE tropeiro_user SET is_active = false WHERE email = 'alice@example.org'")
    assert _log_in(Client(), "alice@example.org").status_code == 400


def test_users_whom_somebody_made_need_not_confirm_their_address(cast: Cast, mailing: Any) -> None:
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == 3
    assert _log_in(Client(), "alice@example.org").headers["Location"] == "/"
