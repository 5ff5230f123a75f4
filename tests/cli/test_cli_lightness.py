"""What a command loads before it does anything: counted in modules, so that no machine is too slow for it."""

from __future__ import annotations

import subprocess
import sys

import pytest

FRAMEWORKS = {"django", "pydantic", "psycopg", "asyncio", "uvicorn", "rich", "email"}
NOT_FOR_WORKERS = {"django", "rich", "click", "structlog", "apprise", "httpx", "httpcore", "h11", "psutil", "uvicorn"}


def loaded(script: str) -> set[str]:
    """Names of the modules that are loaded when ``script`` has run in a process of its own."""
    told = f"{script}\nimport sys\nprint(' '.join(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    return set(done.stderr.splitlines()[-1].split())


def command(*arguments: str) -> str:
    """A script that runs a command to its end."""
    return f"""
from tropeiro.cli.main import main
try:
    main({list(arguments)!r})
except SystemExit as ended:
    assert ended.code == 0
"""


def packages(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_the_version_loads_no_framework_and_few_modules() -> None:
    modules = loaded(command("--version"))
    # The version itself is written in the package's metadata, which is read as a message.
    assert packages(modules) & (FRAMEWORKS - {"email"}) == set()
    assert len(modules) < 240


def test_the_entry_point_loads_few_modules() -> None:
    modules = loaded("import tropeiro.cli.main")
    assert packages(modules) & FRAMEWORKS == set()
    assert len(modules) < 200


@pytest.mark.parametrize("arguments", [("--help",), ("validate", "--help")])
def test_what_needs_no_database_loads_no_framework(arguments: tuple[str, ...]) -> None:
    assert packages(loaded(command(*arguments))) & {"django", "psycopg"} == set()


@pytest.mark.parametrize(
    ("module", "foreign", "most"),
    [
        # It stays for as long as everything is up, and only watches: what it has done, others do and end.
        ("tropeiro.cli.up", {"django", "pydantic", "rich", "jinja2", "uvicorn", "cryptography"}, 400),
        ("tropeiro.cli.working", NOT_FOR_WORKERS, 680),
        ("tropeiro.cli.serving", {"pydantic", "rich", "structlog", "apprise", "httpx", "httpcore", "psutil"}, 500),
        ("tropeiro.cli.child_main", {"django", "pydantic", "psycopg", "asyncio", "rich"}, 200),
        # A service process; there may be many.
        ("tropeiro.executors.child", {"django", "jinja2", "psycopg", "asyncio", "httpx", "rich"}, 280),
    ],
)
def test_a_process_that_stays_loads_only_what_it_works_with(module: str, foreign: set[str], most: int) -> None:
    modules = loaded(f"import {module}")
    assert packages(modules) & foreign == set()
    assert len(modules) < most
