"""The diagram of a workflow as a file: SVG, PNG and mermaid text, from a real page."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import parse

import pytest
from installation import Installation
from playwright.sync_api import Page, expect
from sessions import Door
from staging import saved_workflow

HOSTILE = '<img src=x onerror="alert(1)"> $$x$$ "quoted" [b] 🎉'
STEPS = [
    {"id": "a", "name": HOSTILE, "uses": "core/set@1", "with": {}},
    {"id": "which", "cases": [{"if": "{{ 1 > 0 }}", "steps": [{"id": "b", "uses": "core/set@1", "with": {}}]}]},
]


@pytest.fixture(scope="module")
def workflow(platform: Installation) -> str:
    return saved_workflow(platform, "demo", "drawn", STEPS)


def _opened(page: Page, door: Door, workflow: str) -> None:
    page.goto(f"{door.url}/workflows/{workflow}/flow")
    expect(page.locator(".flow")).to_have_attribute("data-drawn", "yes", timeout=30_000)
    page.locator(".flow-exports summary").click()


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_it_is_saved_as_a_picture(door: Door, workflow: str, tmp_path: Path, colours: str) -> None:
    with door.page(color_scheme=colours) as page:
        _opened(page, door, workflow)
        with page.expect_download() as download:
            page.get_by_role("button", name="As SVG").click()
        assert download.value.suggested_filename == "drawn.svg"
        download.value.save_as(tmp_path / "drawn.svg")
        root = parse(tmp_path / "drawn.svg").getroot()
        texts = [one.text or "" for one in root.iter("{http://www.w3.org/2000/svg}text")]
        assert any(text.replace("\u2009", "").startswith("<img src=x onerror=") for text in texts)
        page.locator(".flow-exports summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="As PNG").click()
        assert download.value.suggested_filename == "drawn.png"
        download.value.save_as(tmp_path / "drawn.png")
        png = (tmp_path / "drawn.png").read_bytes()
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(png[16:20]) == round(2 * float(root.attrib["width"]))


def test_its_mermaid_text_is_saved_and_copied(door: Door, workflow: str, tmp_path: Path) -> None:
    with door.page(permissions=["clipboard-read", "clipboard-write"]) as page:
        _opened(page, door, workflow)
        with page.expect_download() as download:
            page.get_by_role("button", name="As mermaid text").click()
        assert download.value.suggested_filename == "drawn.mmd"
        download.value.save_as(tmp_path / "drawn.mmd")
        text = (tmp_path / "drawn.mmd").read_text()
        assert text.startswith("flowchart TB\n")
        assert "<img" not in text
        page.locator(".flow-exports summary").click()
        page.get_by_role("button", name="Copy the mermaid text").click()
        expect(page.locator(".flow-said")).to_have_text("The mermaid text is copied.")
        assert page.evaluate("navigator.clipboard.readText()") == text


def test_a_draft_is_saved_from_the_editor_without_what_is_only_for_editing(
    door: Door, workflow: str, tmp_path: Path
) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{workflow}/edit")
        expect(page.locator(".editor-flow")).to_have_attribute("data-drawn", "yes", timeout=30_000)
        pluses = page.locator(".flow-insert").count()
        assert pluses > 0
        page.locator("[role=treeitem]").first.click()
        expect(page.locator(".flow-chosen")).to_have_count(1)
        page.locator(".editor-flow .flow-exports summary").click()
        with page.expect_download() as download:
            page.get_by_role("button", name="As SVG").click()
        assert download.value.suggested_filename == "drawn.svg"
        download.value.save_as(tmp_path / "drawn.svg")
        root = parse(tmp_path / "drawn.svg").getroot()
        svg = "{http://www.w3.org/2000/svg}"
        focus = {one.attrib.get("stroke-width") for one in root.iter(f"{svg}rect")}
        assert "3" not in focus
        # Circles are the dots of the drawing, none those of a plus.
        assert not [one for one in root.iter(f"{svg}circle") if one.attrib["r"] in ("9", "13")]
        expect(page.locator(".flow-chosen")).to_have_count(1)


def test_the_document_is_saved_as_a_file_that_says_what_it_is(door: Door, workflow: str) -> None:
    with door.page() as page:
        page.goto(f"{door.url}/workflows/{workflow}")
        page.locator(".page-head details summary").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="Save as a file").click()
        assert download.value.suggested_filename == "drawn@1.json"
