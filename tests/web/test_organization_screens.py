"""The page of the organization's own settings."""

from __future__ import annotations

from typing import Any

import pytest
from web_cast import Cast, execute

from tropeiro.web.accounts.defaults import Defaults, defaults_of, language_for
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.retention.queries import retention

pytestmark = pytest.mark.django_db


def _text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_an_owner_renames_the_organization(cast: Cast) -> None:
    browser = cast.client(cast.alice)
    assert browser.post("/settings/organization", {"name": "Acme & Sons"}).status_code == 302
    assert 'value="Acme &amp; Sons"' in _text(browser.get("/settings/organization"))
    assert recent_acts(cast.alice)[0].verb == "organization.change"


def test_a_name_that_cannot_be_comes_back_with_the_reason(cast: Cast) -> None:
    answer = cast.client(cast.alice).post("/settings/organization", {"name": "  "})
    assert answer.status_code == 400
    assert "An organization needs a name." in _text(answer)


def test_retention_is_set_and_shown(cast: Cast) -> None:
    browser = cast.client(cast.alice)
    sent = {"job_days": "20", "log_days": "7"}
    assert browser.post("/settings/organization/retention", sent).status_code == 302
    kept = retention(cast.alice)
    assert (kept.jobs, kept.logs) == (20, 7)
    assert "Log lines are kept for 7 days." in _text(browser.get("/settings/organization"))


@pytest.mark.parametrize(
    ("sent", "field"), [({"job_days": "soon"}, "job"), ({"job_days": "5", "log_days": "9"}, "log")]
)
def test_retention_that_cannot_be_comes_back_at_its_field(cast: Cast, sent: dict[str, str], field: str) -> None:
    answer = cast.client(cast.alice).post("/settings/organization/retention", sent)
    assert answer.status_code == 400
    assert f'id="{field}-problem"' in answer.content.decode()
    assert retention(cast.alice).job_days is None


SAO_PAULO = {"language": "pt-br", "time_zone": "America/Sao_Paulo"}


def test_the_organizations_language_and_time_zone_hold_for_who_chose_none(cast: Cast) -> None:
    owner, viewer = cast.client(cast.alice), cast.client(cast.bob)
    assert owner.post("/settings/organization/defaults", SAO_PAULO).status_code == 302
    assert recent_acts(cast.alice)[0].verb == "organization.change"
    page = _text(viewer.get("/settings/organization"))
    assert '<html lang="pt-br"' in page
    assert "Horários de America/Sao_Paulo" in page
    # Neither another organization's members nor who chose for themselves.
    assert '<html lang="en"' in _text(cast.client(cast.charlie).get("/settings/organization"))
    execute("UPDATE tropeiro_user SET language = 'en', time_zone = 'Asia/Tokyo' WHERE id = %s", [cast.bob.user])
    chosen = _text(viewer.get("/settings/organization"))
    assert '<html lang="en"' in chosen
    assert "Times of Asia/Tokyo" in chosen


def test_what_was_chosen_for_this_browser_goes_before_the_organizations_language(cast: Cast) -> None:
    cast.client(cast.alice).post("/settings/organization/defaults", SAO_PAULO)
    viewer = cast.client(cast.bob)
    viewer.cookies["tropeiro-language"] = "en"
    assert '<html lang="en"' in _text(viewer.get("/settings/organization"))


def test_new_triggers_and_mails_are_by_the_organizations_defaults(cast: Cast) -> None:
    cast.client(cast.alice).post("/settings/organization/defaults", SAO_PAULO)
    assert 'value="America/Sao_Paulo" list="zones"' in _text(cast.client(cast.alice).get("/triggers/new"))
    assert language_for(cast.bob.user or 0, "") == "pt-br"
    assert language_for(cast.bob.user or 0, "en") == "en"
    assert language_for(cast.charlie.user or 0, "") == ""


@pytest.mark.parametrize("sent", [{"language": "xx"}, {"time_zone": "Mars/Olympus"}])
def test_defaults_that_cannot_be_come_back_at_their_field(cast: Cast, sent: dict[str, str]) -> None:
    answer = cast.client(cast.alice).post("/settings/organization/defaults", sent)
    assert answer.status_code == 400
    assert next(iter(sent.values())) in _text(answer)
    assert defaults_of(cast.alice.organization) == Defaults()


def test_a_viewer_sees_what_is_set_and_no_form(cast: Cast) -> None:
    page = _text(cast.client(cast.bob).get("/settings/organization"))
    assert "Only an owner changes it." in page
    assert "organization/retention" not in page
