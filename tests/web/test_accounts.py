"""Users, organizations, the first start, and who gets in."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.contrib.auth.hashers import identify_hasher
from web_cast import PASSWORD, Cast, execute

from tropeiro.kernel.errors import Conflict, InvalidInput, NotFound
from tropeiro.kernel.sealing import unwrap
from tropeiro.web.accounts import login
from tropeiro.web.accounts.access import local_member, member, member_by_email
from tropeiro.web.accounts.actions import (
    create_organization,
    create_user,
    ensure_first_start,
    set_password,
)
from tropeiro.web.accounts.models import Organization, User
from tropeiro.web.accounts.queries import list_members
from tropeiro.web.permissions import Role

pytestmark = pytest.mark.django_db


def test_the_first_start_makes_an_organization_and_an_operator_once(web_settings: Any, db: None) -> None:
    first = ensure_first_start()
    again = ensure_first_start()
    assert first.password is not None
    assert len(first.password) >= 16
    assert again.password is None
    assert (again.organization, again.user) == (first.organization, first.user)
    assert authenticate(email=first.user, password=first.password) is not None
    assert member_by_email(first.user, first.organization).role is Role.OWNER


def test_passwords_are_hashed_with_argon2(settings: Any, db: None) -> None:
    create_user("dora@example.org", PASSWORD)
    assert identify_hasher(User.objects.get(email="dora@example.org").password).algorithm == "argon2"


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_is_refused(web_settings: Any, db: None, password: str) -> None:
    with pytest.raises(InvalidInput):
        create_user("dora@example.org", password)


def test_an_address_is_the_same_in_capital_letters(cast: Cast) -> None:
    with pytest.raises(Conflict):
        create_user("ALICE@example.org", PASSWORD)
    assert authenticate(email=" Alice@Example.org ", password=PASSWORD) is not None


def test_a_new_password_replaces_the_old_one(cast: Cast) -> None:
    chosen = set_password("alice@example.org")
    assert authenticate(email="alice@example.org", password=PASSWORD) is None
    assert authenticate(email="alice@example.org", password=chosen) is not None


def test_every_organization_has_a_data_key_of_its_own_wrapped_by_the_master_key(cast: Cast, web_settings: Any) -> None:
    own = Organization.objects.filter(slug__in=["acme", "rivals"])
    keys = [bytes(row.data_key) for row in own]
    plain = {unwrap(key, web_settings.TROPEIRO.master_keys) for key in keys}
    assert len(plain) == len(keys) == 2


def test_an_organization_that_is_missing_and_one_that_is_not_yours_look_alike(cast: Cast) -> None:
    said = []
    for slug in ("rivals", "nowhere"):
        with pytest.raises(NotFound) as refused:
            member(cast.alice.user or 0, slug)
        said.append(refused.value.message.replace(slug, "…"))
    assert said[0] == said[1]


def test_the_command_line_acts_as_an_owner_without_being_a_user(cast: Cast) -> None:
    local = local_member("acme")
    assert (local.user, local.role) == (None, Role.OWNER)


def test_a_bad_short_name_of_an_organization_is_refused(cast: Cast) -> None:
    with pytest.raises(InvalidInput):
        create_organization("Not A Slug", "x", owner=cast.alice.user or 0)


def test_members_are_listed_with_their_roles(cast: Cast) -> None:
    assert [(row.email, row.role) for row in list_members(cast.bob).rows] == [
        ("alice@example.org", Role.OWNER),
        ("bob@example.org", Role.VIEWER),
    ]


def test_guessing_from_one_place_locks_that_place_out_and_not_the_owner(cast: Cast) -> None:
    for _ in range(login.PER_PAIR):
        assert not login.is_locked_out("alice@example.org", "192.0.2.1")
        login.note_failure("alice@example.org", "192.0.2.1")
    assert login.is_locked_out("Alice@example.org", "192.0.2.1")
    assert not login.is_locked_out("alice@example.org", "198.51.100.7")
    login.forget_failures("alice@example.org")
    assert not login.is_locked_out("alice@example.org", "192.0.2.1")


def test_guessing_for_many_addresses_locks_the_place_out(cast: Cast) -> None:
    for number in range(login.PER_ADDRESS):
        login.note_failure(f"user{number}@example.org", "192.0.2.1")
    assert login.is_locked_out("alice@example.org", "192.0.2.1")


def test_failures_count_for_a_quarter_of_an_hour(cast: Cast) -> None:
    for _ in range(login.PER_PAIR):
        login.note_failure("alice@example.org", "192.0.2.1")
    execute("UPDATE tropeiro_login_failure SET at = at - interval '16 minutes'")
    assert not login.is_locked_out("alice@example.org", "192.0.2.1")
