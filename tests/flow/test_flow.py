"""The diagram of a workflow, drawn by a real browser under the console's policy: texts of users stay texts, and what
mermaid makes can be found again by what it was made of.
"""

from __future__ import annotations

import shutil
import subprocess
import threading
from base64 import b64encode
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

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


MARKS = {
    "/steps/0": {"change": "added", "sign": "+", "word": "new"},
    "/steps/1": {"change": "moved", "sign": "⇅", "word": "moved"},
    "/steps/2": {"change": "changed", "sign": "✎", "word": "changed"},
    "/steps/1/steps/0": {"change": "removed", "sign": "−", "word": "gone"},
}


def test_marked_steps_have_a_sign_a_class_and_a_word(page: Page, said: list[str]) -> None:
    page.evaluate("m => { colour({}); mark(m); }", MARKS)
    try:
        made = page.evaluate("d => show(d)", REPORT)
        labels = [_shown(label or "") for label in made["labels"]]
        assert any(label.startswith("+ Fetch the pagination") for label in labels)
        assert any(label.startswith("⇅ ↻ Each page") for label in labels)
        assert any(label.startswith("✎ any") for label in labels)
        assert "flow-mark-added" in page.evaluate("() => classes('ssteps_0')")
        assert "flow-mark-moved" in page.evaluate("() => classes('ssteps_1')")
        assert "flow-mark-changed" in page.evaluate("() => classes('ssteps_2')")
        assert page.get_by_role("button", name="Fetch the pagination").first.get_attribute("aria-label").endswith("new")
        assert made["cut"] == 0
        assert said == []
    finally:
        page.evaluate("() => mark({})")


def test_a_group_with_a_marked_step_is_open_and_a_closed_one_opens_for_what_is_shown(page: Page) -> None:
    inner = [{"id": f"i{n}", "uses": "core/set@1"} for n in range(40)]
    groups = [{"id": "g", "steps": inner}, {"id": "h", "steps": [{**one, "id": f"h{one['id']}"} for one in inner]}]
    page.evaluate("m => mark(m)", {"/0/steps/3": {"change": "added", "sign": "+", "word": "new"}})
    try:
        page.evaluate("d => show(d)", groups)
        assert page.evaluate("() => classes('s0_steps_3')") != []
        assert page.evaluate("() => classes('s1_steps_3')") == []
        page.evaluate("() => reveal('/1/steps/39')")
        page.wait_for_selector('.flow[data-drawn="yes"]')
        assert "flow-chosen" in page.evaluate("() => classes('s1_steps_39')")
    finally:
        page.evaluate("() => mark({})")


def test_a_picture_holds_hostile_texts_as_texts_and_nothing_that_acts(page: Page, said: list[str]) -> None:
    steps = [{"id": f"h{n}", "name": text, "uses": text} for n, text in enumerate(HOSTILE)]
    page.evaluate("d => show(d)", {"name": HOSTILE[3], "steps": steps})
    picture = page.evaluate("() => picture()")
    root = fromstring(picture)
    # A long one stands on several lines.
    shown = _shown("".join(one.text or "" for one in root.iter() if one.tag.endswith("text"))).replace(" ", "")
    assert [text for text in HOSTILE if text.replace(" ", "")[:20] not in shown] == []
    tags = {one.tag.removeprefix("{http://www.w3.org/2000/svg}") for one in root.iter()}
    assert tags <= {"svg", "title", "g", "defs", "marker", "rect", "path", "polygon", "circle", "text"}
    names = {name for one in root.iter() for name in one.attrib}
    assert not [name for name in names if name.startswith("on") or "href" in name or name in ("style", "class")]
    ids = {one.attrib["id"] for one in root.iter() if "id" in one.attrib}
    assert all(one.startswith("flow-") for one in ids)
    assert said == []


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_picture_looks_as_the_page_does(page: Page, colours: Any, said: list[str]) -> None:
    page.emulate_media(color_scheme=colours)
    page.evaluate("colours => { document.documentElement.dataset.bsTheme = colours; }", colours)
    page.evaluate("d => show(d)", REPORT)
    page.evaluate("() => colour({'/steps/0': 'succeeded', '/steps/1': 'failed'})")
    # The pattern of the ground stays in the page; a point of the drawing is one of the screen; nothing lies over it.
    page.evaluate("""() => {
      const canvas = document.querySelector(".flow-canvas"), svg = canvas.querySelector("svg");
      canvas.style.background = "none"; canvas.style.height = "auto"; canvas.style.padding = "16px";
      canvas.style.placeItems = "start";
      for (const one of document.querySelectorAll(".flow > button")) one.style.display = "none";
      svg.style.width = `${svg.viewBox.baseVal.width}px`; svg.style.height = `${svg.viewBox.baseVal.height}px`;
    }""")
    try:
        box = page.evaluate(
            "() => { const r = document.querySelector('.flow-canvas svg').getBoundingClientRect();"
            " return {x: r.x + scrollX - 16, y: r.y + scrollY - 16, width: Math.round(r.width + 32),"
            " height: Math.round(r.height + 32)}; }"
        )
        screen = page.screenshot(full_page=True, clip=box, animations="disabled")
        shown = f"data:image/png;base64,{b64encode(screen).decode()}"
        size = {"width": box["width"], "height": box["height"]}
        made = page.evaluate("() => png(1)")
        ground = page.evaluate("s => Object.assign(document.createElement('canvas'), s).toDataURL()", size)
        # Edges of letters fall between points otherwise; lines and words are where they were.
        assert page.evaluate("([a, b, s]) => differing(a, b, s)", [made, shown, size]) < 2
        assert page.evaluate("([a, b, s]) => differing(a, b, s)", [made, ground, size]) > (
            2 if colours == "dark" else 20
        )
    finally:
        page.evaluate("""() => { document.querySelector(".flow-canvas").removeAttribute("style");
          for (const one of document.querySelectorAll(".flow > button")) one.removeAttribute("style"); }""")
        page.emulate_media(color_scheme="light")
    assert said == []


def test_a_picture_shows_the_same_where_nothing_of_ours_is(page: Page, address: str) -> None:
    page.evaluate("d => show(d)", REPORT)
    picture = page.evaluate("() => picture()")
    assert "foreignObject" not in picture
    assert "var(" not in picture
    assert "light-dark" not in picture
    bare = page.context.browser.new_page()
    bare.goto("data:image/svg+xml;charset=utf-8," + quote(picture))
    texts = bare.evaluate("() => [...document.querySelectorAll('text')].map((one) => one.textContent)")
    assert "Fetch the pagination" in texts
    assert bare.evaluate(
        "() => [...document.querySelectorAll('text')].every((one) => getComputedStyle(one).fill.startsWith('rgb'))"
    )
    bare.close()


def test_a_picture_in_pixels_is_twice_as_large(page: Page) -> None:
    page.evaluate("d => show(d)", REPORT)
    sizes = page.evaluate("""async () => {
      const image = new Image(); image.src = await png(2); await image.decode();
      const box = document.querySelector(".flow-canvas svg").viewBox.baseVal;
      return [image.width, image.height, box.width + 32, box.height + 32];
    }""")
    assert sizes[:2] == [pytest.approx(2 * sizes[2], abs=2), pytest.approx(2 * sizes[3], abs=2)]


def test_the_mermaid_text_of_a_file_is_understood_by_mermaid_alone(page: Page, said: list[str]) -> None:
    steps = [{"id": f"h{n}", "name": text, "uses": text} for n, text in enumerate(HOSTILE)]
    page.evaluate("d => show(d)", [*REPORT["steps"], *steps])
    assert page.evaluate("() => readAgain()").startswith("flowchart")
    text = page.evaluate("() => mermaidFile()")
    assert "classDef flow-choice" in text
    assert "classDef flow-closed" not in text
    assert said == []


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("sales/closing@3", "sales-closing@3"),
        ("../../etc/passwd", "etc-passwd"),
        ('"><img src=x>.exe', "img-src-x-exe"),
        ("..", "workflow"),
        ("", "workflow"),
        ("CON\u202egpj.exe", "con-gpj-exe"),
        ("x" * 300, "x" * 100),
    ],
)
def test_a_file_is_called_by_a_harmless_name(page: Page, wanted: str, name: str) -> None:
    assert page.evaluate("w => fileName(w)", wanted) == name
