"""A real installation in real browsers: one for the whole run, filled with the demonstration.

``SCREENSHOTS`` names a folder for pictures of every screen, to be looked at; without it none are taken.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from installation import Installation, installed
from playwright.sync_api import Browser, Playwright, sync_playwright
from sessions import Door

from tropeiro.samples.google_analytics.emulator import start

CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
DAYS = 3


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    missing = pytest.mark.skip(reason="there is no Chromium here; on Debian: apt-get install chromium")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.timeout(300))
            if CHROMIUM is None:
                item.add_marker(missing)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(
        executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
    )
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def platform(
    postgres_server: Any, database_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Installation]:
    """``tropeiro up`` with the sample project, and the demonstration of three days beside it."""
    data: Path = tmp_path_factory.mktemp("browser") / "data"
    with (
        postgres_server.database(template=database_template) as url,
        start(port=0) as emulator,
        # Signs of life may be late where browsers keep both cores busy.
        installed(data, url, TROPEIRO_LEASE_SECONDS="15", TROPEIRO_GA_ENDPOINT=emulator.url) as installation,
    ):
        filled = installation.tropeiro("demo", "--days", str(DAYS), timeout=240)
        assert filled.code == 0, filled.err
        yield installation


@pytest.fixture(scope="session")
def door(browser: Browser, platform: Installation) -> Door:
    """Opens pages to somebody who is logged in, once for each language."""
    said = (platform.data.parent / "up.log").read_text()
    found = re.search(r"password (\S+)", said)
    assert found is not None, said
    return Door(browser, platform.url, "admin@tropeiro.local", found[1])
