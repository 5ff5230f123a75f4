"""What operators of the platform see, and that nobody else does."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from web_cast import Cast, execute

from tropeiro.kernel.errors import NotFound
from tropeiro.kernel.ids import uuid7
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.operating import queues, tenants, workers
from tropeiro.web.operating.storage import storage
from tropeiro.web.paging import Sort

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])


@pytest.fixture
def operator(cast: Cast) -> Client:
    execute("UPDATE tropeiro_user SET is_operator = true WHERE id = %s", [cast.charlie.user])
    return cast.client(cast.charlie)


def _worker(name: str, *, state: str = "up", silent_for: int = 0) -> UUID:
    id_ = uuid7()
    execute(
        "INSERT INTO tropeiro_worker (id, name, host, pid, slots, state, seen_at, lease_until) VALUES (%s, %s, 'h', 1,"
        " 10, %s, now() - %s * interval '1 second', now() + interval '30 seconds' - %s * interval '1 second')",
        [id_, name, state, silent_for, silent_for],
    )
    return id_


def _text(answer: Any) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_workers_are_listed_with_what_they_hold(cast: Cast, operator: Client) -> None:
    worker = _worker("w-1")
    _worker("w-2", state="lost", silent_for=100)
    start_job(cast.alice, STEPS)
    execute("UPDATE tropeiro_packet SET state = 'leased', worker_id = %s", [worker])
    rows = workers.workers(cast.charlie.user)
    assert [(row.name, row.held, row.alive, row.silent) for row in rows] == [
        ("w-1", 1, True, False),
        ("w-2", 0, False, False),
    ]
    page = _text(operator.get("/operator/workers"))
    assert "w-1" in page
    assert "1 / 10" in page


def test_the_version_that_a_worker_runs_is_shown(operator: Client) -> None:
    execute("UPDATE tropeiro_worker SET version = '9.8.7' WHERE id = %s", [_worker("w-1")])
    assert "version 9.8.7" in _text(operator.get("/operator/workers"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("organizations", "Acme,acme,2,0,"),
        ("users", "alice@example.org,,1,no,yes,no"),
        ("workers", "w-1,h,1,,working,0,10"),
        ("queues", "Acme,acme,1,"),
        ("queues/acme", "house/core/set@1,1,"),
    ],
)
def test_every_list_of_operators_is_a_file_too(cast: Cast, operator: Client, path: str, expected: str) -> None:
    _worker("w-1")
    start_job(cast.alice, STEPS)
    answer = operator.get(f"/operator/{path}?format=csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert expected in answer.content.decode()


def test_storage_is_estimated_from_what_the_last_sample_of_the_tables_says(cast: Cast, operator: Client) -> None:
    for _ in range(3):
        start_job(cast.alice, STEPS)
    start_job(cast.charlie, STEPS)
    assert storage(cast.charlie.user).get(cast.alice.organization) is None
    execute("ANALYZE tropeiro_packet")
    sizes = storage(cast.charlie.user)
    whole = execute("SELECT pg_total_relation_size('tropeiro_packet')")[0][0]
    assert sizes[cast.alice.organization] == pytest.approx(whole * 0.75, abs=1)
    assert "KB" in _text(operator.get("/operator/organizations"))


def test_a_worker_that_is_silent_beyond_its_lease_is_pointed_out(operator: Client) -> None:
    assert "silent" not in _text(operator.get("/operator/workers"))
    _worker("w", silent_for=60)
    assert "1 worker is silent beyond its lease" in _text(operator.get("/operator/workers"))


def test_queues_count_packets_by_state_organization_and_service(cast: Cast, operator: Client) -> None:
    for who in (cast.alice, cast.alice, cast.charlie):
        start_job(who, STEPS)
    execute("UPDATE tropeiro_packet SET since = now() - interval '90 seconds'")
    execute("UPDATE tropeiro_packet SET state = 'delayed' WHERE organization_id = %s", [cast.charlie.organization])
    by_slug = {row.slug: row.backlog for row in queues.queues(cast.charlie.user)}
    assert (by_slug["acme"].ready, by_slug["acme"].delayed, by_slug["acme"].total) == (2, 0, 2)
    assert (by_slug["rivals"].ready, by_slug["rivals"].delayed, by_slug["rivals"].oldest) == (0, 1, None)
    assert by_slug["acme"].oldest is not None
    assert 89 < by_slug["acme"].oldest.total_seconds() < 600
    (service,) = queues.queue_of(cast.charlie.user, "acme")
    assert (service.uses, service.backlog.ready) == ("house/core/set@1", 2)
    assert "house/core/set@1" in _text(operator.get("/operator/queues/acme"))
    assert operator.get("/operator/queues/nobody").status_code == 404


def test_packets_of_a_paused_job_and_those_at_a_limit_are_not_called_ready(cast: Cast) -> None:
    execute("UPDATE tropeiro_user SET is_operator = true WHERE id = %s", [cast.charlie.user])
    held, limited = start_job(cast.alice, STEPS), start_job(cast.alice, STEPS)
    execute("UPDATE tropeiro_packet SET hold = true WHERE job_id = %s", [held])
    execute("UPDATE tropeiro_packet SET limits = ARRAY[id] WHERE job_id = %s", [limited])
    (row,) = queues.queues(cast.charlie.user)
    assert (row.backlog.ready, row.backlog.limited, row.backlog.held) == (0, 1, 1)


def test_organizations_and_users_are_listed_searched_and_paged(cast: Cast, operator: Client) -> None:
    page = _text(operator.get("/operator/organizations"))
    assert "Acme" in page
    assert "Rivals" in page
    assert "Acme" not in _text(operator.get("/operator/organizations?q=RIV"))
    assert "alice@example.org" in _text(operator.get("/operator/users"))
    assert "No organization matches" in _text(operator.get("/operator/organizations?q=%25"))
    rows = tenants.organizations(cast.charlie.user, sort=Sort("name")).rows
    assert [(row.slug, row.members, row.projects) for row in rows] == [("acme", 2, 0), ("rivals", 1, 0)]
    assert [row.email for row in tenants.users(cast.charlie.user, sort=Sort("email", descending=True)).rows] == [
        "charlie@example.org",
        "bob@example.org",
        "alice@example.org",
    ]


@pytest.mark.parametrize("path", ["workers", "queues", "queues/acme", "organizations", "users"])
def test_an_owner_who_is_no_operator_gets_what_an_unknown_address_gets(cast: Cast, path: str) -> None:
    browser = cast.client(cast.alice)
    hidden, unknown = browser.get(f"/operator/{path}"), browser.get("/operator/no-such-page")
    assert hidden.status_code == unknown.status_code == 404
    assert "Operator" not in hidden.content.decode()


def test_every_read_asks_whether_the_user_operates(cast: Cast) -> None:
    reads = (
        lambda user: workers.workers(user),
        lambda user: queues.queues(user),
        lambda user: queues.queue_of(user, "acme"),
        lambda user: tenants.organizations(user, sort=Sort("name")),
        lambda user: tenants.users(user, sort=Sort("email")),
        lambda user: tenants.exists(user, "acme"),
        lambda user: storage(user),
    )
    for read in reads:
        for user in (cast.alice.user, None):
            with pytest.raises(NotFound):
                read(user)
    execute("UPDATE tropeiro_user SET is_operator = true, is_active = false WHERE id = %s", [cast.alice.user])
    with pytest.raises(NotFound):
        workers.workers(cast.alice.user)


def test_the_menu_of_settings_shows_operators_what_others_do_not_see(cast: Cast, operator: Client) -> None:
    assert "/operator/workers" in _text(operator.get("/settings/limits"))
    assert "/operator/workers" not in _text(cast.client(cast.alice).get("/settings/limits"))
