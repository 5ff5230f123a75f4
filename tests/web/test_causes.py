"""A stored error is English; whoever reads another language is told what its code means."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_rows import add_step, end_job
from web_cast import Cast

import tropeiro
from tropeiro.web.jobs.actions import start_job
from tropeiro.web.screens.causes import CAUSES
from tropeiro.web.screens.labels import REASONS

SOURCES = Path(tropeiro.__file__).parent
PARTS = ("kernel", "runtime", "executors", "services", "queues", "stores", "ports", "sdk", "sql")
"""What a step can fail in."""
ELSEWHERE = {
    "error": "the root of the tree",
    "declaration_invalid": "the command line says it",
    "project_file_invalid": "the command line says it",
    "defect": "a firing says it",
    "no_value": "the editor's preview says it",
    "out_of_sight": "the editor's preview says it",
}


def _in_python(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", "")
            if name in ("ErrorInfo", "ServiceError", "RequestError", "_fail"):
                code = next((k.value for k in node.keywords if k.arg == "code"), node.args[0] if node.args else None)
                if isinstance(code, ast.Constant):
                    yield str(code.value)
        elif (
            isinstance(node, ast.Assign)
            and getattr(node.targets[0], "id", "") == "code"
            and isinstance(node.value, ast.Constant)
        ):
            yield str(node.value.value)


def _codes() -> set[str]:
    found: set[str] = set()
    for part in PARTS:
        for path in (SOURCES / part).rglob("*.py"):
            found.update(_in_python(ast.parse(path.read_text())))
        for path in (SOURCES / part).rglob("*.sql"):
            found.update(re.findall(r"""['"]code['"][:,]\s*['"]([a-z_]+)['"]""", path.read_text()))
    return found


def test_every_code_that_the_platform_fails_a_step_with_has_words() -> None:
    assert _codes() - set(CAUSES) - set(REASONS) - set(ELSEWHERE) == set()


@pytest.mark.django_db
def test_the_page_of_a_failed_job_says_in_portuguese_what_the_code_means(cast: Cast) -> None:
    job = start_job(cast.alice, json.dumps([{"id": "a", "uses": "core/set@1"}]))
    error = {"code": "timeout", "message": "Step a timed out after 5 s."}
    add_step(job, "a", "failed", error=error)
    end_job(job, "failed", error=error)
    client = cast.client(cast.alice)
    for address in (f"/jobs/{job}", f"/jobs/{job}/step?path=a"):
        here = client.get(address, headers={"accept-language": "pt-BR"}).content.decode()
        there = client.get(address, headers={"accept-language": "en"}).content.decode()
        assert "Step a timed out after 5 s." in here
        assert "Não terminou dentro do tempo limite." in here
        assert str(CAUSES["timeout"]) not in there
