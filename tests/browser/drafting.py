"""Workflows that are begun in a browser, and what their drafts say as it goes on."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

from playwright.sync_api import Locator, Page, expect

_BEGIN = """async ([name, text]) => {
  const page = await fetch("/workflows/new");
  const made = new DOMParser().parseFromString(await page.text(), "text/html");
  const form = new FormData(made.querySelector("main form"));
  form.set("name", name);
  form.set("start", "paste");
  form.set("document", text);
  return (await fetch("/workflows/new", { method: "POST", body: form })).url;
}"""
_DRAFT = "async () => (await (await fetch(location.pathname.replace(/edit$/, 'draft'))).json()).text"


def begun(page: Page, url: str, document: Any) -> None:
    """Begin a draft with a document, or with a text that is none, and open its editor."""
    text = document if isinstance(document, str) else json.dumps(document, indent=2)
    page.goto(f"{url}/workflows")
    page.goto(page.evaluate(_BEGIN, [f"w{uuid4().hex[:12]}", text]))
    expect(page.locator("[role=tree]")).to_be_visible()


def saved_text(page: Page) -> str:
    """What the server has, once it has everything."""
    expect(page.locator(".editor-saving[role=status]")).to_have_class("editor-saving is-saved")
    text: str = page.evaluate(_DRAFT)
    return text


def saved(page: Page) -> Any:
    """The document that the server has, once it has everything."""
    return json.loads(saved_text(page))


def choose(page: Page, pointer: str) -> Locator:
    """Click a step in the list; its panel."""
    page.locator(f'[role=treeitem][data-key="{pointer}"]').click()
    return page.locator(".panel")


def unfold(panel: Locator, title: str) -> Locator:
    """A part of the panel, opened."""
    part = panel.locator("details.panel-fold").filter(has=panel.page.locator("summary", has_text=title)).first
    if part.get_attribute("open") is None:
        part.locator("summary").first.click()
    return part
