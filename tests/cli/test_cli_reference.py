from __future__ import annotations

import re
from pathlib import Path

from tropeiro import config
from tropeiro.cli.reference import HEADING, reference

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_documentation_lists_every_command_and_option_as_they_are() -> None:
    assert PAGE.read_text().partition(HEADING)[2] == reference(), "Run: make docs"


def test_the_documentation_names_every_environment_variable_and_no_other() -> None:
    known = set(re.findall(r'"((?:TROPEIRO|DATABASE)_[A-Z_]+)"', Path(config.__file__).read_text()))
    told = set(re.findall(r"^\| .*?\|", PAGE.read_text(), re.MULTILINE))
    named = {name for row in told for name in re.findall(r"`((?:TROPEIRO|DATABASE)_[A-Z_]+)`", row)}
    assert named == known | {"TROPEIRO_ORGANIZATION"}
