"""The editor as somebody uses it: a draft begun, what it says, what is seen of it."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sessions import Door

REPORT: dict[str, Any] = {
    "schema": "tropeiro/v1",
    "name": "tried",
    "inputs": {"type": "object", "properties": {"property": {"type": "string"}}},
    "steps": [
        {"id": "first", "name": "First", "uses": "core/set@1", "with": {"at": "{{ inputs.property }}"}},
        {
            "id": "each",
            "name": "Each item",
            "foreach": "{{ [1, 2] }}",
            "steps": [
                {"id": "fetch", "name": "Fetch", "uses": "core/set@1", "with": {"value": "{{ item }}"}},
                {"id": "keep", "name": "Keep", "uses": "core/set@1", "with": {"value": "{{ steps.fetch.output }}"}},
            ],
        },
        {
            "id": "any",
            "name": "Any?",
            "cases": [{"if": "{{ steps.each.output }}", "steps": [{"id": "yes", "name": "Yes", "wait": "10ms"}]}],
        },
        {"id": "last", "name": "Last", "uses": "core/set@1", "with": {"done": True}},
    ],
}
"""A workflow with one of each thing that the list shows."""


def begin(door: Door, page: Page, name: str, document: Any = None, project: str = "", *, wide: bool = True) -> None:
    """A new workflow in the editor, from a document or from nothing. Not ``wide``: its diagram is not seen at first."""
    page.goto(f"{door.url}/workflows/new")
    page.locator("#name").fill(name)
    if project:
        page.locator("#project").select_option(project)
    if document is not None:
        page.locator("input[name=start][value=paste]").check()
        page.locator("textarea[name=document]").fill(json.dumps(document))
    page.locator("main form button.btn-primary").click()
    page.wait_for_url("**/edit")
    expect(page.locator(".editor-row").first).to_be_visible()
    if wide:
        drawn(page)


def ready(page: Page) -> None:
    """Wait until list and diagram are there."""
    expect(page.locator(".editor-row").first).to_be_visible()
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the diagram shows what the list does."""
    expect(page.locator(".editor-flow[data-drawn=yes]")).to_be_visible(timeout=60_000)


def saved(page: Page) -> Any:
    """Wait until the server has what is seen; the document that it has."""
    expect(page.locator(".editor-saving.is-saved")).to_be_visible()
    return json.loads(text(page))


def text(page: Page) -> str:
    """The draft's text, as the server has it."""
    return str(
        page.evaluate("fetch(location.pathname.replace(/edit$/, 'draft')).then((r) => r.json()).then((d) => d.text)")
    )


def ids(document: Any) -> list[str]:
    """Ids of all steps, in the order in which they are written."""
    found: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, list):
            for one in value:
                walk(one)
        elif isinstance(value, dict):
            if "id" in value:
                found.append(value["id"])
            for key in ("steps", "branches", "cases", "else", "on_error"):
                inner = value.get(key)
                walk(list(inner.values()) if key == "branches" and inner else inner)

    walk(document)
    return found


def row(page: Page, name: str) -> Locator:
    """The row of a step, by what it is called."""
    return page.locator(f'.editor-row-step:has(> .editor-row-title:text-is("{name}"))')


def names(page: Page) -> list[str]:
    """What the rows of steps are called, from top to bottom."""
    return page.locator(".editor-row-step > .editor-row-title").all_inner_texts()


def focused(page: Page) -> str:
    """What the row is called that has the focus."""
    return str(page.evaluate("document.activeElement.querySelector('.editor-row-title')?.textContent ?? ''"))
