"""A job that is one call of one service: its document."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from tropeiro.kernel.step_rules import SCHEMA


def single_call_document(*, service: UUID, name: str, title: str, uses: str, input_schema: Any) -> dict[str, Any]:
    """The pinned document of a job that calls revision ``service`` once, with the job's inputs as they are."""
    step = {
        "id": name.replace("-", "_"),
        "name": title or name,
        "uses": uses,
        "service": str(service),
        "with": "{{ inputs }}",
    }
    document: dict[str, Any] = {"schema": SCHEMA, "name": name, "steps": [step]}
    if isinstance(input_schema, dict) and input_schema.get("type") == "object":
        document["inputs"] = input_schema
    return document
