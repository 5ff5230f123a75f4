"""The examples of docs/services.md: found, tested, and the same in both places."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tropeiro.executors.bundles import make_bundle
from tropeiro.executors.discovery import discover
from tropeiro.kernel.document import parse
from tropeiro.sdk.project_file import missing_requirements, read_project_file

ROOT = Path(__file__).parents[2]
SHOP = ROOT / "examples/services/shop"
PAGE = (ROOT / "docs/services.md").read_text(encoding="utf-8")


def test_the_examples_tests_pass() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:django", "-p", "no:cacheprovider", "-c", "/dev/null"]
    done = subprocess.run(
        [*command, "--rootdir", ".", "tests"], cwd=SHOP, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_examples_services_are_found() -> None:
    found = {f"{service.name}@{service.version}": service.blocking for service in discover(SHOP)}
    assert found == {"greet@1": False, "place_order@2": False, "quote@1": False, "read_stock@1": True}


def test_the_examples_project_can_be_applied() -> None:
    project = read_project_file(SHOP)
    assert missing_requirements(project) == ()
    for automation in project.automations:
        parse((SHOP / automation.workflow).read_bytes())
    assert make_bundle(SHOP)[0] == make_bundle(SHOP)[0]


@pytest.mark.parametrize("block", re.findall(r"```(?:python|toml)\n(.*?)```", PAGE, re.DOTALL))
def test_every_example_on_the_page_is_part_of_the_project(block: str) -> None:
    sources = [path.read_text(encoding="utf-8") for path in SHOP.rglob("*") if path.suffix in (".py", ".toml")]
    assert any(block.strip() in source for source in sources)
