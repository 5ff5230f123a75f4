"""The console in a real browser, over a real installation, as a person uses it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation
from playwright.sync_api import Browser, Page, expect, sync_playwright

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("there is no Chromium here; on Debian: apt-get install chromium", allow_module_level=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield launched
        launched.close()


@pytest.fixture(scope="module")
def password(platform: Installation) -> str:
    """What the first start said, the only time."""
    said = (platform.data.parent / "up.log").read_text()
    found = re.search(r"password (\S+)", said)
    assert found is not None, said
    return found[1]


@pytest.fixture
def page(browser: Browser, platform: Installation, password: str, request: Any) -> Iterator[Page]:
    """Logged in; the test fails when the browser complains about anything."""
    wanted: dict[str, Any] = {
        "locale": "en",
        "viewport": {"width": 1360, "height": 900},
        **getattr(request, "param", {}),
    }
    context = browser.new_context(**wanted)
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.goto(platform.url)
    opened.fill("#email", "admin@tropeiro.local")
    opened.fill("#password", password)
    opened.keyboard.press("Enter")
    opened.wait_for_url(lambda address: "/login" not in address)
    yield opened
    context.close()
    assert complaints == []


def waiting_job(platform: Installation, folder: Path) -> str:
    """A job that asks how much."""
    form = {"type": "object", "required": ["amount"], "properties": {"amount": {"type": "integer", "title": "Amount"}}}
    steps = [
        {"id": "ask", "name": "Ask the boss", "approval": {"title": "How much?", "form": form}},
        {"id": "got", "uses": "core/set@1", "with": {"n": "{{ steps.ask.output.amount + 1 }}"}},
    ]
    document = folder / "asking.json"
    document.write_text(json.dumps({"name": "asking", "steps": steps}))
    job = platform.started(str(document))
    platform.wait_until("SELECT 1 FROM tropeiro_packet WHERE job_id = %(job)s AND wait_kind = 'approval'", job=job)
    return job


def test_a_job_is_followed_live_from_its_question_to_its_output(
    page: Page, platform: Installation, tmp_path: Path
) -> None:
    job = waiting_job(platform, tmp_path)
    page.goto(f"{platform.url}/jobs/{job}")
    expect(page.get_by_role("heading", name="How much?")).to_be_visible()
    page.get_by_label("Amount").fill("41")
    page.get_by_role("button", name="Answer").click()
    expect(page.locator("h1 .state")).to_contain_text("succeeded", timeout=40_000)
    page.get_by_role("link", name="Input and output").click()
    expect(page.get_by_text('"n": 42')).to_be_visible()


def test_a_page_that_is_open_shows_what_happens_elsewhere(page: Page, platform: Installation, tmp_path: Path) -> None:
    job = waiting_job(platform, tmp_path)
    page.goto(f"{platform.url}/jobs/{job}")
    expect(page.locator("h1 .state")).to_contain_text("waiting")
    assert platform.tropeiro("job", "answer", job, "--with", '{"amount": 1}').code == 0
    expect(page.locator("h1 .state")).to_contain_text("succeeded", timeout=40_000)


def test_cancelling_asks_first_and_is_final(page: Page, platform: Installation, tmp_path: Path) -> None:
    job = waiting_job(platform, tmp_path)
    page.goto(f"{platform.url}/jobs/{job}")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Leave it running").click()
    expect(page.locator("h1 .state")).to_contain_text("waiting")
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Cancel the job").click()
    expect(page.locator("h1 .state")).to_contain_text("cancelled", timeout=40_000)
    assert platform.finished(job)["state"] == "cancelled"


def test_what_happens_meanwhile_does_not_close_a_question(page: Page, platform: Installation, tmp_path: Path) -> None:
    job = waiting_job(platform, tmp_path)
    page.goto(f"{platform.url}/jobs/{job}")
    page.get_by_role("button", name="Cancel…").click()
    with page.expect_event("console", lambda said: said.text == "heard", timeout=40_000):
        page.evaluate(
            """address => new EventSource(address).addEventListener("head", (event) => {
                if (event.data.includes("state-paused")) console.log("heard");
            })""",
            page.locator("#job").get_attribute("data-live"),
        )
        assert platform.tropeiro("job", "pause", job).code == 0
    expect(page.get_by_role("heading", name="Cancel this job?")).to_be_visible()
    page.get_by_role("button", name="Leave it running").click()
    expect(page.locator("h1 .state")).to_contain_text("paused", timeout=40_000)


SIZES = [
    {"locale": "pt-BR", "color_scheme": "light", "viewport": {"width": 1360, "height": 900}},
    {"locale": "en", "color_scheme": "dark", "viewport": {"width": 375, "height": 740}},
    {"locale": "pt-BR", "color_scheme": "dark", "viewport": {"width": 375, "height": 740}},
]


@pytest.mark.parametrize("page", SIZES, indirect=True, ids=lambda size: f"{size['locale']}-{size['viewport']['width']}")
def test_every_screen_fits_its_width_and_speaks_its_language(
    page: Page, platform: Installation, tmp_path: Path
) -> None:
    job = waiting_job(platform, tmp_path)
    for address in ("/jobs", f"/jobs/{job}"):
        page.goto(platform.url + address)
        too_wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert too_wide <= 0, f"{address} is {too_wide} px too wide"
    language = page.evaluate("document.documentElement.lang")
    expect(page.locator("h1 .state")).to_contain_text("aguardando" if language.startswith("pt") else "waiting")


def test_a_step_opens_at_the_side_and_the_diagram_follows_the_job(
    page: Page, platform: Installation, tmp_path: Path
) -> None:
    job = waiting_job(platform, tmp_path)
    page.goto(f"{platform.url}/jobs/{job}?tab=flow")
    expect(page.locator('.flow[data-drawn="yes"]')).to_be_visible(timeout=60_000)
    asking, after = page.locator("g.flow-approval"), page.locator("g.flow-call")
    expect(asking).to_have_class(re.compile("flow-is-waiting"))
    expect(after).to_have_class(re.compile("flow-is-ahead"))
    drawing = page.locator(".flow-canvas svg").get_attribute("id")
    assert platform.tropeiro("job", "answer", job, "--with", '{"amount": 41}').code == 0
    expect(after).to_have_class(re.compile("flow-is-succeeded"), timeout=40_000)
    assert page.locator(".flow-canvas svg").get_attribute("id") == drawing
    after.click()
    expect(page.locator("#drawer")).to_contain_text('"n": 42', timeout=20_000)
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_many_jobs_are_cancelled_from_the_list_with_the_count_first(
    page: Page, platform: Installation, tmp_path: Path
) -> None:
    jobs = [waiting_job(platform, tmp_path) for _ in range(2)]
    page.goto(f"{platform.url}/jobs?state=waiting&q=asking")
    for job in jobs:
        page.locator(f"#tick-{job}").check()
    expect(page.get_by_text("2 jobs chosen")).to_be_visible()
    page.get_by_role("button", name="Cancel…").click()
    expect(page.get_by_role("heading", name="Cancel 2 jobs?")).to_be_visible()
    page.get_by_role("button", name="Cancel 2 jobs").click()
    expect(page.get_by_text("2 done")).to_be_visible(timeout=40_000)
    assert {platform.finished(job)["state"] for job in jobs} == {"cancelled"}
