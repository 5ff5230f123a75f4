"""Takes the pictures of the README: ``make pictures``. A real installation, the sample's job and the demonstration."""

from __future__ import annotations

import json
import re
import shutil
import sys
import tempfile
from pathlib import Path

from editing import begin, drawn, row
from installation import Installation, installed
from playwright.sync_api import sync_playwright
from sessions import NARROW, Door

from tropeiro.platform import data_folder, database
from tropeiro.samples import google_analytics
from tropeiro.samples.google_analytics.emulator import start

IMAGES = Path(__file__).parents[2] / "docs/images"
REPORT = ("google-analytics/report", "--inputs", '{"property": "properties/1234", "days": 28}', "--no-wait", "--json")
_WORKFLOW = (
    "SELECT w.id FROM tropeiro_workflow w JOIN tropeiro_organization o ON o.id = w.organization_id"
    " WHERE o.slug = 'demo' AND w.name = 'issue-invoice'"
)


def main() -> None:
    """Take them all. Needs Chromium and a few minutes."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium here; on Debian: apt-get install chromium")
    with tempfile.TemporaryDirectory(prefix="tropeiro-pictures-") as folder:
        server = Path(folder) / "server"
        data_folder.prepare(server)
        with (
            database.running(server) as url,
            start(port=0) as emulator,
            installed(Path(folder) / "data", url, TROPEIRO_GA_ENDPOINT=emulator.url) as platform,
            sync_playwright() as playwright,
        ):
            platform.tropeiro("demo", timeout=900)
            job = platform.tropeiro("run", *REPORT).json()["job"]
            platform.finished(job)
            found = re.search(r"password (\S+)", (platform.data.parent / "up.log").read_text())
            assert found is not None
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            _take(Door(browser, platform.url, "admin@tropeiro.local", found[1]), platform, job)
            browser.close()


def _take(door: Door, platform: Installation, job: str) -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    workflow = platform.query(_WORKFLOW)[0]["id"]
    for name, address, organization, wanted in (
        ("dashboard", "/?days=28", "demo", {}),
        ("job", f"/jobs/{job}", "main", {}),
        ("workflow", f"/workflows/{workflow}", "demo", {"color_scheme": "dark"}),
        ("jobs-on-a-phone", "/jobs", "demo", {"viewport": NARROW, "color_scheme": "dark"}),
    ):
        with door.page("en-US", organization, **wanted) as page:
            page.goto(door.url + address)
            page.wait_for_load_state("networkidle")
            page.screenshot(path=IMAGES / f"{name}.png", animations="disabled")
    take_editor(door)


def take_editor(door: Door) -> None:
    """The sample's report, opened in the editor as somebody's own workflow."""
    report = json.loads((Path(google_analytics.__file__).parent / "workflows/report.json").read_text())
    with door.page("en-US", "main") as page:
        begin(door, page, "my-report", report, "google-analytics")
        row(page, "Fetch the records").click()
        page.locator("[data-flow-act=fit]").click()
        page.wait_for_load_state("networkidle")
        drawn(page)
        page.screenshot(path=IMAGES / "editor.png", animations="disabled")


if __name__ == "__main__":
    main()
