from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_process import Tropeiro

EXAMPLES = Path(__file__).parents[2] / "examples"

UNKNOWN_KEY = '[\n  {"id": "a", "uses": "core/set@1",\n   "wiht": {}}\n]'
BAD_EXPRESSION = '[{"id": "a", "uses": "core/set@1", "with": {"x": "{{ inputs.x | lenght }}"}}]'
CUT_OFF = '[{"id": "a",'


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.name)
def test_the_documentations_examples_are_valid(tropeiro: Tropeiro, example: Path) -> None:
    ended = tropeiro("validate", str(example))
    assert (ended.code, ended.out) == (0, f"{example}: valid.\n")


@pytest.mark.parametrize(
    ("document", "line", "column", "pointer", "hint"),
    [
        (UNKNOWN_KEY, 3, 4, "/0/wiht", "with"),
        (BAD_EXPRESSION, 1, 65, "/0/with/x", "length"),
        (CUT_OFF, 1, 13, "/0", "cut off"),
    ],
)
def test_a_broken_document_is_told_with_its_place_and_what_to_do(
    tropeiro: Tropeiro, tmp_path: Path, document: str, line: int, column: int, pointer: str, hint: str
) -> None:
    (tmp_path / "broken.json").write_text(document)
    text = tropeiro("validate", "broken.json")
    assert text.code == 2
    assert text.out.startswith(f"broken.json:{line}:{column} {pointer}: ")
    assert text.out.endswith("broken.json: 1 problem.\n")
    machine = tropeiro("validate", "broken.json", "--json")
    assert machine.code == 2
    assert machine.json["valid"] is False
    (problem,) = machine.json["problems"]
    assert (problem["line"], problem["column"], problem["pointer"]) == (line, column, pointer)
    assert hint in problem["hint"]
    assert problem["hint"] in text.out


def test_all_problems_are_told_at_once(tropeiro: Tropeiro) -> None:
    document = json.dumps([{"id": "A", "uses": "core/set@1", "wiht": {}}, {"id": "b", "waits": "1s"}])
    problems = tropeiro("validate", "-", "--json", stdin=document).json["problems"]
    assert len(problems) >= 3


def test_a_missing_file_is_bad_usage(tropeiro: Tropeiro) -> None:
    ended = tropeiro("validate", "nowhere.json")
    assert ended.code == 2
    assert ended.err == "Error: nowhere.json cannot be read: No such file or directory.\nCheck the path.\n"


def test_a_file_that_is_no_text_is_told(tropeiro: Tropeiro, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00\x01")
    assert tropeiro("validate", "binary").code == 2
