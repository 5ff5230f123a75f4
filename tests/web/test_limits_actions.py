"""Limits are set and removed by admins, seen by all, and told to workers."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from web_cast import Cast, execute

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.kernel.errors import InvalidInput, NotFound
from tropeiro.web.audit.queries import recent_acts
from tropeiro.web.limits.actions import remove_limit, set_limit
from tropeiro.web.limits.queries import limit, limit_for, list_limits
from tropeiro.web.limits.wanted import Rate, Wanted, parse_rate
from tropeiro.web.permissions import Role

pytestmark = pytest.mark.django_db

ALL = Wanted(kind=LimitKind.ORGANIZATION, concurrency=5)


def bear(limits: list[UUID], organization: UUID, state: str) -> None:
    """A packet under these limits."""
    execute(
        "INSERT INTO tropeiro_packet (id, job_id, organization_id, route_digest, body, started_at, limits, state)"
        " VALUES (%(id)s, %(id)s, %(organization)s, 'd', '{}', now(), %(limits)s, %(state)s) RETURNING id",
        {"id": uuid4(), "organization": organization, "limits": limits, "state": state},
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10/s", (10, 1_000)), ("100/m", (100, 60_000)), ("20/30s", (20, 30_000)), ("5000/1d", (5000, 86_400_000))],
)
def test_a_rate_is_calls_and_a_period(text: str, expected: tuple[int, int]) -> None:
    rate = parse_rate(text)
    assert (rate.calls, rate.period_ms, rate.burst) == (*expected, expected[0])
    assert parse_rate(str(rate)) == rate


@pytest.mark.parametrize("text", ["", "10", "10/", "/s", "0/s", "ten/s", "10/0s", "10/year", "-1/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_rate(text)


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(kind=LimitKind.ORGANIZATION),
        Wanted(kind=LimitKind.ORGANIZATION, concurrency=0),
        Wanted(kind=LimitKind.ORGANIZATION, subject="core/set", concurrency=1),
        Wanted(kind=LimitKind.SERVICE, concurrency=1),
        Wanted(kind=LimitKind.SERVICE, subject="core/set@1", concurrency=1),
        Wanted(kind=LimitKind.SERVICE, subject="core/set", project="p", concurrency=1),
    ],
)
def test_a_limit_that_makes_no_sense_is_refused(cast: Cast, wanted: Wanted) -> None:
    with pytest.raises(InvalidInput):
        set_limit(cast.alice, wanted)
    assert list_limits(cast.alice) == ()


def test_a_limit_is_listed_with_what_runs_and_what_waits(cast: Cast) -> None:
    made = set_limit(cast.alice, ALL)
    for state in ("leased", "leased", "waiting", "ready"):
        bear([made], cast.alice.organization, state)
    (row,) = list_limits(cast.alice)
    assert (row.id, row.concurrency, row.rate, row.running, row.waiting) == (made, 5, None, 3, 1)


def test_setting_again_changes_the_numbers_of_the_same_limit(cast: Cast) -> None:
    first = set_limit(cast.alice, ALL)
    rate = Rate(calls=10, period_ms=1000, burst=20)
    assert set_limit(cast.alice, Wanted(kind=LimitKind.ORGANIZATION, rate=rate)) == first
    row = limit(cast.alice, first)
    assert (row.concurrency, row.rate) == (None, rate)


def test_a_limit_for_anothers_service_is_for_own_calls_and_names_it_whole(cast: Cast) -> None:
    made = set_limit(cast.alice, Wanted(kind=LimitKind.SERVICE, subject="core/http", concurrency=2))
    row = limit(cast.alice, made)
    assert row.subject.count("/") == 2
    assert row.subject.endswith("/core/http")
    assert not row.everyone
    assert limit_for(cast.alice, LimitKind.SERVICE, "core/http").id == made


def test_a_limit_for_a_service_that_cannot_be_seen_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        set_limit(cast.alice, Wanted(kind=LimitKind.SERVICE, subject="nobody/knows", concurrency=2))


def test_limits_of_another_organization_do_not_exist(cast: Cast) -> None:
    made = set_limit(cast.alice, ALL)
    other = cast.charlie
    assert list_limits(other) == ()
    with pytest.raises(NotFound):
        remove_limit(replace(other, role=Role.OWNER), made)
    assert len(list_limits(cast.alice)) == 1


def test_what_is_done_to_limits_stands_in_the_audit_log(cast: Cast) -> None:
    remove_limit(cast.alice, set_limit(cast.alice, ALL))
    assert [act.verb for act in recent_acts(cast.alice)][:2] == ["limit.remove", "limit.set"]
    assert list_limits(cast.alice) == ()


def test_the_page_lists_makes_changes_and_removes_limits(cast: Cast) -> None:
    browser = cast.client(cast.alice)
    assert "No limit yet" in browser.get("/settings/limits").content.decode()
    sent = {"kind": "service", "subject": "core/http", "concurrency": "2", "rate": "10/s", "burst": "20"}
    assert browser.post("/settings/limits/new", sent).status_code == 302
    (row,) = list_limits(cast.alice)
    assert (row.concurrency, row.rate) == (2, Rate(calls=10, period_ms=1000, burst=20))
    assert "10/s" in browser.get("/settings/limits").content.decode()
    # What it is for is not the form's to change.
    changed = browser.post(f"/settings/limits/{row.id}", {"kind": "organization", "concurrency": "3", "rate": ""})
    assert changed.status_code == 302
    (row,) = list_limits(cast.alice)
    assert (row.kind, row.concurrency, row.rate) == (LimitKind.SERVICE, 3, None)
    assert browser.post(f"/settings/limits/{row.id}/remove").status_code == 302
    assert list_limits(cast.alice) == ()


def test_a_form_that_makes_no_sense_comes_back_with_what_was_typed(cast: Cast) -> None:
    answer = cast.client(cast.alice).post(
        "/settings/limits/new", {"kind": "service", "subject": "core/http", "rate": "fast"}
    )
    assert answer.status_code == 400
    assert 'value="fast"' in answer.content.decode()
    assert list_limits(cast.alice) == ()
