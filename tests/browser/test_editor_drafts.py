"""What is written in the editor and who else writes: saved, kept, given up, published."""

from __future__ import annotations

import json
import re

from editing import REPORT, begin, drawn, ids, names, ready, row, saved, text
from playwright.sync_api import Page, expect
from sessions import Door


def test_a_draft_is_saved_while_one_edits_and_is_there_after_coming_back(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "kept", REPORT)
        row(page, "Last").click()
        page.keyboard.press("Delete")
        assert ids(saved(page)) == ["first", "each", "fetch", "keep", "any", "yes"]
        page.reload()
        ready(page)
        assert names(page) == ["First", "Each item", "Fetch", "Keep", "Any?", "Yes"]


def test_of_two_who_write_nobody_loses_anything(door: Door) -> None:
    conflict = "status of 409"
    with (
        door.page("en-US", "main", expected=conflict) as one,
        door.page("en-US", "main", expected=conflict) as two,
    ):
        begin(door, one, "both_write", REPORT)
        two.goto(one.url)
        ready(two)
        row(one, "First").click()
        one.keyboard.press("Delete")
        saved(one)
        row(two, "Last").click()
        two.keyboard.press("Delete")
        banner = two.locator(".editor-banner")
        expect(banner).to_contain_text("changed this draft meanwhile")
        banner.get_by_role("button", name="Take theirs").click()
        expect(row(two, "First")).to_have_count(0)
        expect(row(two, "Last")).to_have_count(1)
        two.locator(".editor-toast").get_by_role("button", name="Undo").click()
        expect(row(two, "First")).to_have_count(1)
        assert ids(saved(two)) == ["first", "each", "fetch", "keep", "any", "yes"]
        row(one, "Last").click()
        one.keyboard.press("Control+d")
        one.locator(".editor-banner").get_by_role("button", name="Keep mine").click()
        assert ids(saved(one)) == ["each", "fetch", "keep", "any", "yes", "last", "last_2"]


def test_without_a_connection_the_work_goes_on_and_leaving_is_asked_about(door: Door) -> None:
    with door.page("en-US", "main", expected="ERR_INTERNET_DISCONNECTED") as page:
        begin(door, page, "offline", REPORT)
        page.route(
            "**/draft",
            lambda route: route.abort("internetdisconnected") if route.request.method == "PUT" else route.continue_(),
        )
        row(page, "Last").click()
        page.keyboard.press("Delete")
        expect(page.locator(".editor-banner")).to_contain_text("saved as soon as it answers again")
        asked: list[str] = []
        page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
        page.evaluate("location.reload()")
        page.wait_for_timeout(500)
        assert asked == ["beforeunload"]
        page.unroute("**/draft")
        page.get_by_role("button", name="Try now").click()
        assert "last" not in ids(saved(page))


def test_text_that_is_no_json_is_kept_and_the_diagram_from_before_stays(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "no_json", REPORT)
        before = text(page)
        page.get_by_role("tab", name="JSON").click()
        _write(page, "{ not yet")
        expect(page.locator(".editor-saving.is-saved")).to_be_visible()
        assert text(page) == "{ not yet"
        page.get_by_role("tab", name="Steps").click()
        expect(page.locator(".editor-flow .flow-said")).to_contain_text("diagram from before")
        expect(page.locator(".editor-flow g.node[role=button]", has_text="Last")).to_be_visible()
        expect(page.locator(".editor-problems summary")).to_have_text("1")
        page.reload()
        expect(page.locator(".editor-standing")).to_contain_text("Not readable as JSON")
        page.get_by_role("tab", name="JSON").click()
        _write(page, before)
        page.get_by_role("tab", name="Steps").click()
        ready(page)
        assert ids(saved(page)) == ids(REPORT)


def test_it_is_published_with_a_message_and_runs(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "published", REPORT)
        expect(page.locator(".editor-standing")).to_contain_text("never published")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#publish-message")).to_be_focused()
        page.keyboard.type("The first one")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".editor-toast")).to_contain_text("Version 1 is published")
        expect(page.locator(".editor-standing")).to_contain_text("Version 1, nothing changed")
        row(page, "Last").click()
        page.keyboard.press("Control+d")
        saved(page)
        expect(page.locator(".editor-standing")).to_contain_text("Draft after version 1")
        page.get_by_role("button", name="Publish", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
        expect(page.locator(".editor-toast")).to_contain_text("Version 2 is published")
        page.locator(".editor-toast a").click()
        page.wait_for_url(re.compile(r"/workflows/[0-9a-f-]+$"))
        page.get_by_role("link", name="Run", exact=True).first.click()
        page.wait_for_url("**/run*")
        page.locator("main form input[type=text]").first.fill("properties/1")
        page.keyboard.press("Enter")
        page.wait_for_url("**/jobs/*")
        expect(page.locator("main .state-badge").first).to_contain_text("succeeded", timeout=60_000)


def test_what_has_problems_is_not_published_and_each_leads_to_its_step(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(
            door, page, "wrong", [{"id": "a", "name": "Empty", "steps": []}, {"id": "b", "name": "Fine", "wait": "1s"}]
        )
        expect(row(page, "Empty").locator(".editor-row-trouble")).to_be_visible()
        page.locator(".editor-problems summary").click()
        page.locator(".editor-problem-list button").first.click()
        expect(row(page, "Empty")).to_have_attribute("aria-selected", "true")


def test_a_draft_is_given_up_only_after_a_question(door: Door) -> None:
    with door.page("en-US", "main") as page:
        begin(door, page, "given_up", REPORT)
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")
        expect(page.locator(".editor-standing")).to_contain_text("Version 1, nothing changed")
        row(page, "Last").click()
        page.keyboard.press("Delete")
        saved(page)
        _menu(page, "Discard the draft")
        page.get_by_role("alertdialog").get_by_role("button", name="Leave it").click()
        assert "last" not in ids(json.loads(text(page)))
        _menu(page, "Discard the draft")
        page.get_by_role("alertdialog").get_by_role("button", name="Discard it").click()
        expect(row(page, "Last")).to_have_count(1)
        assert ids(saved(page)) == ids(REPORT)
        drawn(page)


def _menu(page: Page, words: str) -> None:
    page.locator(".editor-acts > .menu").last.locator("summary").click()
    page.get_by_role("button", name=words).click()


def _write(page: Page, words: str) -> None:
    """Put a text into the JSON tab, whatever stands there."""
    editor = page.locator(".cm-content, textarea.editor-text").first
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(words)
