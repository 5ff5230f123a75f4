"""Members, their roles, and invitations."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from web_cast import PASSWORD, Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden, InvalidInput, NotFound
from tropeiro.web.accounts.access import member
from tropeiro.web.accounts.actions import add_member, create_user
from tropeiro.web.accounts.invitations import (
    InvitationState,
    accept,
    digest,
    invite,
    offer_of_token,
    open_invitations,
    revoke_invitation,
)
from tropeiro.web.accounts.membership import change_role, leave, remove_member
from tropeiro.web.accounts.models import Invitation
from tropeiro.web.accounts.queries import count_members, list_members
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.member import Member
from tropeiro.web.paging import Sort
from tropeiro.web.permissions import Role
from tropeiro.web.tokens.access import program_of_token
from tropeiro.web.tokens.actions import create_token, revoke_token

pytestmark = pytest.mark.django_db


def _membership(actor: Member, user: int | None) -> UUID:
    return next(row.id for row in list_members(actor).rows if row.user == user)


def _expire(invitation: UUID) -> None:
    execute("UPDATE tropeiro_invitation SET expires_at = now() - interval '1 second' WHERE id = %s", [invitation])


def test_another_role_holds_at_once_and_is_in_the_audit_log(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.EDITOR)
    assert member(cast.bob.user or 0, "acme").role is Role.EDITOR
    act = recent_acts(cast.alice)[0]
    assert (act.verb, act.object_name, act.details) == (
        "member.change",
        "bob@example.org",
        {"role": "editor", "before": "viewer"},
    )


def test_the_only_owner_neither_goes_down_nor_leaves_nor_is_removed(cast: Cast) -> None:
    own = _membership(cast.alice, cast.alice.user)
    for act in (
        lambda: change_role(cast.alice, own, Role.ADMIN),
        lambda: remove_member(cast.alice, own),
        lambda: leave(cast.alice),
    ):
        with pytest.raises(Conflict):
            act()
    assert member(cast.alice.user or 0, "acme").role is Role.OWNER


def test_an_owner_leaves_when_there_is_another(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.OWNER)
    leave(cast.alice)
    with pytest.raises(NotFound):
        member(cast.alice.user or 0, "acme")
    assert recent_acts(member(cast.bob.user or 0, "acme"))[0].details == {"before": "owner", "tokens": 0, "left": True}


def test_an_admin_changes_nobody_above_and_gives_nothing_above(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.ADMIN)
    admin = member(cast.bob.user or 0, "acme")
    owner = _membership(cast.alice, cast.alice.user)
    with pytest.raises(Forbidden):
        remove_member(admin, owner)
    with pytest.raises(Forbidden):
        change_role(admin, _membership(admin, admin.user), Role.OWNER)
    with pytest.raises(Forbidden):
        invite(admin, Role.OWNER)


def test_a_member_of_another_organization_looks_like_none(cast: Cast) -> None:
    theirs = _membership(cast.charlie, cast.charlie.user)
    for act in (lambda: change_role(cast.alice, theirs, Role.VIEWER), lambda: remove_member(cast.alice, theirs)):
        with pytest.raises(NotFound):
            act()
    assert member(cast.charlie.user or 0, "rivals").role is Role.OWNER


def test_who_is_removed_gets_in_no_more(cast: Cast) -> None:
    client = cast.client(cast.bob)
    assert client.get("/jobs").status_code == 200
    remove_member(cast.alice, _membership(cast.alice, cast.bob.user))
    assert client.get("/jobs").headers["Location"] == "/account/organizations"
    assert "You belong to no organization yet" in client.get("/account/organizations").content.decode()


def test_with_the_membership_end_the_tokens_made_in_it_and_no_others(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.EDITOR)
    add_member(cast.charlie, "bob@example.org", Role.EDITOR)
    bob, elsewhere = member(cast.bob.user or 0, "acme"), member(cast.bob.user or 0, "rivals")
    here, gone = create_token(bob, "import", Role.EDITOR), create_token(bob, "old", Role.VIEWER)
    revoke_token(bob, gone.id)
    kept = [create_token(cast.alice, "hers", Role.VIEWER), create_token(elsewhere, "there", Role.VIEWER)]
    assert {row.email: row.tokens for row in list_members(cast.alice).rows} == {
        "alice@example.org": 1,
        "bob@example.org": 1,
    }
    remove_member(cast.alice, _membership(cast.alice, cast.bob.user))
    add_member(cast.alice, "bob@example.org", Role.EDITOR)
    assert program_of_token(here.text) is None
    assert all(program_of_token(token.text) for token in kept)
    removed, revoked = recent_acts(cast.alice)[1:3]
    assert (removed.verb, removed.details) == ("member.remove", {"before": "editor", "tokens": 1})
    assert (revoked.verb, revoked.object_name, revoked.actor) == ("token.revoke", "import", "alice@example.org")
    assert revoked.details["membership_ended"] is True


def test_who_leaves_takes_no_token_along(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.EDITOR)
    bob = member(cast.bob.user or 0, "acme")
    token = create_token(bob, "import", Role.EDITOR)
    leave(bob)
    add_member(cast.alice, "bob@example.org", Role.VIEWER)
    assert program_of_token(token.text) is None
    leave(member(cast.bob.user or 0, "acme"))
    with pytest.raises(Forbidden, match="not a member"):
        create_token(bob, "late", Role.VIEWER)


def test_the_members_page_says_before_how_many_tokens_end(cast: Cast) -> None:
    change_role(cast.alice, _membership(cast.alice, cast.bob.user), Role.EDITOR)
    browser = cast.client(cast.alice)
    assert "is revoked for good" not in browser.get("/settings/members").content.decode()
    create_token(member(cast.bob.user or 0, "acme"), "import", Role.EDITOR)
    assert "Their 1 API token is revoked for good" in browser.get("/settings/members").content.decode()


def test_members_are_found_counted_and_paged(cast: Cast) -> None:
    for number in range(4):
        create_user(f"worker{number}@example.org", PASSWORD)
        add_member(cast.alice, f"worker{number}@example.org", Role.OPERATOR)
    found = list_members(cast.bob, search="WORKER").rows
    assert [row.email for row in found] == [f"worker{number}@example.org" for number in range(4)]
    assert [row.email for row in list_members(cast.bob, role=Role.OWNER).rows] == ["alice@example.org"]
    assert count_members(cast.bob) == {Role.OWNER: 1, Role.OPERATOR: 4, Role.VIEWER: 1}
    for sort in (Sort("email"), Sort("email", True), Sort("joined"), Sort("joined", True)):
        seen: list[str] = []
        page = list_members(cast.bob, sort=sort, limit=2)
        seen += [row.email for row in page.rows]
        while page.next:
            page = list_members(cast.bob, sort=sort, limit=2, after=page.next)
            seen += [row.email for row in page.rows]
        assert len(seen) == len(set(seen)) == 6, sort


@pytest.mark.parametrize("search", ["%", "_", "\\", "a_ice"])
def test_signs_of_patterns_are_searched_for_as_they_are(cast: Cast, search: str) -> None:
    assert list_members(cast.bob, search=search).rows == ()


def test_an_invitation_makes_a_member_once(cast: Cast) -> None:
    invited = invite(cast.alice, Role.EDITOR)
    assert accept(invited.id, cast.charlie.user or 0, "charlie@example.org") == "acme"
    assert member(cast.charlie.user or 0, "acme").role is Role.EDITOR
    dora, _ = create_user("dora@example.org", PASSWORD)
    with pytest.raises(Conflict):
        accept(invited.id, dora, "dora@example.org")
    act = recent_acts(cast.alice)[0]
    assert (act.verb, act.actor, act.details["invited_by"]) == (
        "member.add",
        "charlie@example.org",
        "alice@example.org",
    )


def test_of_a_token_only_the_digest_is_kept(cast: Cast) -> None:
    invited = invite(cast.alice, Role.VIEWER)
    row = Invitation.objects.get(id=invited.id)
    assert bytes(row.token_digest) == digest(invited.token)
    stored = execute("SELECT i::text FROM tropeiro_invitation i UNION ALL SELECT a::text FROM tropeiro_audit a")
    assert all(invited.token not in text for (text,) in stored)


def test_an_invitation_that_is_revoked_or_out_of_date_makes_nobody_a_member(cast: Cast) -> None:
    revoked, late = invite(cast.alice, Role.VIEWER), invite(cast.alice, Role.VIEWER)
    revoke_invitation(cast.alice, revoked.id)
    _expire(late.id)
    for invited in (revoked, late):
        with pytest.raises(Conflict):
            accept(invited.id, cast.charlie.user or 0, "charlie@example.org")
    assert [(row.id, row.state) for row in open_invitations(cast.alice)] == [(late.id, InvitationState.EXPIRED)]
    with pytest.raises(NotFound):
        member(cast.charlie.user or 0, "acme")


def test_an_invitation_for_one_address_is_nobody_elses(cast: Cast) -> None:
    invited = invite(cast.alice, Role.VIEWER, email=" Dora@Example.org")
    with pytest.raises(Forbidden):
        accept(invited.id, cast.charlie.user or 0, "charlie@example.org")
    dora, _ = create_user("dora@example.org", PASSWORD)
    assert accept(invited.id, dora, "dora@example.org") == "acme"


def test_nobody_is_invited_who_is_a_member_nor_by_a_bad_address_nor_for_ever(cast: Cast) -> None:
    with pytest.raises(Conflict):
        invite(cast.alice, Role.VIEWER, email="bob@example.org")
    with pytest.raises(InvalidInput):
        invite(cast.alice, Role.VIEWER, email="nobody")
    with pytest.raises(InvalidInput):
        invite(cast.alice, Role.VIEWER, days=400)


def test_an_invitation_that_was_accepted_is_not_revoked(cast: Cast) -> None:
    invited = invite(cast.alice, Role.VIEWER)
    accept(invited.id, cast.charlie.user or 0, "charlie@example.org")
    with pytest.raises(Conflict):
        revoke_invitation(cast.alice, invited.id)
    with pytest.raises(NotFound):
        revoke_invitation(cast.charlie, invited.id)


def test_a_member_who_follows_an_invitation_keeps_it_for_somebody_else(cast: Cast) -> None:
    invited = invite(cast.alice, Role.OWNER)
    with pytest.raises(Conflict):
        accept(invited.id, cast.bob.user or 0, "bob@example.org")
    found = offer_of_token(invited.token)
    assert found is not None
    assert found.state is InvitationState.OPEN


def test_the_link_is_shown_once_and_leads_to_joining(cast: Cast) -> None:
    alice = cast.client(cast.alice)
    page = alice.post("/settings/members/invite", {"role": "operator", "email": "", "days": "7"}).content.decode()
    token = page.partition("/join/")[2].partition('"')[0]
    assert token not in alice.get("/settings/members").content.decode()
    charlie = cast.client(cast.charlie)
    followed = charlie.get(f"/join/{token}")
    assert followed.headers["Location"] == "/join"
    assert "Acme" in charlie.get("/join").content.decode()
    charlie.post("/join")
    assert member(cast.charlie.user or 0, "acme").role is Role.OPERATOR
    assert "acme" in charlie.get("/account/organizations").content.decode()


def test_somebody_new_joins_by_signing_up_though_signing_up_is_closed(cast: Cast) -> None:
    client = Client()
    assert "By invitation" in client.get("/signup").content.decode()
    client.get(f"/join/{invite(cast.alice, Role.EDITOR).token}")
    sent = {"name": "Dora", "email": "Dora@example.org", "password1": PASSWORD}
    assert client.post("/signup", sent).status_code == 302
    page = client.get("/settings/members").content.decode()
    assert "Dora" in page
    assert [row.role for row in list_members(cast.alice, search="dora@example.org").rows] == [Role.EDITOR]


def test_who_signs_up_by_an_invitation_for_another_address_is_told_so(cast: Cast) -> None:
    client = Client()
    client.get(f"/join/{invite(cast.alice, Role.EDITOR, email='dora@example.org').token}")
    answer = client.post("/signup", {"email": "eve@example.org", "password1": PASSWORD})
    assert answer.status_code == 400
    assert "The invitation is for dora@example.org." in answer.content.decode()
    assert execute("SELECT count(*) FROM tropeiro_user WHERE email = 'eve@example.org'") == [(0,)]


def test_the_page_says_what_could_not_be_done_and_why(cast: Cast) -> None:
    client = cast.client(cast.alice)
    own = _membership(cast.alice, cast.alice.user)
    page = client.post(f"/settings/members/{own}/role", {"role": "viewer"}, follow=True).content.decode()
    assert "only owner" in page
    assert client.post(f"/settings/members/{own}/role", {"role": "king"}).status_code == 400


def test_the_list_costs_as_many_queries_for_many_members_as_for_few(
    cast: Cast, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    client = cast.client(cast.alice)
    client.get("/settings/members")
    with django_assert_max_num_queries(40) as few:
        client.get("/settings/members")
    for number in range(20):
        create_user(f"worker{number}@example.org", PASSWORD)
        add_member(cast.alice, f"worker{number}@example.org", Role.VIEWER)
        invite(cast.alice, Role.VIEWER)
    with django_assert_num_queries(len(few)):
        client.get("/settings/members")


def test_members_as_a_file_cannot_hold_a_formula(cast: Cast) -> None:
    execute("UPDATE tropeiro_user SET name = '=1+1' WHERE email = 'bob@example.org'")
    text = cast.client(cast.alice).get("/settings/members?format=csv").content.decode()
    assert "'=1+1,bob@example.org,viewer," in text
