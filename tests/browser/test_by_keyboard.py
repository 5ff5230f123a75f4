"""The main job without a mouse: find the sample automation, run it, follow it to its end."""

from __future__ import annotations

from playwright.sync_api import Page, expect
from sessions import Door

MOST_STOPS = 120


def _tab_to(page: Page, selector: str, text: str) -> None:
    """Press Tab until what has the focus is it, as somebody does who cannot point."""
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(
            "([s, t]) => document.activeElement.matches(s) && document.activeElement.textContent.includes(t)",
            [selector, text],
        ):
            return
    raise AssertionError(f"{text!r} is not reached by {MOST_STOPS} times Tab")


def test_the_sample_automation_is_found_run_and_followed(door: Door) -> None:
    with door.page("en-US", "main") as page:
        page.goto(f"{door.url}/jobs")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette input")).to_be_focused()
        page.keyboard.type("Automation services")
        expect(page.locator("#palette-found li[aria-selected=true]")).to_contain_text("Automation services")
        page.keyboard.press("Enter")
        page.wait_for_url("**/automations*")
        _tab_to(page, "main a", "report")
        page.keyboard.press("Enter")
        page.wait_for_url("**/workflows/*")
        _tab_to(page, "main a", "Run")
        page.keyboard.press("Enter")
        page.wait_for_url("**/run*")
        for _ in range(MOST_STOPS):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.matches('main input[type=text]')"):
                break
        page.keyboard.type("properties/1234")
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/*")
        expect(page.locator("main .state-badge").first).to_contain_text("succeeded", timeout=120_000)


def test_escape_closes_the_search_and_gives_the_page_back(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/jobs")
        page.keyboard.press("Control+k")
        expect(page.locator("#palette")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#palette")).to_be_hidden()


def test_a_menu_closes_by_escape_and_keeps_the_focus(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/jobs")
        page.locator(".topbar summary").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator(".topbar .menu-items").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator(".topbar .menu-items").first).to_be_hidden()
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
