"""axe-core, run in a page: what it finds against WCAG 2.2 AA."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

_AXE = Path(__file__).parents[2] / "frontend/node_modules/axe-core/axe.min.js"
_RUN = """async (tags) => {
  // What axe itself calls experimental, and leaves out unless it is asked for by tag.
  const rules = { "label-content-name-mismatch": { enabled: false } };
  const options = { runOnly: { type: "tag", values: tags }, rules, resultTypes: ["violations"] };
  const found = await axe.run(document, options);
  const told = (node) => `${node.html.slice(0, 200)} | ${node.failureSummary.slice(0, 300)}`;
  return found.violations.map((one) => ({ id: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map(told) }));
}"""
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@cache
def _source() -> str:
    return _AXE.read_text()


def violations(page: Page) -> list[dict[str, Any]]:
    """What axe finds on the page as it is now. Evaluated by the debugger: the page's own policy stays strict."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: list[dict[str, Any]] = page.evaluate(_RUN, TAGS)
    return found
