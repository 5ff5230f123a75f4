"""Expressions on the values of real runs, tests of drafts with pinned outputs, and the text of the document."""

from __future__ import annotations

import gzip
import json
from typing import Any
from urllib.request import urlopen

from accessibility import violations
from drafting import begun, choose, saved, saved_text
from playwright.sync_api import Page, Response, expect
from sessions import Door

DOCUMENT: dict[str, Any] = {
    "inputs": {"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}},
    "steps": [
        {"id": "rows", "uses": "core/set@1", "with": {"list": [{"n": 1}, {"n": 2}], "city": "{{ inputs.city }}"}},
        {"id": "sum", "uses": "core/set@1", "with": {"total": "{{ steps.rows.output.list | map('n') | sum }}"}},
    ],
}
ENDED = 60_000


def _test(page: Page, city: str = "Lisboa") -> None:
    """Test the whole draft and wait for its end."""
    page.get_by_role("button", name="Test", exact=True).click()
    dialog = page.get_by_role("dialog", name="Test the draft")
    dialog.get_by_role("textbox", name="City", exact=True).fill(city)
    dialog.get_by_role("button", name="Start the test").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".panel-job .state-succeeded")).to_be_visible(timeout=ENDED)


def test_a_test_shows_what_every_step_gave_and_its_values_feed_the_expressions(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        _test(page)
        panel = choose(page, "/steps/1")
        expect(panel.locator(".panel-result")).to_contain_text('"total": 3')
        assert violations(page) == []
        panel.get_by_role("button", name="Settings").click()
        expect(panel.locator(".panel-preview").first).to_contain_text("3")
        line = panel.locator(".expression-input").first
        line.fill("{{ steps.rows.output.")
        line.press("Control+Space")
        options = panel.get_by_role("listbox").get_by_role("option")
        expect(options).to_contain_text(["list", "city"])
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.keyboard.type(" }}")
        expect(panel.locator(".panel-preview").first).to_contain_text("Lisboa")
        line.fill("{{ steps.nothing.output }}")
        expect(panel.locator(".panel-preview-wrong")).to_be_visible()
        line.fill("")
        panel.get_by_role("button", name="Data").first.click()
        tree = panel.get_by_role("group", name="Data that can be used here")
        tree.get_by_role("searchbox").fill("city")
        tree.get_by_role("button", name="steps.rows.output.city").click()
        assert saved(page)["steps"][1]["with"]["total"] == "{{ steps.rows.output.city }}"


def test_one_step_is_tested_with_a_pinned_output(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        _test(page)
        panel = choose(page, "/steps/0")
        panel.get_by_role("button", name="Pin this output").click()
        choose(page, "/steps/1")
        page.get_by_role("button", name="Test", exact=True).click()
        dialog = page.get_by_role("dialog", name="Test the draft")
        dialog.get_by_label("Only “sum”", exact=True).check()
        expect(dialog.get_by_role("textbox", name="City", exact=True)).to_have_value("Lisboa")
        dialog.get_by_label("rows", exact=True).fill('{"list": [{"n": 40}, {"n": 2}]}')
        assert violations(page) == []
        dialog.get_by_role("button", name="Start the test").click()
        expect(panel.locator(".panel-result")).to_contain_text('"total": 42', timeout=ENDED)


def test_inputs_that_do_not_fit_are_told_of_and_nothing_starts(door: Door) -> None:
    with door.page() as page:
        page.on("response", lambda _response: None)
        begun(page, door.url, {**DOCUMENT, "steps": [{"id": "a", "wait": "10m"}]})
        page.get_by_role("button", name="Test", exact=True).click()
        dialog = page.get_by_role("dialog", name="Test the draft")
        dialog.get_by_role("textbox", name="City", exact=True).fill("x")
        dialog.get_by_role("button", name="Start the test").click()
        expect(dialog).to_be_hidden()
        panel = page.locator(".panel")
        panel.get_by_role("button", name="Cancel the test").click()
        expect(page.locator(".panel-job .state-cancelled")).to_be_visible(timeout=ENDED)


def test_a_past_job_is_loaded_into_the_editor(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        _test(page)
        page.reload()
        panel = page.locator(".panel")
        panel.locator(".run-choice > summary").click()
        panel.locator(".run-choice .state-succeeded").first.click()
        panel.get_by_role("button", name="Result").click()
        expect(panel.locator(".panel-result")).to_contain_text('"city": "Lisboa"')


def test_the_text_completes_marks_problems_and_is_undone_with_everything_else(door: Door) -> None:
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        panel = choose(page, "/steps/0")
        panel.get_by_label("Name", exact=True).fill("Rows")
        page.get_by_role("tab", name="JSON").click()
        code = page.locator(".cm-content")
        expect(code).to_contain_text('"name": "Rows"')
        code.press("Control+Home")
        page.keyboard.press("End")
        page.keyboard.press("Enter")
        page.keyboard.type('"desc')
        page.locator(".cm-tooltip-autocomplete li", has_text="description").click()
        page.keyboard.type("It works")
        page.keyboard.press("End")
        page.keyboard.type(",")
        assert saved(page)["description"] == "It works"
        assert violations(page) == []
        presses = 0
        while "Rows" in saved_text(page):
            page.keyboard.press("Control+z")
            presses += 1
        assert 2 <= presses <= 12
        assert saved(page) == DOCUMENT
        expect(code).not_to_contain_text("Rows")


def test_a_text_that_does_not_parse_is_kept_and_the_other_views_say_so(door: Door) -> None:
    broken = json.dumps(DOCUMENT, indent=2)[:-1]
    with door.page() as page:
        begun(page, door.url, DOCUMENT)
        page.get_by_role("tab", name="JSON").click()
        page.locator(".cm-content").press("Control+a")
        page.keyboard.insert_text(broken)
        expect(page.locator(".json-said")).to_contain_text("This is not JSON yet")
        assert saved_text(page) == broken
        expect(page.locator(".cm-lint-marker-error").first).to_be_visible()
        page.reload()
        expect(page.locator(".panel")).to_contain_text("The text does not parse")
        page.get_by_role("tab", name="JSON").click()
        expect(page.locator(".cm-content")).to_contain_text('"required"')
        page.locator(".cm-content").click()
        page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.shadowRoot === null")


def test_the_json_tab_is_loaded_late_and_within_its_share_of_the_budget(door: Door) -> None:
    loaded: set[str] = set()

    def note(response: Response) -> None:
        if "/static/" in response.url:
            loaded.add(response.url.partition("#")[0])

    with door.page() as page:
        page.on("response", note)
        begun(page, door.url, DOCUMENT)
        page.wait_for_load_state("networkidle")
        loaded.clear()
        page.get_by_role("tab", name="JSON").click()
        expect(page.locator(".cm-content")).to_be_visible()
        page.wait_for_load_state("networkidle")
    sizes = {url: len(gzip.compress(urlopen(url, timeout=10).read(), 9)) for url in loaded}
    assert any("json_tab" in url for url in sizes)
    assert sum(sizes.values()) <= 145_000, sizes


def test_of_a_foreach_one_item_is_looked_at_after_the_other(door: Door) -> None:
    document = [{"id": "each", "foreach": ["Lisboa", "Porto"], "uses": "core/set@1", "with": {"city": "{{ item }}"}}]
    with door.page() as page:
        begun(page, door.url, document)
        page.get_by_role("button", name="Test", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Start the test").click()
        expect(page.locator(".panel-job .state-succeeded")).to_be_visible(timeout=ENDED)
        panel = choose(page, "/0")
        panel.get_by_role("button", name="Settings").click()
        expect(panel.locator(".panel-preview").first).to_contain_text("Lisboa")
        panel.get_by_role("button", name="Result").click()
        item = panel.get_by_role("spinbutton")
        item.fill("1")
        item.press("Tab")
        panel.get_by_role("button", name="Settings").click()
        expect(panel.locator(".panel-preview").first).to_contain_text("Porto")
