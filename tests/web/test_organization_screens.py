"""The page of the organization's own settings."""

from __future__ import annotations

from typing import Any

import pytest
from web_cast import Cast

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


def test_a_viewer_sees_what_is_set_and_no_form(cast: Cast) -> None:
    page = _text(cast.client(cast.bob).get("/settings/organization"))
    assert "Only an owner changes it." in page
    assert "organization/retention" not in page
