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

from tropeiro.kernel.call_limits import LimitKind
from tropeiro.web.accounts.actions import add_member
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.limits.actions import set_limit
from tropeiro.web.limits.wanted import Wanted as WantedLimit
from tropeiro.web.permissions import Role
from tropeiro.web.triggers.actions import create_trigger
from tropeiro.web.triggers.wanted import Wanted
from tropeiro.web.workflows.actions import save_workflow

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
    form: bool = False
    """Whether it is a form that is shown with GET and sent with POST."""


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
    "triggers": Route("get", "/triggers", OK, outsider=OK),
    "trigger-new": Route("get", "/triggers/new", OK, outsider=OK, least=Role.EDITOR, form=True),
    "trigger": Route("get", "/triggers/{trigger}", OK),
    "trigger-edit": Route("get", "/triggers/{trigger}/edit", OK, least=Role.EDITOR, form=True),
    "trigger-enable": Route("post", "/triggers/{trigger}/enable", REDIRECT, least=Role.OPERATOR),
    "trigger-disable": Route("post", "/triggers/{trigger}/disable", REDIRECT, least=Role.OPERATOR),
    "trigger-run": Route("post", "/triggers/{trigger}/run", REDIRECT, least=Role.OPERATOR),
    "trigger-delete": Route("post", "/triggers/{trigger}/delete", REDIRECT, least=Role.EDITOR),
    "limits": Route("get", "/limits", OK, outsider=OK),
    "limit-new": Route("get", "/limits/new", OK, outsider=OK, least=Role.ADMIN, form=True),
    "limit-edit": Route("get", "/limits/{limit}", OK, least=Role.ADMIN, form=True),
    "limit-remove": Route("post", "/limits/{limit}/remove", REDIRECT, least=Role.ADMIN),
    "callback": Route("post", "/callbacks/x.1.y", MISSING, anonymous=MISSING, least=None),
    "health-live": Route("get", "/health/live", OK, anonymous=OK, outsider=OK, least=None),
    "health-ready": Route("get", "/health/ready", OK, anonymous=OK, outsider=OK, least=None),
}


def _made(cast: Cast) -> dict[str, UUID]:
    """One of everything that an address can name, of Alice's organization."""
    save_workflow(cast.alice, "w", STEPS)
    trigger = create_trigger(cast.alice, Wanted(name="nightly", target="w", cron="30 2 * * *", zone="UTC"))
    limit = set_limit(cast.alice, WantedLimit(kind=LimitKind.ORGANIZATION, concurrency=5))
    return {"job": start_job(cast.alice, STEPS), "trigger": trigger, "limit": limit}


def _state() -> list[tuple[Any, ...]]:
    """What nobody may have changed."""
    return execute(
        "SELECT (SELECT string_agg(state, ',' ORDER BY id) FROM tropeiro_job),"
        " (SELECT string_agg(enabled::text, ',' ORDER BY id) FROM tropeiro_trigger),"
        " (SELECT count(*) FROM tropeiro_limit)"
    )


def _request(client: Client, route: Route, made: dict[str, UUID]) -> Any:
    response = getattr(client, route.method)(route.path.format(**made), dict(route.data))
    if response.status_code == REDIRECT and response.headers["Location"].startswith("/login?next="):
        return LOGIN
    return response.status_code


def test_every_address_is_described_here() -> None:
    patterns = get_resolver().url_patterns
    assert {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)} == set(ROUTES)
    assert len(patterns) == len(ROUTES)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_somebody_who_is_not_logged_in_gets_no_further_than_the_login(cast: Cast, name: str) -> None:
    made = _made(cast)
    before = _state()
    assert _request(Client(), ROUTES[name], made) == ROUTES[name].anonymous
    assert _state() == before


@pytest.mark.parametrize("name", sorted(ROUTES))
@pytest.mark.parametrize("role", list(Role))
def test_a_member_gets_what_the_role_allows(cast: Cast, name: str, role: Role) -> None:
    route = ROUTES[name]
    made = _made(cast)
    if role is not Role.VIEWER:
        add_member(cast.alice, "bob@example.org", role)
    before = _state()
    enough = route.least is None or role.includes(route.least)
    assert _request(cast.client(cast.bob), route, made) == (route.member if enough else FORBIDDEN)
    if not enough:
        assert _state() == before


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_an_outsider_gets_the_same_as_for_what_does_not_exist_and_changes_nothing(
    cast: Cast, name: str, nobody: UUID
) -> None:
    route = ROUTES[name]
    made = _made(cast)
    before = _state()
    client = cast.client(cast.charlie)
    assert _request(client, route, made) == route.outsider
    if name == "job-events":
        return  # It gives its connection back, and with it this test's transaction: test_live.py has the rest.
    for kind in made:
        if f"{{{kind}}}" in route.path:
            real, none = (
                getattr(client, route.method)(route.path.format(**{kind: one}), dict(route.data))
                for one in (made[kind], nobody)
            )
            assert (real.status_code, _plain(real, made[kind])) == (none.status_code, _plain(none, nobody))
    assert _state() == before


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_another_method_is_refused(cast: Cast, name: str) -> None:
    route = ROUTES[name]
    if name in ("start", "login"):
        return
    other = "delete" if route.form else {"get": "post", "post": "get"}[route.method]
    made = _made(cast)
    assert getattr(cast.client(cast.alice), other)(route.path.format(**made)).status_code == NO_METHOD


@pytest.mark.parametrize("name", sorted(name for name, route in ROUTES.items() if route.form or route.method == "post"))
def test_a_form_without_its_token_is_refused(cast: Cast, name: str) -> None:
    if name == "callback":
        return
    client = Client(enforce_csrf_checks=True)
    made = _made(cast)
    assert client.post(ROUTES[name].path.format(**made), dict(ROUTES[name].data)).status_code == FORBIDDEN


def _plain(response: Any, named: UUID) -> str:
    if response.streaming:
        return ""
    text: str = response.content.decode().replace(str(named), "…")
    # The token of the forms in the frame differs on every page.
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
