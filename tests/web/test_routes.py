"""Every address, walked by everybody. An address that is not described in `routes` fails the test."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any
from uuid import UUID

import pytest
import routes
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver
from routes.route import FORBIDDEN, LOGIN, NO_METHOD, REDIRECT, Route
from web_cast import Cast, execute

from tropeiro.web.accounts.actions import add_member
from tropeiro.web.permissions import Role

pytestmark = pytest.mark.django_db


AREAS = {name: import_module(f"routes.{name}") for _, name, _ in iter_modules(routes.__path__) if name != "route"}
ROUTES = {name: route for area in AREAS.values() for name, route in area.ROUTES.items()}
FOR_ANYBODY = ("account_login", "mfa_login_webauthn", "mfa_authenticate")
"""Addresses that lead somebody who is logged in away, whatever the method."""
STREAMS = [name for name, route in ROUTES.items() if route.stream]
"""They give their connection back, and with it the test's transaction: each is tried in tests of its own."""


@pytest.fixture
def made(cast: Cast) -> dict[str, UUID]:
    """One of everything that an address can name, of Alice's organization."""
    return {kind: one for area in AREAS.values() for kind, one in area.make(cast).items()}


def _state() -> list[tuple[Any, ...]]:
    """What nobody may have changed."""
    return [row for area in AREAS.values() for row in execute(area.STATE)]


def _walk() -> Iterator[tuple[str, Route]]:
    """Every address but the streams; whatever is done at one of them is undone before the next."""
    for name, route in ROUTES.items():
        if not route.stream:
            before = transaction.savepoint()
            yield name, route
            transaction.savepoint_rollback(before)


def _request(client: Client, route: Route, made: dict[str, UUID]) -> Any:
    response = _sent(client, route, route.path.format(**made))
    if response.status_code == REDIRECT and response.headers["Location"].startswith("/login?next="):
        return LOGIN
    return response.status_code


def _sent(client: Client, route: Route, path: str) -> Any:
    if route.json is not None:
        return client.generic(route.method.upper(), path, json.dumps(route.json), content_type="application/json")
    return getattr(client, route.method)(path, dict(route.data))


def test_every_address_is_described_here() -> None:
    patterns = get_resolver().url_patterns
    assert {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)} == set(ROUTES)
    assert len(patterns) == len(ROUTES) == sum(len(area.ROUTES) for area in AREAS.values())


def test_somebody_who_is_not_logged_in_gets_no_further_than_the_login(made: dict[str, UUID]) -> None:
    before = _state()
    for name, route in _walk():
        assert _request(Client(), route, made) == route.anonymous, name
        assert _state() == before, name


@pytest.mark.parametrize("role", list(Role))
def test_a_member_gets_what_the_role_allows(cast: Cast, role: Role, made: dict[str, UUID]) -> None:
    if role is not Role.VIEWER:
        add_member(cast.alice, "bob@example.org", role)
    before = _state()
    for name, route in _walk():
        enough = route.least is None or role.includes(route.least)
        assert _request(cast.client(cast.bob), route, made) == (route.member if enough else FORBIDDEN), name
        assert enough or _state() == before, name


def test_an_outsider_gets_the_same_as_for_what_does_not_exist_and_changes_nothing(
    cast: Cast, nobody: UUID, made: dict[str, UUID]
) -> None:
    before = _state()
    for name, route in _walk():
        client = cast.client(cast.charlie)
        assert _request(client, route, made) == route.outsider, name
        assert _state() == before, name
        for kind, real_one in made.items():
            if f"{{{kind}}}" in route.path:
                real, none = (
                    _sent(client, route, route.path.format(**{**made, kind: one})) for one in (real_one, nobody)
                )
                assert real.status_code == none.status_code, name
                assert _plain(real, real_one) == _plain(none, nobody), name
        assert _state() == before, name


def test_another_method_is_refused(cast: Cast, made: dict[str, UUID]) -> None:
    client = cast.client(cast.alice)
    for name, route in _walk():
        if name in FOR_ANYBODY or route.any_method:
            continue
        other = "delete" if route.form else {"get": "post", "post": "get"}[route.method]
        assert getattr(client, other)(route.path.format(**made)).status_code == NO_METHOD, name


def test_a_form_without_its_token_is_refused(made: dict[str, UUID]) -> None:
    client = Client(enforce_csrf_checks=True)
    for name, route in _walk():
        if route.token and (route.form or route.method == "post"):
            assert client.post(route.path.format(**made), dict(route.data)).status_code == FORBIDDEN, name


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("who", ["anonymous", "member", "outsider"])
def test_a_stream_is_opened_to_whom_it_is_for(cast: Cast, name: str, who: str, made: dict[str, UUID]) -> None:
    route = ROUTES[name]
    client = {"anonymous": Client(), "member": cast.client(cast.bob), "outsider": cast.client(cast.charlie)}[who]
    assert _request(client, route, made) == getattr(route, who)


def _plain(response: Any, named: UUID) -> str:
    if response.streaming:
        return ""
    text: str = response.content.decode().replace(str(named), "…")
    # The token of the forms in the frame differs on every page.
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
