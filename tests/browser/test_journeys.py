"""What people do from one end to the other, in a real browser: with its checks of forms, its dialogs and its keys."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from installation import Installation
from playwright.sync_api import expect
from screens import things
from sessions import Door


def test_a_point_of_the_dashboards_chart_opens_its_jobs_by_keyboard(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/?days=7")
        chart = page.locator("main [role=application]").first
        expect(chart.locator("canvas")).to_be_visible()
        chart.focus()
        page.keyboard.press("End")
        with page.expect_navigation():
            page.keyboard.press("Enter")
        asked = parse_qs(urlsplit(page.url).query)
        assert urlsplit(page.url).path == "/jobs"
        assert asked["from"][0] < asked["to"][0]
        expect(page.locator("main h1")).to_have_text("Jobs")


def test_a_project_is_made_archived_restored_and_deleted(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/projects/-/new")
        page.get_by_label("Name", exact=True).fill("Passing by")
        page.get_by_label("Short name").fill("passing-by")
        page.get_by_role("button", name="Create the project").click()
        page.wait_for_url("**/projects/passing-by**")
        page.goto(f"{door.url}/projects/passing-by/settings")
        page.get_by_role("button", name="Archive…").click()
        question = page.get_by_role("alertdialog", name="Archive Passing by?")
        expect(question.get_by_role("button", name="Leave it")).to_be_focused()
        with page.expect_navigation():
            question.get_by_role("button", name="Archive the project").click()
        page.goto(f"{door.url}/projects/passing-by/settings")
        with page.expect_navigation():
            page.get_by_role("button", name="Restore").click()
        page.goto(f"{door.url}/projects/passing-by/delete")
        page.get_by_label("to delete it").fill("passing-by")
        with page.expect_navigation():
            page.get_by_role("button", name="Delete the project").click()
        assert page.goto(f"{door.url}/search?q=passing-by") is not None
        expect(page.locator("main")).not_to_contain_text("Passing by")


def test_an_invitation_is_accepted_in_a_second_browser(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/settings/members/invite")
        page.locator("input[name=role][value=viewer]").check()
        with page.expect_navigation():
            page.get_by_role("button", name="Make the link").click()
        link = page.get_by_label("Link", exact=True).input_value()
        with door.page(organization="") as stranger:
            stranger.goto(link)
            stranger.get_by_role("link", name="Create an account").click()
            stranger.get_by_label("Name", exact=True).fill("Vera")
            stranger.get_by_label("E-mail address").fill("vera@example.org")
            stranger.locator("input[type=password]").first.fill("a lantern of the drovers")
            with stranger.expect_navigation():
                stranger.get_by_role("button", name="Create the account and join").click()
            stranger.goto(f"{door.url}/jobs")
            expect(stranger.locator(".topbar")).to_contain_text("Vera")
            expect(stranger.locator("main h1")).to_have_text("Jobs")
            with door.page(organization="") as third:
                third.goto(link)
                expect(third.locator("main")).to_contain_text("Ask for a new one.")
        page.goto(f"{door.url}/settings/members")
        expect(page.locator("main")).to_contain_text("Vera")


def test_a_credential_is_made_replaced_and_deleted(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/credentials/new?form=bearer")
        page.get_by_label("Name", exact=True).fill("passing-token")
        page.locator("input[type=password]").first.fill("first-secret")
        with page.expect_navigation():
            page.get_by_role("button", name="Store").click()
        expect(page.locator("main h1")).to_have_text("passing-token")
        page.get_by_role("link", name="Replace…").click()
        expect(page.locator("input[type=password]").first).to_have_value("")
        page.locator("input[type=password]").first.fill("second-secret")
        with page.expect_navigation():
            page.get_by_role("button", name="Replace", exact=True).click()
        assert "first-secret" not in page.content()
        assert "second-secret" not in page.content()
        page.get_by_role("button", name="Delete…").click()
        with page.expect_navigation():
            page.get_by_role("alertdialog").get_by_role("button", name="Delete the credential").click()
        expect(page.locator("main table")).not_to_contain_text("passing-token")


def test_a_trigger_is_made_after_a_look_at_its_next_times_and_deleted(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/triggers/new")
        assert page.get_by_label("Time zone").input_value() == "America/Sao_Paulo"
        page.get_by_label("Name", exact=True).fill("passing-trigger")
        page.get_by_label("What it starts").fill("core/set")
        page.locator("#cron").fill("0 7 * * MON-FRI")
        with page.expect_navigation():
            page.get_by_role("button", name="Show the next times").click()
        expect(page.locator("main ol.moments-flat li")).to_have_count(5)
        expect(page.get_by_label("Name", exact=True)).to_have_value("passing-trigger")
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()
        expect(page.locator("main h1")).to_have_text("passing-trigger")
        page.get_by_role("button", name="Delete…").click()
        with page.expect_navigation():
            page.get_by_role("alertdialog").get_by_role("button", name="Delete the trigger").click()
        assert urlsplit(page.url).path == "/triggers"


def test_a_workflow_is_copied_removed_and_restored(door: Door, platform: Installation) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{things(platform)['workflow']}/copy")
        page.get_by_label("Name", exact=True).fill("passing-copy")
        with page.expect_navigation():
            page.get_by_role("button", name="See what is missing there").click()
        expect(page.get_by_label("Name", exact=True)).to_have_value("passing-copy")
        expect(page.locator("main")).to_contain_text("What its new place has")
        with page.expect_navigation():
            page.get_by_role("button", name="Save the copy").click()
        expect(page.locator("main h1")).to_contain_text("passing-copy")
        page.locator("main details.menu > summary").first.click()
        page.get_by_role("button", name="Remove…").click()
        with page.expect_navigation():
            page.get_by_role("alertdialog").get_by_role("button", name="Remove the workflow").click()
        page.goto(f"{door.url}/workflows?tab=removed")
        page.get_by_role("link", name=re.compile("passing-copy")).first.click()
        with page.expect_navigation():
            page.get_by_role("button", name="Restore").click()
        page.goto(f"{door.url}/workflows")
        expect(page.locator("main table")).to_contain_text("passing-copy")


def test_a_question_is_rejected_with_a_reason_and_its_step_fails(
    door: Door, platform: Installation, tmp_path: Path
) -> None:
    asking = tmp_path / "asking.json"
    asking.write_text('[{"id": "ask", "approval": {"title": "Shall we publish?"}}]')
    job = platform.tropeiro("run", str(asking), "--no-wait", "--json", "-o", "demo").json()["job"]
    with door.page() as page:
        page.goto(f"{door.url}/jobs/{job}")
        question = page.locator("section.question")
        expect(question).to_contain_text("Shall we publish?", timeout=30_000)
        page.locator("a[data-step-link]").first.click()
        drawer = page.locator("#drawer")
        expect(drawer.get_by_role("button", name="Approve")).to_be_visible()
        drawer.get_by_role("button", name="Reject…").click()
        asked = page.get_by_role("dialog", name="Reject?").last
        asked.get_by_label("Reason").fill("Too early")
        with page.expect_navigation():
            asked.get_by_role("button", name="Reject", exact=True).click()
        expect(page.locator("main .state-badge").first).to_contain_text("failed", timeout=30_000)
        expect(page.locator(".cause-panel")).to_contain_text("Rejected by admin@tropeiro.local: Too early")
        expect(page.locator(".cause-panel")).to_contain_text("rejected")


def test_the_result_of_a_tried_service_appears_without_a_reload(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/services?tab=public&q=core/log")
        page.locator("main table a.cover").first.click()
        page.get_by_role("link", name="Test", exact=True).click()
        page.get_by_label("message").first.fill("Hear, hear")
        with page.expect_navigation():
            page.get_by_role("button", name="Run").click()
        expect(page.locator(".result .state-badge")).to_contain_text("succeeded", timeout=30_000)
        expect(page.locator(".result .test-log")).to_contain_text("Hear, hear")


def test_dragging_over_the_bars_of_the_logs_chooses_their_time(door: Door) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/logs?range=7d")
        bars = page.locator(".log-bars a[data-from]")
        expect(bars.last).to_be_attached()
        first, last = (bars.nth(place).bounding_box() for place in (-12, -4))
        assert first is not None
        assert last is not None
        page.mouse.move(first["x"] + 2, first["y"] + 20)
        page.mouse.down()
        page.mouse.move(last["x"] + 2, last["y"] + 20, steps=5)
        with page.expect_navigation():
            page.mouse.up()
        asked = parse_qs(urlsplit(page.url).query)
        assert asked["range"] == ["custom"]
        assert asked["from"][0] < asked["to"][0]
