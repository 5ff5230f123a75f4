"""What operators do to accounts of people."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from web_cast import PASSWORD, Cast, execute

from tropeiro.kernel.errors import Conflict, NotFound
from tropeiro.web.accounts.actions import create_operator
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.operating import people
from tropeiro.web.operating.access import LOCAL_OPERATOR, Operator, operator_of
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.access import program_of_token
from tropeiro.web.tokens.actions import create_token

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator(cast: Cast) -> Operator:
    execute("UPDATE tropeiro_user SET is_operator = true WHERE id = %s", [cast.charlie.user])
    return operator_of(cast.charlie.user)


def _logged_in(email: str, password: str = PASSWORD) -> Client:
    browser = Client()
    browser.post("/login", {"login": email, "password": password})
    return browser


def _is_in(browser: Client) -> bool:
    return browser.get("/account").status_code == 200


def _second_step(user: int | None) -> None:
    for kind in ("totp", "recovery_codes"):
        Authenticator.objects.create(user_id=user, type=kind, data={})


def test_who_is_switched_off_is_out_at_once_and_stays_out_when_switched_on(cast: Cast, operator: Operator) -> None:
    alice, bob = cast.alice.user or 0, _logged_in("bob@example.org")
    browser, token = _logged_in("alice@example.org"), create_token(cast.alice, "import", Role.VIEWER)
    assert _is_in(browser)
    people.deactivate(operator, alice)
    assert not _is_in(browser)
    assert not _is_in(_logged_in("alice@example.org"))
    assert program_of_token(token.text) is None
    assert _is_in(bob)
    with pytest.raises(Conflict, match="already"):
        people.deactivate(operator, alice)
    people.activate(operator, alice)
    assert not _is_in(browser)
    assert _is_in(_logged_in("alice@example.org"))
    assert program_of_token(token.text) is not None
    with pytest.raises(Conflict, match="switched on"):
        people.activate(operator, alice)


def test_who_lost_phone_and_codes_gets_in_with_the_password_alone(cast: Cast, operator: Operator) -> None:
    bob = cast.bob.user or 0
    browser = _logged_in("bob@example.org")
    _second_step(bob)
    _second_step(cast.alice.user)
    assert not _is_in(_logged_in("bob@example.org"))
    assert people.reset_second_step(operator, bob) == 2
    assert not _is_in(browser)
    assert _is_in(_logged_in("bob@example.org"))
    assert Authenticator.objects.filter(user_id=cast.alice.user).count() == 2
    with pytest.raises(Conflict, match="no second step"):
        people.reset_second_step(operator, bob)


def test_a_new_password_ends_the_sessions_and_the_old_password(cast: Cast, operator: Operator) -> None:
    browser = _logged_in("bob@example.org")
    password = people.give_password(operator, cast.bob.user or 0)
    assert not _is_in(browser)
    assert not _is_in(_logged_in("bob@example.org"))
    assert _is_in(_logged_in("bob@example.org", password))
    assert all(password not in text for (text,) in execute("SELECT a::text FROM tropeiro_audit a"))


def test_what_operators_did_is_in_the_audit_log_of_the_persons_organizations(cast: Cast, operator: Operator) -> None:
    people.deactivate(operator, cast.bob.user or 0)
    people.activate(LOCAL_OPERATOR, cast.bob.user or 0)
    acts = [(act.verb, act.actor, act.object_name) for act in recent_acts(cast.alice)[:2]]
    assert acts == [
        ("user.activate", "command line", "bob@example.org"),
        ("user.deactivate", "charlie@example.org", "bob@example.org"),
    ]
    assert not [act for act in recent_acts(cast.charlie) if act.verb.startswith("user.")]
    assert "switched a person&#x27;s account off" in cast.client(cast.alice).get("/settings/audit").content.decode()


def test_nobody_does_it_to_themselves_nor_to_the_only_operator(cast: Cast, operator: Operator) -> None:
    own = operator.user or 0
    _second_step(own)
    for act in (people.deactivate, people.reset_second_step, people.give_password):
        with pytest.raises(Conflict, match="your own account"):
            act(operator, own)
    with pytest.raises(Conflict, match="only operator"):
        people.deactivate(LOCAL_OPERATOR, own)
    create_operator("olga@example.org", PASSWORD)
    people.deactivate(LOCAL_OPERATOR, own)
    with pytest.raises(NotFound):
        operator_of(own)


def test_the_page_offers_it_asks_first_and_shows_a_password_once(cast: Cast, operator: Operator) -> None:
    browser = cast.client(cast.charlie)
    _second_step(cast.bob.user)
    page = browser.get("/operator/users").content.decode()
    bob, own = f"/operator/users/{cast.bob.user}", f"/operator/users/{cast.charlie.user}"
    assert f'popovertarget="step-{cast.bob.user}"' in page
    assert f'popovertarget="step-{cast.alice.user}"' not in page
    assert own not in page
    answer = browser.post(f"{bob}/password")
    assert "no-store" in answer.headers["Cache-Control"]
    password = answer.content.decode().partition('data-copy="')[2].partition('"')[0]
    assert password not in browser.get("/operator/users").content.decode()
    assert "The second step of bob@example.org is gone." in browser.post(f"{bob}/second-step", follow=True).text
    assert _is_in(_logged_in("bob@example.org", password))
    assert "is switched off." in browser.post(f"{bob}/deactivate", follow=True).text
    assert "This is your own account." in browser.post(f"{own}/deactivate", follow=True).text
    assert "is switched on again." in browser.post(f"{bob}/activate", follow=True).text
    assert browser.post("/operator/users/999999/deactivate").status_code == 404


def test_an_owner_who_is_no_operator_does_nothing_of_the_kind(cast: Cast) -> None:
    browser = cast.client(cast.alice)
    for act in ("password", "second-step", "deactivate", "activate"):
        assert browser.post(f"/operator/users/{cast.bob.user}/{act}").status_code == 404
    assert execute("SELECT is_active FROM tropeiro_user WHERE id = %s", [cast.bob.user]) == [(True,)]
