"""The start of a job: its inputs made ready, and its rows for ``tropeiro_start``."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel import schema
from tropeiro.kernel.errors import InvalidInput
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.packet import Result, Route, Scope
from tropeiro.kernel.wire import Packed, PacketBody, ScopeBody, pack_body, pack_scope, pack_value
from tropeiro.kernel.wording import says
from tropeiro.kernel.workflow import Workflow


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """A job to be."""

    id: UUID
    organization: UUID
    project: UUID | None
    name: str
    """What people call it: ``google-analytics/report@1``."""
    route: Route
    inputs: Any
    workflow_version: UUID | None = None
    service_version: UUID | None = None
    trigger: str = "manual"
    """manual, cli, api, parent, rerun, schedule, webhook or test."""
    trigger_id: UUID | None = None
    """The trigger that it is a run of, also when a person started that run."""
    priority: int = 0
    mock: bool = False
    timeout_ms: int | None = None
    parent_job: UUID | None = None
    parent_packet: UUID | None = None
    rerun_of: UUID | None = None
    started_by: int | None = None
    trace: str = ""
    memo: dict[str, Result] = {}
    """Outputs of ``rerun_of`` by path that are reused; see ``Scope.memo``."""


def ready_inputs(workflow: Workflow, inputs: Any) -> Any:
    """``inputs`` with the schema's top-level defaults filled in, checked. Raises `InvalidInput`, `SchemaMismatch`."""
    if inputs is None:
        inputs = {}
    if not isinstance(inputs, dict):
        raise InvalidInput(
            says("Inputs must be an object, got {kind}.", kind=type(inputs).__name__),
            hint=says('For example {"days": 28}.'),
        )
    if workflow.inputs is None:
        return inputs
    properties = workflow.inputs.get("properties") if isinstance(workflow.inputs, dict) else None
    if isinstance(properties, dict):
        defaults = {
            name: rule["default"] for name, rule in properties.items() if isinstance(rule, dict) and "default" in rule
        }
        inputs = {**defaults, **inputs}
    schema.check(workflow.inputs, inputs, what=says("The job's input"))
    return inputs


def start_row(start: Start) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The row that ``tropeiro_start`` takes, ready for JSON, and the blobs to store before it is sent."""
    inputs, inputs_blob = pack_value(start.inputs, start.organization, start.id)
    first = start.route.workflow.steps[start.route.workflow.lists[0].steps[0]]
    scope: Packed = pack_scope(
        ScopeBody.of(Scope(inputs=start.inputs, memo=start.memo, mock=start.mock)), start.organization, start.id
    )
    body: Packed = pack_body(PacketBody(step=first.n), start.organization, start.id)
    row = {
        "path": first.id,
        "uses": first.called,
        "id": start.id,
        "packet_id": uuid7(),
        "organization_id": start.organization,
        "project_id": start.project,
        "workflow_version_id": start.workflow_version,
        "service_version_id": start.service_version,
        "name": start.name,
        "route_digest": start.route.digest,
        "route": msgspec.Raw(start.route.text),
        "trigger": start.trigger,
        "trigger_id": start.trigger_id,
        "priority": start.priority,
        "mock": start.mock,
        "inputs": None if inputs_blob else msgspec.Raw(inputs),
        "inputs_blob": inputs_blob or None,
        "parent_job_id": start.parent_job,
        "parent_packet_id": start.parent_packet,
        "rerun_of_id": start.rerun_of,
        "started_by_id": start.started_by,
        "trace": start.trace,
        "timeout_ms": start.timeout_ms if start.timeout_ms is not None else start.route.workflow.timeout_ms,
        "body": msgspec.Raw(body.text),
        "scope": msgspec.Raw(scope.text),
    }
    blobs = {**scope.blobs, **body.blobs}
    if inputs_blob:
        blobs[inputs_blob] = inputs
    return row, blobs
