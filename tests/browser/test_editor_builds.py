"""The sample report of Google Analytics, put together from nothing in the editor: by mouse, and by keyboard alone."""

from __future__ import annotations

import re
from typing import Any

from editing import begin, ids, row, saved
from playwright.sync_api import Page, expect
from sessions import Door

MOST_STOPS = 80
WANTED = {
    "pagination": {"property": "{{ inputs.property }}"},
    "records": {
        "query": "{{ steps.pagination.output.query }}",
        "offset": "{{ item.offset }}",
        "limit": "{{ item.limit }}",
    },
    "flatten": {"lists": "{{ steps.each.output | map('rows') }}"},
}


def test_the_report_is_built_by_mouse_published_and_run(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "built_by_mouse", project="google-analytics")
        _input_by_mouse(page)
        # The step that every workflow begins with goes.
        page.locator(".editor-row-step").first.click()
        page.get_by_role("button", name="Remove", exact=True).first.click()
        page.locator(".editor-row-empty").click()
        _pick(page, "pagination", "google-analytics/pagination")
        expect(row(page, "Fetch the pagination")).to_be_visible()
        page.get_by_role("button", name="Insert a step between Fetch the pagination and the end").click()
        _pick(page, "for each", "For each")
        page.locator(".panel").get_by_role("textbox", name="For each item of").fill("steps.pagination.output.pages")
        page.locator(".editor-row-empty").click()
        _pick(page, "records", "google-analytics/records")
        for name, value in WANTED["records"].items():
            _expression_by_mouse(page, name.capitalize(), value)
        page.get_by_role("button", name="Add a step at the end").click()
        _pick(page, "flatten", "core/flatten")
        _expression_by_mouse(page, "Lists", WANTED["flatten"]["lists"])
        _check(saved(page))
        page.get_by_role("button", name="Publish", exact=True).click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("What you changed").fill("All of it")
        dialog.get_by_role("button", name="Publish", exact=True).click()
        _run(page)


def test_the_report_is_built_without_a_mouse_published_and_run(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "built_by_keyboard", project="google-analytics")
        _input_by_key(page)
        _tab_to(page, "element.matches('.editor-tree [role=treeitem]')")
        page.keyboard.press("Delete")
        page.keyboard.press("Enter")
        _pick_by_key(page, "pagination")
        expect(row(page, "Fetch the pagination")).to_have_attribute("aria-selected", "true")
        _to_the_list(page)
        page.keyboard.press("a")
        _pick_by_key(page, "for each")
        _tab_to(page, "element.labels?.[0]?.innerText.startsWith('For each item of')")
        page.keyboard.type("steps.pagination.output.pages")
        page.keyboard.press("Escape")
        _to_the_list(page)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        _pick_by_key(page, "records")
        for name, value in WANTED["records"].items():
            _expression_by_key(page, name.capitalize(), value)
        _to_the_list(page)
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("a")
        _pick_by_key(page, "flatten")
        _expression_by_key(page, "Lists", WANTED["flatten"]["lists"])
        _check(saved(page))
        page.keyboard.press("Control+Enter")
        expect(page.locator("#publish-message")).to_be_focused()
        page.keyboard.type("All of it")
        page.keyboard.press("Control+Enter")
        _run(page)


def _check(document: Any) -> None:
    assert ids(document) == ["pagination", "each", "records", "flatten"]
    pagination, each, flatten = document["steps"]
    assert pagination["with"] == WANTED["pagination"]
    assert each["foreach"] == "{{ steps.pagination.output.pages }}"
    assert each["steps"][0]["with"] == WANTED["records"]
    assert flatten["with"] == WANTED["flatten"]


def _run(page: Page) -> None:
    expect(page.locator(".editor-toast")).to_contain_text("Version 1 is published")
    page.locator(".editor-toast a").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/workflows/[0-9a-f-]+$"))
    page.get_by_role("link", name="Run", exact=True).first.press("Enter")
    page.wait_for_url("**/run*")
    page.locator("main form input[type=text]").first.fill("properties/1234")
    page.keyboard.press("Enter")
    page.wait_for_url("**/jobs/*")
    expect(page.locator("main .state-badge").first).to_contain_text("succeeded", timeout=120_000)


def _input_by_mouse(page: Page) -> None:
    """The one thing that the report is asked with."""
    page.get_by_role("tab", name="Inputs").click()
    tab = page.locator(".inputs-tab")
    tab.get_by_role("button", name="Add an input").click()
    name = tab.get_by_label("Name of the input")
    name.fill("property")
    name.press("Enter")
    page.get_by_role("tab", name="Steps").click()


def _input_by_key(page: Page) -> None:
    _tab_to(page, "element.matches('[role=tab]')")
    page.keyboard.press("End")
    _tab_to(page, "element.textContent.trim() === 'Add an input'")
    page.keyboard.press("Enter")
    _tab_to(page, "element.getAttribute('aria-label') === 'Name of the input'")
    page.keyboard.press("Control+a")
    page.keyboard.type("property")
    page.keyboard.press("Enter")
    _tab_to(page, "element.matches('[role=tab]')")
    page.keyboard.press("Home")


def _pick(page: Page, wanted: str, option: str) -> None:
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("searchbox").or_(dialog.get_by_role("combobox")).first.fill(wanted)
    dialog.get_by_role("option").filter(has_text=option).first.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def _pick_by_key(page: Page, wanted: str) -> None:
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type(wanted)
    expect(page.get_by_role("dialog").get_by_role("option").first).to_contain_text(re.compile(wanted, re.IGNORECASE))
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)


def _expression_by_mouse(page: Page, label: str, value: str) -> None:
    panel = page.locator(".panel")
    panel.locator(f'.panel-mode[aria-label="How {label} is given"]').get_by_role("button", name="Expression").click()
    panel.locator("textarea.expression-input").and_(panel.get_by_label(label)).first.fill(value)


def _expression_by_key(page: Page, label: str, value: str) -> None:
    group = f"element.closest('[role=group]')?.getAttribute('aria-label') === 'How {label} is given'"
    _tab_to(page, f"{group} && element.textContent.includes('Expression')")
    page.keyboard.press("Enter")
    _tab_to(page, f"element.matches('textarea') && element.labels?.[0]?.innerText.startsWith('{label}')")
    page.keyboard.press("Control+a")
    page.keyboard.type(value)
    page.keyboard.press("Escape")


def _to_the_list(page: Page) -> None:
    """From wherever, as F6 goes through the columns."""
    for _ in range(4):
        page.keyboard.press("F6")
        if page.evaluate("document.activeElement.matches('[role=treeitem]')"):
            return
    raise AssertionError("F6 does not lead to the list")


def _tab_to(page: Page, test: str) -> None:
    """Press Tab until what has the focus is it, as somebody does who cannot point."""
    for _ in range(MOST_STOPS):
        if page.evaluate(f"(() => {{ const element = document.activeElement; return Boolean({test}); }})()"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{test} is not reached by {MOST_STOPS} times Tab")
