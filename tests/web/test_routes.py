"""Every address, walked by everybody. An address that is not described here fails the test."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from web_cast import Cast, execute

from tropeiro.web.accounts.actions import add_member
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.permissions import Role

pytestmark = pytest.mark.django_db

STEPS = json.dumps([{"id": "a", "uses": "core/set@1", "with": {"x": 1}}])
OK, REDIRECT, BAD, LOGIN, FORBIDDEN, MISSING, NO_METHOD = 200, 302, 400, "login", 403, 404, 405


@dataclass(frozen=True)
class Route:
    """What an address answers. ``least`` is the lowest role that may use it; ``None`` means everybody."""

    method: str
    path: str
    member: Any
    anonymous: Any = LOGIN
    outsider: Any = MISSING
    least: Role | None = Role.VIEWER
    data: tuple[tuple[str, str], ...] = ()


ROUTES = {
    "start": Route("get", "/", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "login": Route("get", "/login", REDIRECT, anonymous=OK, outsider=REDIRECT, least=None),
    "logout": Route("post", "/logout", REDIRECT, anonymous=REDIRECT, outsider=REDIRECT, least=None),
    "language": Route("post", "/language", REDIRECT, REDIRECT, REDIRECT, None, (("language", "pt-br"),)),
    "theme": Route("post", "/theme", REDIRECT, REDIRECT, REDIRECT, None, (("theme", "dark"),)),
    "organization": Route("post", "/organization", REDIRECT, data=(("organization", "acme"),)),
    "jobs": Route("get", "/jobs", OK, outsider=OK),
    "job": Route("get", "/jobs/{job}", OK),
    "job-events": Route("get", "/jobs/{job}/events", OK, anonymous=401),
    "job-log": Route("get", "/jobs/{job}/log", OK),
    "job-step": Route("get", "/jobs/{job}/step?path=a", OK),
    "job-output": Route("get", "/jobs/{job}/output", OK),
    "job-cancel": Route("post", "/jobs/{job}/cancel", REDIRECT, least=Role.OPERATOR),
    "job-pause": Route("post", "/jobs/{job}/pause", REDIRECT, least=Role.OPERATOR),
    "job-resume": Route("post", "/jobs/{job}/resume", REDIRECT, least=Role.OPERATOR),
    "job-approve": Route("post", "/jobs/{job}/approve", REDIRECT, least=None, data=(("path", "a"),)),
    "job-retry": Route("post", "/jobs/{job}/retry", REDIRECT, least=Role.OPERATOR),
    "job-rerun": Route("post", "/jobs/{job}/rerun", REDIRECT, least=Role.OPERATOR),
    "callback": Route("post", "/callbacks/x.1.y", MISSING, anonymous=MISSING, least=None),
    "health-live": Route("get", "/health/live", OK, anonymous=OK, outsider=OK, least=None),
    "health-ready": Route("get", "/health/ready", OK, anonymous=OK, outsider=OK, least=None),
}


def _request(client: Client, route: Route, job: UUID) -> Any:
    response = getattr(client, route.method)(route.path.format(job=job), dict(route.data))
    if response.status_code == REDIRECT and response.headers["Location"].startswith("/login?next="):
        return LOGIN
    return response.status_code


def test_every_address_is_described_here() -> None:
    patterns = get_resolver().url_patterns
    assert {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)} == set(ROUTES)
    assert len(patterns) == len(ROUTES)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_somebody_who_is_not_logged_in_gets_no_further_than_the_login(cast: Cast, name: str) -> None:
    job = start_job(cast.alice, STEPS)
    before = execute("SELECT state FROM tropeiro_job")
    assert _request(Client(), ROUTES[name], job) == ROUTES[name].anonymous
    assert execute("SELECT state FROM tropeiro_job") == before


@pytest.mark.parametrize("name", sorted(ROUTES))
@pytest.mark.parametrize("role", list(Role))
def test_a_member_gets_what_the_role_allows(cast: Cast, name: str, role: Role) -> None:
    route = ROUTES[name]
    job = start_job(cast.alice, STEPS)
    if role is not Role.VIEWER:
        add_member(cast.alice, "bob@example.org", role)
    before = execute("SELECT state FROM tropeiro_job")
    enough = route.least is None or role.includes(route.least)
    assert _request(cast.client(cast.bob), route, job) == (route.member if enough else FORBIDDEN)
    if not enough:
        assert execute("SELECT state FROM tropeiro_job") == before


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_an_outsider_gets_the_same_as_for_a_job_that_does_not_exist_and_changes_nothing(
    cast: Cast, name: str, nobody: UUID
) -> None:
    route = ROUTES[name]
    job = start_job(cast.alice, STEPS)
    before = execute("SELECT state FROM tropeiro_job")
    client = cast.client(cast.charlie)
    assert _request(client, route, job) == route.outsider
    if name == "job-events":
        return  # It gives its connection back, and with it this test's transaction: test_live.py has the rest.
    if "{job}" in route.path:
        real, none = (
            getattr(client, route.method)(route.path.format(job=one), dict(route.data)) for one in (job, nobody)
        )
        assert (real.status_code, _plain(real, job)) == (none.status_code, _plain(none, nobody))
    assert execute("SELECT state FROM tropeiro_job") == before


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_another_method_is_refused(cast: Cast, name: str) -> None:
    route = ROUTES[name]
    if name in ("start", "login"):
        return
    other = {"get": "post", "post": "get"}[route.method]
    job = start_job(cast.alice, STEPS)
    assert getattr(cast.client(cast.alice), other)(route.path.format(job=job)).status_code == NO_METHOD


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.method == "post"))
def test_a_form_without_its_token_is_refused(cast: Cast, name: str) -> None:
    if name == "callback":
        return
    client = Client(enforce_csrf_checks=True)
    job = start_job(cast.alice, STEPS)
    assert client.post(ROUTES[name].path.format(job=job), dict(ROUTES[name].data)).status_code == FORBIDDEN


def _plain(response: Any, job: UUID) -> str:
    if response.streaming or "job" not in str(response.request["PATH_INFO"]):
        return ""
    text: str = response.content.decode().replace(str(job), "…")
    # The token of the forms in the frame differs on every page.
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
