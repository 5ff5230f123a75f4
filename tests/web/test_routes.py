"""Every address, walked by everybody. An address that is not described in `routes` fails the test."""

from __future__ import annotations

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
by_area = pytest.mark.parametrize("area", list(AREAS))


@pytest.fixture
def made(cast: Cast) -> dict[str, UUID]:
    """One of everything that an address can name, of Alice's organization."""
    return {kind: one for area in AREAS.values() for kind, one in area.make(cast).items()}


def _state() -> list[tuple[Any, ...]]:
    """What nobody may have changed."""
    return [row for area in AREAS.values() for row in execute(area.STATE)]


def _walk(area: str) -> Iterator[tuple[str, Route]]:
    """The addresses of an area; whatever is done at one of them is undone before the next."""
    # A stream gives its connection back, and with it the test's transaction: it comes last, and asks nothing more.
    for name, route in sorted(AREAS[area].ROUTES.items(), key=lambda item: item[1].stream):
        before = None if route.stream else transaction.savepoint()
        yield name, route
        if before is not None:
            transaction.savepoint_rollback(before)


def _request(client: Client, route: Route, made: dict[str, UUID]) -> Any:
    response = getattr(client, route.method)(route.path.format(**made), dict(route.data))
    if response.status_code == REDIRECT and response.headers["Location"].startswith("/login?next="):
        return LOGIN
    return response.status_code


def test_every_address_is_described_here() -> None:
    patterns = get_resolver().url_patterns
    assert {pattern.name for pattern in patterns if isinstance(pattern, URLPattern)} == set(ROUTES)
    assert len(patterns) == len(ROUTES) == sum(len(area.ROUTES) for area in AREAS.values())


@by_area
def test_somebody_who_is_not_logged_in_gets_no_further_than_the_login(area: str, made: dict[str, UUID]) -> None:
    before = _state()
    for name, route in _walk(area):
        assert _request(Client(), route, made) == route.anonymous, name
        assert route.stream or _state() == before, name


@by_area
@pytest.mark.parametrize("role", list(Role))
def test_a_member_gets_what_the_role_allows(cast: Cast, area: str, role: Role, made: dict[str, UUID]) -> None:
    if role is not Role.VIEWER:
        add_member(cast.alice, "bob@example.org", role)
    before = _state()
    for name, route in _walk(area):
        enough = route.least is None or role.includes(route.least)
        assert _request(cast.client(cast.bob), route, made) == (route.member if enough else FORBIDDEN), name
        assert enough or _state() == before, name


@by_area
def test_an_outsider_gets_the_same_as_for_what_does_not_exist_and_changes_nothing(
    cast: Cast, area: str, nobody: UUID, made: dict[str, UUID]
) -> None:
    before = _state()
    for name, route in _walk(area):
        client = cast.client(cast.charlie)
        assert _request(client, route, made) == route.outsider, name
        if route.stream:
            continue
        assert _state() == before, name
        for kind, real_one in made.items():
            if f"{{{kind}}}" in route.path:
                real, none = (
                    getattr(client, route.method)(route.path.format(**{**made, kind: one}), dict(route.data))
                    for one in (real_one, nobody)
                )
                assert real.status_code == none.status_code, name
                assert _plain(real, real_one) == _plain(none, nobody), name
        assert _state() == before, name


@by_area
def test_another_method_is_refused(cast: Cast, area: str, made: dict[str, UUID]) -> None:
    client = cast.client(cast.alice)
    for name, route in _walk(area):
        if name in FOR_ANYBODY or route.any_method:
            continue
        other = "delete" if route.form else {"get": "post", "post": "get"}[route.method]
        assert getattr(client, other)(route.path.format(**made)).status_code == NO_METHOD, name


@by_area
def test_a_form_without_its_token_is_refused(area: str, made: dict[str, UUID]) -> None:
    client = Client(enforce_csrf_checks=True)
    for name, route in _walk(area):
        if route.token and (route.form or route.method == "post"):
            assert client.post(route.path.format(**made), dict(route.data)).status_code == FORBIDDEN, name


def _plain(response: Any, named: UUID) -> str:
    if response.streaming:
        return ""
    text: str = response.content.decode().replace(str(named), "…")
    # The token of the forms in the frame differs on every page.
    return "\n".join(line for line in text.splitlines() if "csrfmiddlewaretoken" not in line)
