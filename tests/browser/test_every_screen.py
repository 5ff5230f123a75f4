"""Each screen in both languages, light and dark, wide and narrow: quiet, within its width, and accessible."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from accessibility import violations
from installation import Installation
from playwright.sync_api import Page
from screens import BEFORE_LOGIN, FOR_OPERATORS, NO_SCREENS, SCREENS, things
from sessions import NARROW, WIDE, Door

PICTURES = os.environ.get("SCREENSHOTS")
LANGUAGES = {"en-US": "en", "pt-BR": "pt-br"}
_TOO_WIDE = """() => [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
    && !e.closest(".table-wide, .tabs, pre, [data-scrolls], [popover], .menu-items, svg, .visually-hidden"))
  .slice(0, 3).map((e) => e.outerHTML.slice(0, 160))"""

_AT_REST = """() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
  document.getAnimations()
    .filter((moving) => Number.isFinite(moving.effect.getComputedTiming().endTime))
    .forEach((moving) => moving.finish());
  done();
})))"""
"""Colours that are just changing into others are nobody's; what changes them begins with the next frame."""


@pytest.fixture(scope="module")
def found(platform: Installation) -> dict[str, Any]:
    return things(platform)


def test_every_page_that_can_be_asked_for_is_looked_at_here() -> None:
    from test_routes import ROUTES

    pages = {name for name, route in ROUTES.items() if route.method == "get" and route.member == 200}
    assert pages - NO_SCREENS - set(BEFORE_LOGIN) == set(SCREENS)


@pytest.mark.parametrize("name", [*SCREENS, *FOR_OPERATORS])
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_screen_is_quiet_fits_and_is_accessible(door: Door, found: dict[str, Any], name: str, language: str) -> None:
    with door.page(language) as page:
        _look_at(page, door.url + {**SCREENS, **FOR_OPERATORS}[name].format(**found), name, language)


@pytest.mark.parametrize("name", list(BEFORE_LOGIN))
@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_screen_before_the_login_is_quiet_fits_and_is_accessible(door: Door, name: str, language: str) -> None:
    with door.page(language, organization="") as page:
        _look_at(page, door.url + BEFORE_LOGIN[name], name, language)


def _look_at(page: Page, address: str, name: str, language: str) -> None:
    answer = page.goto(address)
    assert answer is not None
    assert answer.status == 200
    assert page.evaluate("document.documentElement.lang") == LANGUAGES[language]
    page.wait_for_load_state("networkidle")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            page.evaluate(_AT_REST)
            _look(page, name, f"{LANGUAGES[language]}-{colours}-{size['width']}", axe=language == "en-US")


def _look(page: Page, name: str, variant: str, *, axe: bool) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES, f"{name}-{variant}.png"), full_page=True, animations="disabled")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{variant}: {wide} px too wide: {page.evaluate(_TOO_WIDE)}"
    if axe:
        found = violations(page)
        assert not found, f"{variant}: {json.dumps(found, indent=1, ensure_ascii=False)}"
