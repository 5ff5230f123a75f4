"""How many bytes a first visit costs: gzipped, every file that the page loads."""

from __future__ import annotations

import gzip
from urllib.request import urlopen

import pytest
from playwright.sync_api import Response
from sessions import Door

KB = 1000
BUDGETS = {"/jobs": 140 * KB, "/": 165 * KB}
"""Address → most bytes of styles, scripts and icons, gzipped. /jobs stands for what every page has in common."""


@pytest.mark.parametrize("address", list(BUDGETS))
def test_a_first_visit_stays_within_its_budget(door: Door, address: str) -> None:
    loaded: set[str] = set()

    def note(response: Response) -> None:
        if "/static/" in response.url:
            loaded.add(response.url.partition("#")[0])

    with door.page() as page:
        page.on("response", note)
        page.goto(door.url + address)
        page.wait_for_load_state("networkidle")
    sizes = {url: len(gzip.compress(urlopen(url, timeout=10).read(), 9)) for url in loaded}
    assert len(sizes) >= 3
    assert sum(sizes.values()) <= BUDGETS[address], sizes
