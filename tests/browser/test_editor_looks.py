"""The editor as it is seen: with every tool of a person, on a phone, and within its weight."""

from __future__ import annotations

import gzip
from urllib.request import urlopen

import pytest
from accessibility import violations
from editing import REPORT, begin, drawn, row
from playwright.sync_api import Response, expect
from sessions import NARROW, Door

KB = 1000
EDITOR, JSON_TAB = 380 * KB, 520 * KB


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_anybody(door: Door, scheme: str) -> None:
    with door.page("en-US", "main", color_scheme=scheme) as page:
        begin(door, page, f"accessible_{scheme}", [*REPORT["steps"], {"id": "empty", "steps": []}])
        row(page, "Each item").click()
        assert violations(page) == []
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        assert violations(page) == []


def test_a_phone_shows_list_diagram_and_step_one_at_a_time(door: Door) -> None:
    with door.page("en-US", "main", viewport=NARROW, has_touch=True) as page:
        begin(door, page, "narrow", REPORT, wide=False)
        expect(page.locator(".editor-panel-column")).to_be_hidden()
        row(page, "Fetch").tap()
        expect(page.locator(".editor-panel-column")).to_be_visible()
        expect(page.locator(".editor-tree")).to_be_hidden()
        page.locator(".editor-views").get_by_role("button", name="Diagram").tap()
        drawn(page)
        expect(page.locator(".flow-chosen")).to_contain_text("Fetch")
        page.locator(".editor-views").get_by_role("button", name="Steps").tap()
        expect(row(page, "Fetch")).to_have_attribute("aria-selected", "true")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert violations(page) == []


def test_columns_keep_the_width_that_they_were_given(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "columns", REPORT)
        splitter = page.get_by_role("separator", name="Width of the list")
        splitter.focus()
        page.keyboard.press("ArrowRight")
        expect(splitter).to_have_attribute("aria-valuenow", "286")
        box = splitter.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + 4, box["y"] + 200)
        page.mouse.down()
        page.mouse.move(box["x"] + 104, box["y"] + 200, steps=4)
        page.mouse.up()
        expect(splitter).to_have_attribute("aria-valuenow", "386")
        page.reload()
        expect(splitter).to_have_attribute("aria-valuenow", "386")


def test_the_editor_stays_within_its_budget(door: Door) -> None:
    loaded: set[str] = set()

    def note(response: Response) -> None:
        if "/static/" in response.url:
            loaded.add(response.url.partition("#")[0])

    with door.page("en-US", "main") as page:
        page.on("response", note)
        begin(door, page, "weighed", REPORT)
        page.wait_for_load_state("networkidle")
        first = _weight(loaded)
        page.get_by_role("tab", name="JSON").click()
        expect(page.locator(".cm-content, .editor-text").first).to_be_visible()
        page.wait_for_load_state("networkidle")
        second = _weight(loaded)
    assert sum(first.values()) <= EDITOR, first
    assert sum(second.values()) <= JSON_TAB, second


def _weight(addresses: set[str]) -> dict[str, int]:
    return {url: len(gzip.compress(urlopen(url, timeout=10).read(), 9)) for url in addresses}
