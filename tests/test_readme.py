"""What the README shows is what the example file says."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_workflow_in_the_readme_is_the_example() -> None:
    shown = re.search(r"\(examples/good-morning\.json\):\n\n```json\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
    assert shown is not None
    assert shown[1] == (ROOT / "examples" / "good-morning.json").read_text()


def test_every_page_that_the_readme_names_is_there() -> None:
    named = re.findall(r"\]\(([\w./-]+)\)", (ROOT / "README.md").read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []
    assert len(named) > 8
