"""Short ways to write documents in tests."""

from __future__ import annotations

from typing import Any

from tropeiro.kernel.document import compile_document
from tropeiro.kernel.errors import DocumentInvalid, Problem
from tropeiro.kernel.workflow import Step, Workflow

JSON = Any


def call(step_id: str, *named: str, **keys: JSON) -> JSON:
    """A service call whose ``with`` names the outputs of these steps."""
    reads = {"with": {name: f"{{{{ steps.{name}.output }}}}" for name in named}} if named else {}
    return {"id": step_id, "uses": "core/set@1", **reads, **keys}


def group(step_id: str, *steps: JSON, **keys: JSON) -> JSON:
    return {"id": step_id, "steps": list(steps), **keys}


def split(step_id: str, *steps: JSON, over: JSON = (1, 2), **keys: JSON) -> JSON:
    items = over if isinstance(over, str) else list(over)
    return {"id": step_id, "foreach": items, "steps": list(steps), **keys}


def parallel(step_id: str, **branches: JSON) -> JSON:
    return {"id": step_id, "branches": branches}


def choice(step_id: str, *cases: tuple[str, list[JSON]], **keys: JSON) -> JSON:
    return {"id": step_id, "cases": [{"if": condition, "steps": steps} for condition, steps in cases], **keys}


def found_in(document: JSON) -> list[tuple[str, str]]:
    """Code and pointer of every problem."""
    return [(problem.code, problem.pointer) for problem in problems_of(document)]


def problems_of(document: JSON) -> tuple[Problem, ...]:
    try:
        compile_document(document)
    except DocumentInvalid as error:
        return error.problems
    return ()


def step_of(workflow: Workflow, step_id: str) -> Step:
    step = workflow.step(step_id)
    assert step is not None
    return step
