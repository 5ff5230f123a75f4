"""One's own account: what one prefers, sessions, password and address, organizations."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from web_cast import PASSWORD, Cast, execute

from tropeiro.kernel.errors import Conflict, Forbidden
from tropeiro.web.accounts.access import member
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.accounts.membership import leave
from tropeiro.web.accounts.organizations import open_organization, rename_organization
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import Role
from tropeiro.web.screens.account.agents import device_of

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NEW = "quite another password"


def _text(response: Any) -> str:
    return str(response.content.decode())


def _logged_in(email: str, **headers: str) -> Client:
    client = Client(headers=headers)
    assert client.post("/login", {"login": email, "password": PASSWORD}).status_code == 302
    return client


def _save(client: Client, **values: str) -> Any:
    return client.post("/account", {"name": "", "language": "", "time_zone": "", "theme": "", **values})


def test_the_language_of_the_user_goes_before_the_browsers(cast: Cast) -> None:
    client = _logged_in("alice@example.org", accept_language="en")
    assert '<html lang="en"' in _text(client.get("/account"))
    _save(client, language="pt-br")
    assert '<html lang="pt-br"' in _text(client.get("/account"))
    assert '<html lang="pt-br"' in _text(_logged_in("alice@example.org", accept_language="en").get("/account"))
    _save(client)
    assert '<html lang="pt-br"' in _text(client.get("/account", headers={"accept-language": "pt-BR"}))


def test_what_is_chosen_in_the_bar_is_kept_with_the_user(cast: Cast) -> None:
    client = _logged_in("alice@example.org")
    client.post("/language", {"language": "pt-br"})
    client.post("/theme", {"theme": "dark"})
    other = _text(_logged_in("alice@example.org").get("/account"))
    assert 'lang="pt-br"' in other
    assert 'data-theme="dark"' in other


def test_times_are_of_the_users_zone_else_of_the_browsers_else_utc(cast: Cast) -> None:
    client = _logged_in("alice@example.org")
    assert "Times of UTC" in _text(client.get("/account"))
    client.cookies["tropeiro-zone"] = "America%2FManaus"
    assert "Times of America/Manaus" in _text(client.get("/account"))
    _save(client, time_zone="Asia/Tokyo")
    assert "Times of Asia/Tokyo" in _text(client.get("/account"))
    client.cookies["tropeiro-zone"] = "Nowhere/../../etc"
    _save(client)
    assert "Times of UTC" in _text(client.get("/account"))


@pytest.mark.parametrize("bad", [{"time_zone": "Mars/Base"}, {"language": "tlh"}, {"theme": "pink"}])
def test_what_cannot_be_chosen_is_refused_and_nothing_lost(cast: Cast, bad: dict[str, str]) -> None:
    client = _logged_in("alice@example.org")
    answer = _save(client, name="Alice Liddell", **bad)
    assert answer.status_code == 400
    assert "Alice Liddell" in _text(answer)
    assert execute("SELECT name FROM tropeiro_user WHERE email = 'alice@example.org'") == [("",)]


def test_one_session_is_ended_and_the_others_go_on(cast: Cast) -> None:
    here, there = _logged_in("alice@example.org"), _logged_in("alice@example.org", user_agent=FIREFOX)
    page = _text(here.get("/account/sessions"))
    assert "Firefox on Linux" in page
    there_id = execute("SELECT id FROM usersessions_usersession WHERE user_agent = %s", [FIREFOX])[0][0]
    here.post(f"/account/sessions/{there_id}/end")
    assert there.get("/jobs").status_code == 302
    assert here.get("/jobs").status_code == 200


def test_all_other_sessions_are_ended_at_once(cast: Cast) -> None:
    here, *others = (_logged_in("alice@example.org") for _ in range(3))
    here.post("/account/sessions/end-others")
    assert here.get("/jobs").status_code == 200
    assert [one.get("/jobs").status_code for one in others] == [302, 302]


def test_nobody_ends_the_session_of_somebody_else(cast: Cast) -> None:
    bob, alice = _logged_in("bob@example.org"), _logged_in("alice@example.org")
    session = execute("SELECT id FROM usersessions_usersession WHERE user_id = %s", [cast.alice.user])[0][0]
    assert bob.post(f"/account/sessions/{session}/end").status_code == 404
    assert alice.get("/jobs").status_code == 200


def test_that_a_session_is_used_is_noted_every_few_minutes(cast: Cast) -> None:
    client = _logged_in("alice@example.org")
    execute("UPDATE usersessions_usersession SET last_seen_at = now() - interval '1 day'")
    client.get("/account/sessions")
    assert execute("SELECT last_seen_at > now() - interval '1 minute' FROM usersessions_usersession") == [(True,)]
    execute("UPDATE usersessions_usersession SET last_seen_at = now() - interval '1 day'")
    client.get("/account/sessions")
    assert execute("SELECT last_seen_at > now() - interval '1 minute' FROM usersessions_usersession") == [(False,)]


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (FIREFOX, "Firefox on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("", "Unknown device"),
        ("<script>", "Unknown device"),
    ],
)
def test_a_device_is_named_as_far_as_it_is_known(agent: str, device: str) -> None:
    assert device_of(agent) == device


def test_another_password_ends_the_other_sessions_and_keeps_this_one(cast: Cast) -> None:
    here, there = _logged_in("alice@example.org"), _logged_in("alice@example.org")
    wrong = here.post("/account/password", {"oldpassword": "no", "password1": NEW})
    assert wrong.status_code == 400
    assert "This is not your password." in _text(wrong)
    assert here.post("/account/password", {"oldpassword": PASSWORD, "password1": NEW}).status_code == 302
    assert here.get("/jobs").status_code == 200
    assert there.get("/jobs").status_code == 302


def test_another_address_holds_when_its_mail_was_followed_and_the_old_one_is_told(
    cast: Cast, web_settings: Any
) -> None:
    web_settings.TROPEIRO = replace(web_settings.TROPEIRO, smtp_url="smtp://mail.example.org")
    client = _logged_in("alice@example.org")
    asked = client.post("/account/email", {"email": "alicia@example.org", "action_add": "1"})
    assert asked.headers["Location"].startswith("/confirm?next=")
    client.post(asked.headers["Location"], {"password": PASSWORD})
    assert mail.outbox[-1].to == ["alicia@example.org"]
    assert "waits to be confirmed" in _text(client.get("/account/email"))
    assert Client().post("/login", {"login": "alicia@example.org", "password": PASSWORD}).status_code == 400
    link = re.findall(r"https?://[^/\s]+(/\S+)", str(mail.outbox[-1].body))[0]
    client.post(link)
    assert _logged_in("alicia@example.org").get("/jobs").status_code == 200
    assert mail.outbox[-1].to == ["alice@example.org"]
    assert "alicia@example.org" in str(mail.outbox[-1].body)


def test_what_matters_is_confirmed_first_and_too_many_wrong_passwords_lock_that_too(cast: Cast) -> None:
    client = _logged_in("alice@example.org")
    asked = client.get("/account/app").headers["Location"]
    assert asked == "/confirm?next=%2Faccount%2Fapp"
    for _ in range(5):
        assert client.post(asked, {"password": "wrong"}).status_code == 400
    assert client.post(asked, {"password": PASSWORD}).status_code in (400, 429)
    assert client.get("/account/app").status_code == 302


def test_a_further_organization_is_opened_by_operators_alone_while_sign_up_is_closed(
    cast: Cast, web_settings: Any
) -> None:
    with pytest.raises(Forbidden):
        open_organization(cast.alice.user or 0, "Second")
    execute("UPDATE tropeiro_user SET is_operator = true WHERE email = 'alice@example.org'")
    assert open_organization(cast.alice.user or 0, "Second").slug == "second"
    assert open_organization(cast.alice.user or 0, "Second").slug == "second-2"
    assert open_organization(cast.alice.user or 0, "日本").slug == "organization"
    with pytest.raises(Conflict):
        open_organization(cast.alice.user or 0, "Third", "rivals")
    web_settings.TROPEIRO = replace(web_settings.TROPEIRO, signup=True)
    assert open_organization(cast.bob.user or 0, "Bob's").slug == "bob-s"


def test_an_organization_is_renamed_by_its_owner_and_keeps_its_short_name(cast: Cast) -> None:
    client = cast.client(cast.alice)
    client.post("/settings/organization", {"name": "  Acme   do Brasil "})
    assert execute("SELECT slug, name FROM tropeiro_organization WHERE slug = 'acme'") == [("acme", "Acme do Brasil")]
    act = recent_acts(cast.alice)[0]
    assert (act.verb, act.details) == ("organization.change", {"before": "Acme"})
    assert client.post("/settings/organization", {"name": " "}).status_code == 400
    assert cast.client(cast.bob).post("/settings/organization", {"name": "Mine"}).status_code == 403
    with pytest.raises(Forbidden):
        rename_organization(cast.bob, "Mine")


def test_one_leaves_an_organization_and_works_on_in_the_other(cast: Cast) -> None:
    add_member(cast.charlie, "alice@example.org", Role.EDITOR)
    client = cast.client(cast.alice)
    client.post("/organization", {"organization": "rivals"})
    page = _text(client.post("/account/organizations/rivals/leave", follow=True))
    assert "You are not a member of rivals any more." in page
    assert client.post("/account/organizations/rivals/leave").status_code == 404
    assert "only owner" in _text(client.post("/account/organizations/acme/leave", follow=True))


def test_the_address_of_another_organization_offers_to_switch_to_its_members_only(cast: Cast) -> None:
    job = start_job(cast.charlie, STEPS)
    alice = cast.client(cast.alice)
    before = _text(alice.get(f"/jobs/{job}"))
    assert "Rivals" not in before
    add_member(cast.charlie, "alice@example.org", Role.VIEWER)
    answer = alice.get(f"/jobs/{job}")
    assert answer.status_code == 404
    assert "Switch to Rivals" in _text(answer)
    followed = alice.post("/organization", {"organization": "rivals", "next": f"/jobs/{job}"})
    assert followed.headers["Location"] == f"/jobs/{job}"
    assert alice.get(f"/jobs/{job}").status_code == 200
    leave(member(cast.alice.user or 0, "rivals"))
    assert "Rivals" not in _text(alice.get(f"/jobs/{job}"))


def test_switching_leads_to_no_other_site(cast: Cast) -> None:
    client = cast.client(cast.alice)
    answer = client.post("/organization", {"organization": "acme", "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/"
