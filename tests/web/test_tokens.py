"""API tokens: shown once, never more than their maker may, ended at once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from web_cast import Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.access import member_by_email
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.access import program_of_token
from tropeiro.web.tokens.actions import create_token, revoke_token
from tropeiro.web.tokens.queries import list_tokens

pytestmark = pytest.mark.django_db


def test_a_token_acts_as_its_maker_with_the_role_it_was_made_for(cast: Cast) -> None:
    token = create_token(cast.alice, "  nightly   import ", Role.OPERATOR)
    shown = program_of_token(token.text)
    assert shown is not None
    member = shown.member
    assert (member.user, member.organization, member.role) == (cast.alice.user, cast.alice.organization, Role.OPERATOR)
    assert (member.label, member.token) == ("alice@example.org", "nightly import")


def test_the_token_itself_is_stored_nowhere(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.VIEWER)
    rows = execute("SELECT t::text FROM tropeiro_token t") + execute("SELECT a::text FROM tropeiro_audit a")
    assert all(token.text not in row for (row,) in rows)
    assert list_tokens(cast.alice)[0].prefix == token.text[:12]


@pytest.mark.parametrize("text", ["", "x", "trp_", "trp_" + "a" * 43, "trp_" + "é" * 43])
def test_what_is_no_token_opens_nothing(cast: Cast, text: str) -> None:
    create_token(cast.alice, "t", Role.VIEWER)
    assert program_of_token(text) is None


def test_a_token_never_has_more_than_its_maker_by_now(cast: Cast) -> None:
    add_member(cast.alice, "bob@example.org", Role.ADMIN)
    token = create_token(member_by_email("bob@example.org", "acme"), "t", Role.ADMIN)
    add_member(cast.alice, "bob@example.org", Role.VIEWER)
    shown = program_of_token(token.text)
    assert shown is not None
    member = shown.member
    assert member.role is Role.VIEWER
    row = list_tokens(cast.alice)[0]
    assert (row.role, row.lowered) == (Role.VIEWER, True)


def test_nobody_makes_a_token_above_their_own_role(cast: Cast) -> None:
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    bob = member_by_email("bob@example.org", "acme")
    with pytest.raises(Forbidden, match="cannot have the role admin"):
        create_token(bob, "t", Role.ADMIN)
    with pytest.raises(Forbidden):
        create_token(cast.bob, "t", Role.VIEWER)
    assert list_tokens(cast.alice) == ()


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
def test_a_token_has_a_name(cast: Cast, name: str) -> None:
    with pytest.raises(InvalidInput, match="needs a name"):
        create_token(cast.alice, name, Role.VIEWER)


def test_a_token_ends_with_its_time(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.VIEWER, timezone.now() + timedelta(hours=1))
    assert program_of_token(token.text) is not None
    execute("UPDATE tropeiro_token SET expires_at = now() - interval '1 second'")
    assert program_of_token(token.text) is None
    assert not list_tokens(cast.alice)[0].works
    with pytest.raises(InvalidInput, match="expired already"):
        create_token(cast.alice, "t", Role.VIEWER, timezone.now())


def test_a_token_ends_with_its_revocation(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.VIEWER)
    revoke_token(cast.alice, token.id)
    assert program_of_token(token.text) is None
    with pytest.raises(Conflict, match="revoked already"):
        revoke_token(cast.alice, token.id)
    assert [act.verb for act in recent_acts(cast.alice)][:2] == ["token.revoke", "token.create"]


def test_a_token_rests_while_its_maker_is_no_member_or_deactivated(cast: Cast) -> None:
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    token = create_token(member_by_email("bob@example.org", "acme"), "t", Role.EDITOR)
    execute("UPDATE tropeiro_user SET is_active = false WHERE email = 'bob@example.org'")
    assert program_of_token(token.text) is None
    execute("UPDATE tropeiro_user SET is_active = true")
    assert program_of_token(token.text) is not None
    execute("DELETE FROM tropeiro_member WHERE user_id = %s", [cast.bob.user])
    assert program_of_token(token.text) is None
    assert list_tokens(cast.alice)[0].orphaned


def test_members_see_and_revoke_their_own_tokens_admins_everybodys(cast: Cast, nobody: UUID) -> None:
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    bob = member_by_email("bob@example.org", "acme")
    of_alice, of_bob = create_token(cast.alice, "a", Role.OWNER), create_token(bob, "b", Role.EDITOR)
    assert [row.name for row in list_tokens(bob)] == ["b"]
    assert [row.name for row in list_tokens(cast.alice)] == ["b", "a"]
    for who, token in ((bob, of_alice.id), (cast.charlie, of_alice.id), (bob, nobody)):
        with pytest.raises(NotFound, match=f"There is no token {token} that you can see"):
            revoke_token(who, token)
    assert program_of_token(of_alice.text) is not None
    revoke_token(cast.alice, of_bob.id)
    assert program_of_token(of_bob.text) is None


def test_that_a_token_was_used_is_noted_once_a_minute(cast: Cast) -> None:
    token = create_token(cast.alice, "t", Role.VIEWER)
    assert list_tokens(cast.alice)[0].last_used_at is None
    program_of_token(token.text)
    execute("UPDATE tropeiro_token SET last_used_at = now() - interval '30 seconds'")
    before = list_tokens(cast.alice)[0].last_used_at
    program_of_token(token.text)
    assert list_tokens(cast.alice)[0].last_used_at == before
    execute("UPDATE tropeiro_token SET last_used_at = now() - interval '61 seconds'")
    program_of_token(token.text)
    after = list_tokens(cast.alice)[0].last_used_at
    assert before is not None
    assert after is not None
    assert after > before
