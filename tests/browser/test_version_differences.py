"""Two versions of a workflow beside each other, in a real browser."""

from __future__ import annotations

import pytest
from installation import Installation
from playwright.sync_api import expect
from sessions import NARROW, Door
from staging import drafted, saved_workflow

BEFORE = [
    {"id": "ask", "name": "Ask", "uses": "core/http@1", "with": {"url": "https://example.org", "method": "GET"}},
    {"id": "old", "name": "Write a line", "uses": "core/log@1", "with": {"message": "x"}},
    {
        "id": "each",
        "name": "Each page",
        "foreach": "{{ [1, 2] }}",
        "steps": [{"id": "keep", "name": "Keep", "uses": "core/set@1", "with": {"n": 1}}],
    },
]
AFTER = [
    {
        "id": "each",
        "name": "Each page",
        "foreach": "{{ [1, 2] }}",
        "steps": [
            {"id": "keep", "name": "Keep", "uses": "core/set@1", "with": {"n": 2}},
            {"id": "fresh", "name": "Fresh", "uses": "core/set@1", "with": {}},
        ],
    },
    {"id": "ask", "name": "Ask", "uses": "core/http@1", "with": {"url": "https://example.org", "method": "GET"}},
]


@pytest.fixture(scope="module")
def workflow(platform: Installation) -> str:
    saved_workflow(platform, "demo", "compared", BEFORE, "As it was")
    return saved_workflow(platform, "demo", "compared", AFTER, "As it is")


def test_what_changed_is_marked_in_both_diagrams_and_said_in_words(door: Door, workflow: str) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{workflow}/versions?before=1&after=2")
        before, after = page.locator("[data-side=before] .flow"), page.locator("[data-side=after] .flow")
        expect(before).to_have_attribute("data-drawn", "yes", timeout=30_000)
        expect(after).to_have_attribute("data-drawn", "yes", timeout=30_000)
        expect(before.locator("g.flow-mark-removed")).to_contain_text("− Write a line")
        expect(before.locator("g.node.flow-mark-changed")).to_contain_text("✎ Keep")
        expect(after.locator("g.flow-mark-added")).to_contain_text("+ Fresh")
        expect(after.locator("g.node.flow-mark-changed")).to_contain_text("✎ Keep")
        assert after.locator(".flow-mark-moved").count() == 1
        changes = page.locator(".step-change")
        expect(changes.filter(has_text="Keep")).to_contain_text("1 → became 2")
        # A step that is chosen in the list is shown in both diagrams, and the other way round.
        changes.filter(has_text="Keep").get_by_role("button").click()
        expect(before.locator("g.flow-chosen")).to_contain_text("Keep")
        expect(after.locator("g.flow-chosen")).to_contain_text("Keep")
        after.locator("g.flow-mark-added").click()
        expect(page.locator(".step-change-chosen")).to_contain_text("Fresh")
        page.locator("summary", has_text="line by line").click()
        expect(page.locator(".text-added", has_text="Fresh").first).to_be_visible()


def test_an_older_version_is_restored_from_beside_its_diagram(door: Door, workflow: str) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{workflow}/versions?before=1&after=2")
        page.locator("[data-side=before]").get_by_role("button", name="Restore").click()
        dialog = page.locator("#restore-1")
        expect(dialog).to_be_visible()
        dialog.get_by_role("button", name="Restore it").click()
        expect(page.locator(".flash-success")).to_contain_text("Version 1 was saved again as version 3.")


def test_before_publishing_the_editor_shows_what_would_change(door: Door, platform: Installation) -> None:
    workflow = saved_workflow(platform, "demo", "published", BEFORE)
    drafted(platform, "demo", workflow, AFTER)
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{workflow}/edit")
        page.get_by_role("button", name="Publish", exact=True).click()
        part = page.locator(".editor-differences [data-differences]")
        expect(part.locator(".difference-count").first).to_have_text("+ 1 step is new")
        after = part.locator("[data-side=after] .flow")
        after.scroll_into_view_if_needed()
        expect(after).to_have_attribute("data-drawn", "yes", timeout=30_000)
        expect(after.locator("g.flow-mark-added")).to_contain_text("+ Fresh")
        part.locator(".step-change").filter(has_text="Keep").get_by_role("button").click()
        expect(after.locator("g.flow-chosen")).to_contain_text("Keep")


def test_it_fits_on_a_phone(door: Door, workflow: str) -> None:
    with door.page(viewport=NARROW) as page:
        page.goto(f"{door.url}/workflows/{workflow}/versions?before=1&after=2")
        after = page.locator("[data-side=after] .flow")
        after.scroll_into_view_if_needed()
        expect(after).to_have_attribute("data-drawn", "yes", timeout=30_000)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
