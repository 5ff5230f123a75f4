"""The diagram of a workflow, drawn by a real browser under the console's policy: texts of users stay texts, and what
mermaid makes can be found again by what it was made of.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tropeiro.web.django_settings import CONTENT_SECURITY_POLICY

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

ROOT = Path(__file__).parents[2]
ESBUILD = ROOT / "frontend/node_modules/.bin/esbuild"
CHROMIUM = next((found for name in ("chromium", "google-chrome", "chrome") if (found := shutil.which(name))), None)
if CHROMIUM is None:
    pytest.skip("there is no Chromium here; on Debian: apt-get install chromium", allow_module_level=True)
if not ESBUILD.exists():
    pytest.skip("the console's packages are not installed; run make setup", allow_module_level=True)

PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<link rel="stylesheet" href="/console.css"></head><body><div class="flow"><div class="flow-canvas" tabindex="0"></div>
<p class="flow-said" hidden></p><button data-flow-act="in">+</button><button data-flow-act="open">open</button></div>
<script type="module" src="/flow_page.js"></script></body></html>"""

REPORT = {
    "name": "report",
    "steps": [
        {"id": "pagination", "name": "Fetch the pagination", "uses": "main/google-analytics/pagination@1"},
        {
            "id": "pages",
            "name": "Each page",
            "foreach": "{{ steps.pagination.output.pages }}",
            "steps": [
                {"id": "fetch", "uses": "google-analytics/records@1"},
                {"id": "keep", "if": "{{ item.ok }}", "uses": "core/set@1"},
            ],
        },
        {
            "id": "any",
            "cases": [{"if": "{{ steps.pages.output }}", "steps": [{"id": "sum", "uses": "core/flatten@1"}]}],
            "else": [{"id": "none", "wait": "10s"}],
        },
        {"id": "both", "branches": {"left": [{"id": "l", "uses": "core/set@1"}], "right": [{"id": "r", "wait": "1s"}]}},
        {"id": "ask", "approval": {"title": "Go on?"}, "on_error": [{"id": "tell", "uses": "core/notify@1"}]},
        {"id": "many", "foreach": "{{ [1, 2] }}", "uses": "core/http@1"},
    ],
}
HOSTILE = [
    '"quoted" [brackets] (round) {curly}',
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "</foreignObject><svg onload=alert(1)>",
    "$$x^2$$ and $$$",
    "👩‍👩‍👧‍👦 emoji 🎉",
    "a`b`c **bold** _it_ ~~s~~",
    "end",
    "#35; &lt;b&gt; &#60; #60;",
    "; graph TD; A-->B",
    "%%{init: {}}%%",
    "- list",
    "1. one",
    "fa:fa-ban x",
    "ação é ü ß 漢字 العربية",
    "click s0 call alert()",
    "@{shape: x}",
    "style x fill:#f00",
    "|pipe| & --> o--o",
    "back\\nslash \\",
    '"""',
    "javascript:alert(1)",
]


class _Console(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        super().end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page with the module, served as the console serves its own."""
    folder = tmp_path_factory.mktemp("flow")
    shared = [str(ESBUILD), "--bundle", "--log-level=error", f"--outdir={folder}", "--target=es2022"]
    script = [*shared, "--format=esm", "--splitting", str(ROOT / "tests/flow/flow_page.ts")]
    subprocess.run(script, check=True, cwd=ROOT / "frontend", timeout=120)
    style = [*shared, "--loader:.svg=dataurl", str(ROOT / "frontend/src/console.css")]
    subprocess.run(style, check=True, cwd=ROOT / "frontend", timeout=120)
    (folder / "index.html").write_text(PAGE)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Console, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def said() -> list[str]:
    """What the browser complained about."""
    return []


@pytest.fixture(scope="module")
def page(address: str, said: list[str]) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_page(viewport={"width": 1200, "height": 900}, locale="en")
        opened.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        opened.on("pageerror", lambda error: said.append(str(error)))
        opened.on("dialog", lambda dialog: said.append(f"dialog: {dialog.message}") or dialog.dismiss())
        opened.goto(address)
        opened.wait_for_function("() => window.show")
        yield opened
        browser.close()


def _shown(text: str) -> str:
    """A text as a label shows it: what has little or no width parts what mermaid would read again."""
    return text.replace("\u2009", "").replace("\u200b", "")


def test_what_mermaid_made_is_found_by_the_ids_that_it_was_given(page: Page, said: list[str]) -> None:
    made = page.evaluate("d => show(d)", REPORT)
    assert set(made["wanted"]) <= set(made["drawn"])
    assert sorted(made["wantedEdges"]) == sorted(made["drawnEdges"])
    assert said == []


def test_texts_fit_into_their_nodes(page: Page) -> None:
    assert page.evaluate("d => show(d)", REPORT)["cut"] == 0


def test_hostile_texts_are_shown_as_they_are_and_do_nothing(page: Page, said: list[str]) -> None:
    steps = [{"id": f"h{n}", "name": text, "uses": text} for n, text in enumerate(HOSTILE)]
    steps.append({"id": "c", "name": HOSTILE[0], "cases": [{"if": text, "steps": []} for text in HOSTILE[:8]]})
    made = page.evaluate("d => show(d)", steps)
    shown = "\n".join(_shown(label or "") for label in made["labels"])
    missing = [text for text in HOSTILE if text not in shown and text[:33].rstrip() not in shown]
    assert missing == []
    assert not set(made["elements"]) & {"script", "style", "img", "a", "iframe", "image", "i", "math", "use", "em"}
    assert [name for name in made["attributes"] if name.startswith("on") or name.endswith("href")] == []
    assert said == []


def test_controls_and_what_turns_the_direction_of_text_are_gone(page: Page) -> None:
    text = page.evaluate("d => text(d)", [{"id": "a", "name": "x\u202ey\u2066z\u0000\u200bq\n\tr"}])["text"]
    assert "x y z q r" in text


def test_ids_come_from_places_and_not_from_texts(page: Page) -> None:
    made = page.evaluate("d => text(d)", REPORT)
    assert made["nodes"]["/steps/1/steps/0"] == "ssteps_1_steps_0"
    assert made["nodes"]["/steps/4/on_error/0"] == "ssteps_4_onx5fxerror_0"
    assert len(set(made["nodes"].values())) == len(made["nodes"]) == 13
    hostile = page.evaluate("d => text(d)", [{"id": 'x"];evil', "branches": {"a/b~c": [{"id": "i"}]}}])
    assert list(hostile["nodes"]) == ["/0", "/0/branches/a~1b~0c/0"]
    assert all(one.replace("_", "").isalnum() for one in hostile["nodes"].values())


def test_every_edge_says_where_a_step_put_on_it_would_stand(page: Page) -> None:
    made = page.evaluate("d => text(d)", [{"id": "a"}, {"id": "g", "steps": [{"id": "i"}]}])
    assert [(edge["list"], edge["at"]) for edge in made["edges"]] == [
        ("", 0),
        ("/1/steps", 0),
        ("/1/steps", 1),
        ("", 1),
        ("", 2),
    ]


@pytest.mark.parametrize("document", [None, 7, "x", {}, {"steps": 3}, [None, 1, {}], [{"cases": [1], "branches": 2}]])
def test_whatever_comes_is_drawn(page: Page, document: Any) -> None:
    assert page.evaluate("d => text(d)", document)["text"].startswith("flowchart TB")


def test_a_long_workflow_is_drawn_with_its_groups_closed(page: Page) -> None:
    inner = [{"id": f"i{n}", "uses": "core/set@1"} for n in range(70)]
    made = page.evaluate("d => text(d)", [{"id": "g", "steps": inner}, {"id": "z", "uses": "core/set@1"}])
    assert made["closed"] == ["/0"]
    assert list(made["nodes"]) == ["/0", "/1"]
    assert "70 steps" in made["text"]
    assert page.evaluate("d => text(d)", [{"id": "g", "steps": inner[:50]}])["closed"] == []


def test_states_colour_what_is_there_and_draw_nothing_again(page: Page) -> None:
    page.evaluate("d => show(d)", REPORT)
    before = page.evaluate("() => drawing()")
    page.evaluate("() => colour({'/steps/0': 'succeeded', '/steps/1': 'running', '/steps/1/steps/0': 'timed_out'})")
    assert "flow-is-succeeded" in page.evaluate("() => classes('ssteps_0')")
    assert "flow-is-running" in page.evaluate("() => classes('ssteps_1')")
    assert "flow-is-timed-out" in page.evaluate("() => classes('ssteps_1_steps_0')")
    assert "flow-is-ahead" in page.evaluate("() => classes('ssteps_4')")
    page.evaluate("() => colour({'/steps/0': 'failed'})")
    assert "flow-is-succeeded" not in page.evaluate("() => classes('ssteps_0')")
    assert page.evaluate("() => drawing()") == before


def test_steps_are_chosen_by_mouse_and_keyboard_and_say_what_they_are(page: Page) -> None:
    page.evaluate("d => show(d)", REPORT)
    page.evaluate("() => colour({'/steps/0': 'succeeded'})")
    first = page.get_by_role("button", name="/steps/0 succeeded")
    first.click()
    first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("() => selected.slice(-2)") == ["/steps/0", "/steps/1"]


def test_two_hundred_steps_are_drawn_soon_because_their_groups_are_closed(page: Page, said: list[str]) -> None:
    steps = [
        {"id": f"g{g}", "steps": [{"id": f"g{g}i{i}", "uses": "core/set@1"} for i in range(20)]} for g in range(10)
    ]
    made = page.evaluate("d => show(d)", steps)
    assert len(made["wanted"]) == 10
    page.get_by_role("button", name="20 steps").first.click()
    page.wait_for_selector('.flow[data-drawn="yes"]')
    assert page.locator("g.cluster").count() == 1
    assert said == []
