"""A decision as rows: what ``tropeiro_settle`` takes. Going on and history are sent in binary, the rest as JSON."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec

from tropeiro.kernel import commands
from tropeiro.kernel.commands import StepRecord, WaitKind
from tropeiro.kernel.errors import PacketTooLarge
from tropeiro.kernel.ids import uuid7
from tropeiro.kernel.outcome import Done, ErrorInfo, Fail, storable
from tropeiro.kernel.packet import Packet
from tropeiro.kernel.paths import round_of, step_path
from tropeiro.kernel.start import start_row
from tropeiro.kernel.states import StepState
from tropeiro.kernel.wire import (
    PacketBody,
    ScopeBody,
    encode,
    keep_blobs,
    pack_answer,
    pack_arrived,
    pack_body,
    pack_scope,
    pack_value,
)
from tropeiro.ports.queue import Leased, Settlement
from tropeiro.queues.postgres_binary import record_row, send_row

Row = dict[str, Any]


class Rows(msgspec.Struct):
    """The parts of one settlement, and the blobs that must be stored before it is sent."""

    settlement: Row
    """Empty when the packet only goes on: that is ``send``."""
    send: bytes | None
    lock: list[UUID]
    """The packets that it touches."""
    limits: tuple[UUID, ...] | None
    """The limits that the next call is under."""
    steps: list[tuple[bytes, bytes]]
    """Records without their times."""
    children: list[Row]
    jobs: list[Row]
    blobs: dict[str, bytes]
    taken: list[Leased]
    packet: Packet
    """The packet as it goes on, with the names of its large values noted."""
    size: int = 0
    """Bytes of the longest of its texts, together."""
    plain: bool = False
    """Whether it goes on to its next step at once, under no limit, from no join, after one call that succeeded."""


MAX_SPLIT_BYTES = 64 * 1024 * 1024
"""All packets of one split together."""


def rows_of(settlement: Settlement, limits: tuple[UUID, ...] | None = None) -> Rows:
    """Everything that one settlement writes. Raises `NotCarriable`."""
    leased = settlement.leased
    row: Row = {"id": leased.packet.id, "token": leased.token, "joined": leased.joined, "limits": limits}
    rows = Rows(
        row, None, [leased.packet.id], limits, [], [], [], {}, [], settlement.advance.command.packet,
    )  # fmt: skip
    command = settlement.advance.command
    match command:
        case commands.Send():
            _send(rows, command, leased)
        case commands.Split():
            row |= {"kind": "split"}
            _place(rows, command.packet)
            _split(rows, command, settlement)
        case commands.Arrive(packet, result):
            packed = pack_arrived(result, packet.organization, packet.job)
            rows.blobs |= packed.blobs
            rows.lock += [packet.join] if packet.join is not None else []
            row |= {
                "kind": "arrive", "failed": result.error is not None,
                "result": msgspec.Raw(packed.text), "size": len(packed.text) + sum(map(len, packed.blobs.values())),
            }  # fmt: skip
        case commands.Call():
            row |= {"kind": "call", "due_ms": command.due_ms}
            _place(rows, command.packet)
            _due(rows, command.packet, _timeout_error(command.packet))
            job, blobs = start_row(command.start)
            rows.jobs.append(job)
            rows.blobs |= blobs
        case commands.Wait():
            row |= {
                "kind": "wait", "due_ms": command.due_ms, "wait_kind": command.kind.value,
                "question": msgspec.Raw(encode(command.question)),
            }  # fmt: skip
            _place(rows, command.packet)
            if command.due_error is not None:
                _due(rows, command.packet, command.due_error)
            elif command.kind is WaitKind.TIMER:
                row["due_answer"] = {"type": "done"}
        case commands.Finish():
            _finish(rows, command, leased)
    records = settlement.advance.records
    rows.steps = [_step(rows, leased.packet, record) for record in records]
    rows.plain = (
        isinstance(command, commands.Send) and command.delay_ms == 0 and not (limits or leased.limits or leased.joined)
        and len(records) == 1 and records[0].state is StepState.SUCCEEDED and not records[0].reused
    )  # fmt: skip
    return rows


def _send(rows: Rows, send: commands.Send, leased: Leased) -> None:
    packet = send.packet
    step = packet.route.workflow.steps[packet.step]
    rows.settlement = {}
    rows.send = send_row(
        packet.id, leased.token, attempt=packet.attempt, turn=round_of(packet, step), delay_ms=send.delay_ms,
        joined=leased.joined, limited=bool(leased.limits or rows.limits), path=step_path(packet, step),
        uses=step.called, limits=rows.limits, body=_body(rows, packet),
    )  # fmt: skip


def _place(rows: Rows, packet: Packet) -> None:
    """Where the packet stands now."""
    step = packet.route.workflow.steps[packet.step]
    rows.settlement |= {
        "body": msgspec.Raw(_body(rows, packet)), "path": step_path(packet, step), "uses": step.called,
        "attempt": packet.attempt,
        "round": round_of(packet, step),
    }  # fmt: skip


def _body(rows: Rows, packet: Packet) -> bytes:
    packed = pack_body(PacketBody.of(packet), packet.organization, packet.job)
    if packed.blobs:
        rows.blobs |= packed.blobs
        rows.packet = keep_blobs(packet)
    rows.size += len(packed.text)
    return packed.text


def _split(rows: Rows, split: commands.Split, settlement: Settlement) -> None:
    parent = split.packet
    scope = pack_scope(ScopeBody.of(split.scope), parent.organization, parent.job)
    rows.blobs |= scope.blobs
    rows.settlement |= {
        "mode": split.join.value, "total": len(split.branches), "concurrency": split.concurrency,
        "scope": msgspec.Raw(scope.text), "foreach": split.foreach, "due_ms": split.deadline_ms,
    }  # fmt: skip
    if split.deadline_ms is not None:
        _due(rows, parent, _timeout_error(parent))
    take = min(settlement.take, split.concurrency or settlement.take)
    size = 0
    for branch in split.branches:
        child = Packet(
            id=uuid7(), job=parent.job, organization=parent.organization, project=parent.project, route=parent.route,
            scope=split.scope, step=branch.step, join=parent.id, branch=branch.index, item=branch.item,
            index=branch.index if split.foreach else None, memo=branch.memo, deadline_ms=split.deadline_ms,
            started_ms=parent.started_ms, workflow_name=parent.workflow_name, priority=parent.priority,
            trace=parent.trace,
        )  # fmt: skip
        packed = pack_body(PacketBody.of(child), child.organization, child.job)
        size += len(packed.text)
        rows.blobs |= packed.blobs
        lease = len(rows.taken) < take
        first = child.route.workflow.steps[branch.step]
        rows.children.append(
            {
                "id": child.id, "parent": parent.id, "branch": branch.index, "body": msgspec.Raw(packed.text),
                "path": step_path(child, first), "uses": first.called, "round": split.scope.round,
                "lease": lease,
            }
        )  # fmt: skip
        if lease:
            now_ms = settlement.leased.now_ms
            rows.taken.append(Leased(packet=child, token=1, now_ms=now_ms, since_ms=now_ms))
    rows.size += size
    if size > MAX_SPLIT_BYTES:
        raise PacketTooLarge(
            f"The {len(split.branches):,} packets of the split take {size:,} bytes; "
            f"at most {MAX_SPLIT_BYTES:,} are sent at once.",
            hint="Give each item a reference to its data instead of the data.",
        )


def _finish(rows: Rows, command: commands.Finish, leased: Leased) -> None:
    packet = command.packet
    row = rows.settlement
    error = None if command.error is None else storable(command.error)
    row |= {"kind": "finish", "state": command.state.value, "error": error}
    text, blob = pack_value(command.output, packet.organization, packet.job)
    if blob:
        rows.blobs[blob] = text
        row["output_blob"] = blob
    else:
        row["output"] = msgspec.Raw(text)
    if leased.caller is not None:
        rows.lock.append(leased.caller)
        outcome = Done(command.output) if error is None else Fail(error)
        answer = pack_answer(outcome, packet.organization, packet.job)
        rows.blobs |= answer.blobs
        row["result"] = msgspec.Raw(answer.text)


def _due(rows: Rows, packet: Packet, error: ErrorInfo) -> None:
    rows.settlement["due_answer"] = msgspec.Raw(pack_answer(Fail(error), packet.organization, packet.job).text)


def _timeout_error(packet: Packet) -> ErrorInfo:
    step = packet.route.workflow.steps[packet.step]
    return ErrorInfo(
        code="timeout", message=f"Step {step.id} did not end in its time.", retryable=True, path=step_path(packet, step)
    )


def _step(rows: Rows, packet: Packet, record: StepRecord) -> tuple[bytes, bytes]:
    given = output = None
    output_blob = None
    if record.input is not None:
        text, blob = pack_value(record.input, packet.organization, packet.job)
        given = encode({"…": f"{len(text):,} bytes"}) if blob else text
    if record.output is not None:
        text, blob = pack_value(record.output, packet.organization, packet.job)
        if blob:
            rows.blobs[blob] = text
            output_blob = blob
        else:
            output = text
            rows.size += len(text)
    return record_row(
        packet.id, packet.job, packet.organization, turn=record.round, attempt=record.attempt, n=record.n,
        reused=record.reused, path=record.path, state=record.state.value, uses=record.uses, billed=record.billed,
        given=given, output=output, output_blob=output_blob,
        error=None if record.error is None else encode(storable(record.error)),
    )  # fmt: skip
