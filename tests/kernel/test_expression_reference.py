from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tropeiro.kernel.errors import ExpressionError
from tropeiro.kernel.expression_reference import BEGIN, main, reference, replaced
from tropeiro.kernel.expressions import compile_template
from tropeiro.kernel.filters import FILTERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "expressions.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")


def rows(text: str) -> list[tuple[str, str]]:
    found = re.findall(r"^\| `(.+?)` \| (.+) \|$", text, re.MULTILINE)
    return [(source.replace("\\|", "|"), result.strip()) for source, result in found]


EXAMPLES = rows(TEXT.partition("<!-- examples: tested -->")[2].partition("<!-- end of the examples -->")[0])
MISTAKES = rows(TEXT.partition("## Errors")[2].partition("What can only be known")[0])
NAMES: dict[str, Any] = msgspec.json.decode(re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)[1])


def test_the_generated_part_is_up_to_date() -> None:
    assert replaced(TEXT) == TEXT, "run: python -m tropeiro.kernel.expression_reference --write docs/expressions.md"


def test_the_reference_has_every_filter() -> None:
    text = reference()
    assert all(f"#### {name}\n" in text for name in FILTERS)


def test_there_are_many_worked_examples() -> None:
    assert len(EXAMPLES) >= 25
    assert len(MISTAKES) >= 5


@pytest.mark.parametrize(("source", "result"), EXAMPLES)
def test_every_worked_example_gives_what_the_document_says(source: str, result: str) -> None:
    expected = msgspec.json.decode(result.strip("`"))
    assert msgspec.json.encode(compile_template(source).render(NAMES)) == msgspec.json.encode(expected)


@pytest.mark.parametrize(("source", "message"), MISTAKES)
def test_every_mistake_is_told_as_the_document_says(source: str, message: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(source).render(NAMES)
    assert f"{caught.value.message} {caught.value.hint}" == message


def test_it_writes_itself_into_a_document(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text(f"before\n{BEGIN}\nold\n<!-- end of the generated part -->\nafter\n", encoding="utf-8")
    assert main(["--write", str(path)]) == 0
    written = path.read_text(encoding="utf-8")
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert reference() in written
    assert main(["--bad"]) == 2
    with pytest.raises(ValueError, match="has no part"):
        replaced("nothing")


def test_it_prints_itself() -> None:
    command = [sys.executable, "-m", "tropeiro.kernel.expression_reference"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, encoding="utf-8")
    assert printed.stdout == reference()
