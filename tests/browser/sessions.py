"""Pages of the console as somebody sees them who is logged in, and what their browser complains about."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

WIDE = {"width": 1360, "height": 900}
NARROW = {"width": 375, "height": 780}
ZONE = "America/Sao_Paulo"


@dataclass
class Door:
    """Logs in once for each language and keeps that session for every page after it."""

    browser: Browser
    url: str
    email: str
    password: str
    _kept: dict[tuple[str, str], Any] = field(default_factory=dict)

    @contextmanager
    def page(
        self, language: str = "en-US", organization: str = "demo", expected: str = "", **wanted: Any
    ) -> Iterator[Page]:
        """A page in a context of its own; for a stranger without an organization.

        Ends with an error when the browser complained about anything but what matches ``expected``: it tells its
        console of every answer that is no success, also of those that the page is there to deal with.
        """
        context = self._context(language, organization, wanted)
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            yield page
        finally:
            context.close()
        assert [said for said in complaints if not (expected and re.search(expected, said))] == []

    def _context(self, language: str, organization: str, wanted: dict[str, Any]) -> BrowserContext:
        settings = {"locale": language, "timezone_id": ZONE, "viewport": WIDE, **wanted}
        if not organization:
            return self.browser.new_context(**settings)
        key = (language, organization)
        if key not in self._kept:
            context = self.browser.new_context(**settings)
            page = context.new_page()
            page.goto(f"{self.url}/login")
            self.log_in(page)
            page.locator(".topbar summary").first.click()
            with page.expect_navigation():
                page.locator(f"button[name=organization][value={organization}]").click()
            self._kept[key] = context.storage_state()
            context.close()
        return self.browser.new_context(storage_state=self._kept[key], **settings)

    def log_in(self, page: Page) -> None:
        """Fill the form that is shown, by keyboard."""
        page.locator("input[type=email]").focus()
        page.keyboard.type(self.email)
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") != "password":
            page.locator("input[type=password]").focus()
        page.keyboard.type(self.password)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/login" not in url)
