"""What an expression may name, gathered for one template."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tropeiro.kernel.expressions import Template
from tropeiro.kernel.merge import error_value
from tropeiro.kernel.packet import Packet, Result


def names_for(packet: Packet, template: Template) -> dict[str, Any]:
    """``inputs steps item index vars job`` as this packet sees them; of ``steps`` only what ``template`` names."""
    scope = packet.scope
    steps: dict[str, Any] = {}
    names: dict[str, Any] = {"inputs": scope.inputs, "steps": steps, "vars": packet.route.workflow.vars or {}}
    for reference in template.references:
        if reference.root == "steps" and reference.name is not None:
            result = packet.outputs.get(reference.name) or scope.outputs.get(reference.name)
            if result is not None:
                steps[reference.name] = result_value(result)
        elif reference.root == "job":
            names["job"] = job_value(packet)
    if packet.index is not None:
        names["item"], names["index"] = packet.item, packet.index
    elif scope.index is not None:
        names["item"], names["index"] = scope.item, scope.index
    return names


def result_value(result: Result) -> dict[str, Any]:
    """``steps.<id>`` as an expression sees it."""
    return {"output": result.output, "error": error_value(result.error), "state": result.state.value}


def job_value(packet: Packet) -> dict[str, Any]:
    """``job`` as an expression sees it."""
    started = datetime.fromtimestamp(packet.started_ms / 1000, UTC).isoformat(timespec="milliseconds")
    return {
        "id": str(packet.job),
        "workflow": packet.workflow_name,
        "started_at": started.replace("+00:00", "Z"),
        "attempt": packet.attempt,
    }
