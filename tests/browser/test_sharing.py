"""A workflow goes from one organization to another by a link, in two browsers; its diagram into another's page."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from accessibility import violations
from installation import Installation
from playwright.sync_api import Locator, Page, expect
from sessions import NARROW, WIDE, Door
from staging import person_with_organization, saved_workflow

STEPS = [
    {"id": "greet", "name": "Say hello", "uses": "core/log@1", "with": {"message": "Hello"}},
    {"id": "keep", "name": "Keep it", "uses": "core/set@1", "with": {"x": 1}},
]
_WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
EMAIL, PASSWORD = "rui@example.org", "a long enough password"


@pytest.fixture(scope="module")
def workflow(platform: Installation) -> str:
    person_with_organization(platform, EMAIL, PASSWORD, "rivals", "Rivals")
    return saved_workflow(platform, "main", "shared", STEPS)


def _make(page: Page, door: Door, workflow: str, purpose: str) -> str:
    page.goto(f"{door.url}/workflows/{workflow}/links")
    form = page.locator("form.link-form").filter(has=page.locator(f"input[value={purpose}]"))
    form.get_by_label("For whom").fill("Rui")
    form.get_by_role("button", name="Make the link").click()
    return page.locator("#link").input_value()


def test_a_workflow_is_copied_between_two_organizations_in_two_browsers(door: Door, workflow: str) -> None:
    with door.page("en-US", "main") as page:
        address = _make(page, door, workflow, "copy")
        with door.page("pt-BR", "", viewport=NARROW) as other:
            other.goto(address)
            expect(other).to_have_url(re.compile(r"/login\?next="))
            Door(door.browser, door.url, EMAIL, PASSWORD).log_in(other)
            expect(other.locator("h1")).to_contain_text("shared")
            expect(other.locator(".flow")).to_have_attribute("data-drawn", "yes", timeout=30_000)
            expect(other.locator("main")).not_to_contain_text("main/")
            assert other.evaluate(_WIDTH) <= 0
            assert violations(other) == []
            other.get_by_label("Nome", exact=True).fill("copied")
            other.get_by_role("button", name="Salvar a cópia").first.click()
            expect(other.locator("h1")).to_have_text("copied")
            expect(other.locator(".topbar")).to_contain_text("Rivals")
        page.goto(f"{door.url}/workflows/{workflow}/links")
        row = page.locator("tr", has_text="Rui").first
        expect(row.locator("td.number").first).to_have_text("1")
        row.get_by_role("button", name="Revoke…").click()
        page.locator("[popover]:popover-open").get_by_role("button", name="Revoke the link").click()
        expect(page.locator(".flash-success")).to_contain_text("leads nowhere")
        assert page.request.get(address).status == 404


class _Elsewhere(BaseHTTPRequestHandler):
    """A page of somebody else with the diagram in a frame, and a page of the console beside it."""

    addresses: tuple[str, str] = ("", "")

    def do_GET(self) -> None:
        frames = "".join(f'<iframe src="{one}" width="700" height="500"></iframe>' for one in self.addresses)
        body = f'<!doctype html><link rel="icon" href="data:,"><title>Elsewhere</title>{frames}'.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture
def elsewhere() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()


def test_the_diagram_in_a_page_of_somebody_else_shows_how_the_last_run_went(
    door: Door, platform: Installation, workflow: str, elsewhere: str
) -> None:
    platform.finished(platform.started("shared"))
    with door.page("en-US", "main") as page:
        address = _make(page, door, workflow, "embed")
    _Elsewhere.addresses = (address, f"{door.url}/login")
    context = door.browser.new_context(viewport=WIDE, locale="en-US")
    page = context.new_page()
    page.goto(elsewhere)
    frame = page.frame_locator("iframe").first
    expect(frame.locator("h1")).to_have_text("shared")
    expect(frame.locator(".state-badge")).to_contain_text("succeeded")
    expect(frame.locator(".flow")).to_have_attribute("data-drawn", "yes", timeout=30_000)
    assert frame.locator("g.node.flow-is-succeeded").count() == 2
    assert context.cookies() == []
    page.goto(address)
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        assert page.evaluate(_WIDTH) <= 0
        assert violations(page) == []
    # The console itself is shown in no frame.
    page.goto(elsewhere)
    expect(frame.locator("h1")).to_have_text("shared")
    assert page.frames[2].url.startswith("chrome-error:")
    context.close()


def test_an_open_diagram_looks_again_by_itself(door: Door, platform: Installation) -> None:
    watched = saved_workflow(platform, "main", "watched", STEPS)
    with door.page("en-US", "main") as page:
        address = _make(page, door, watched, "embed")
    context = door.browser.new_context(viewport=WIDE, locale="en-US")
    page = context.new_page()
    page.clock.install()
    page.goto(address)
    expect(page.locator("h1")).to_have_text("watched")
    expect(page.locator(".embed-head")).to_contain_text("It has not run yet.")
    expect(page.locator(".flow")).to_have_attribute("data-drawn", "yes", timeout=30_000)
    platform.finished(platform.started("watched"))
    _look_again(page, page.locator(".state-badge"), "succeeded")
    expect(page.locator("g.node.flow-is-succeeded")).to_have_count(2)
    revoked = "UPDATE tropeiro_workflow_link SET revoked_at = now() WHERE workflow_id = %(id)s RETURNING id"
    assert len(platform.query(revoked, id=watched)) == 1
    _look_again(page, page.locator("h1"), "There is no such link.")
    context.close()


def _look_again(page: Page, there: Locator, words: str) -> None:
    """Let a minute pass in the page until it says something; an answer may be given again for a few seconds."""
    for _ in range(8):
        with page.expect_response(lambda response: "/embed/" in response.url):
            page.clock.fast_forward(61_000)
        with suppress(AssertionError):
            expect(there).to_contain_text(words, timeout=1_000)
            return
    raise AssertionError(f"the page does not say {words!r}")
